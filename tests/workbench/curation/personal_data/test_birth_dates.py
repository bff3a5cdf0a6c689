from datetime import date

import pytest

from workbench.curation.personal_data import birth_dates


@pytest.mark.parametrize(
    ("text", "day", "moved"),
    [
        ("03/14/1970", date(1970, 3, 14), "12/02/1971"),
        ("3/14/70", date(1970, 3, 14), "12/2/71"),
        ("1970-03-14", date(1970, 3, 14), "1971-12-02"),
        ("14.03.1970", date(1970, 3, 14), "02.12.1971"),
        ("March 14, 1970", date(1970, 3, 14), "December 2, 1971"),
        ("14 MAR 1970", date(1970, 3, 14), "2 DEC 1971"),
        ("14th of March 1970", date(1970, 3, 14), "2nd of December 1971"),
        ("march 11th, 1970", date(1970, 3, 11), "december 2nd, 1971"),
    ],
)
def test_a_date_is_read_and_another_written_in_its_form(text, day, moved):
    written = birth_dates.read(text, month_first=True)
    assert written is not None
    assert written.day == day
    assert written.like(date(1971, 12, 2)) == moved


def test_the_country_says_which_of_two_readings_holds():
    assert birth_dates.read("03/04/1970", month_first=True).day == date(1970, 3, 4)
    assert birth_dates.read("03/04/1970", month_first=False).day == date(1970, 4, 3)


def test_two_digits_of_a_year_are_of_the_last_hundred_years():
    assert birth_dates.read("1/2/30", month_first=True).day.year == 1930
    assert birth_dates.read("1/2/29", month_first=True).day.year == 2029


@pytest.mark.parametrize("text", ["31/31/1970", "February 30, 1970", "1970", "14 xyz 1970"])
def test_what_is_no_date_is_none(text):
    assert birth_dates.read(text, month_first=True) is None
