import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.recipe import RedactRules
from workbench.curation.redaction import redact

RULES = RedactRules()


@pytest.mark.parametrize(
    "phone",
    [
        "(555) 123-4567",
        "555-123-4567",
        "555.123.4567",
        "555 123 4567",
        "1-800-555-0199",
        "+1 (212) 555-0187",
        "+1-212-555-0187 ext. 33",
        "+44 20 7946 0958",
        "+4915112345678",
        "0044 20 7946 0958",
        "555-0142",
        "212‑555‑0187",
    ],
)
def test_telephone_numbers_are_replaced_wherever_they_stand(phone):
    for text in (f"Call {phone}.", f"{phone}", f"cell:{phone},", f"a ({phone}) b\n{phone}"):
        result = redact(text, RULES)
        assert not any(character.isdigit() for character in result.text), result.text
        assert result.counts["PHONE"] == text.count(phone)


@pytest.mark.parametrize(
    "text", ["my number is 5551234567", "phone: 123-4567", "reach him at 15551234567"]
)
def test_bare_digits_after_a_cue_are_telephone_numbers(text):
    assert redact(text, RULES).text.endswith("[PHONE]")


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-01-02 at 10:30",
        "on 12/05/2023 and 31.12.2024",
        "from July 31, 2008 to 2010-2012",
        "$1,250,000 or 1250000.00 or 12.500,75 EUR",
        "case 2:21-cv-01234, section 12.3.4",
        "pressure 120/80, pulse 72, 500 mg twice",
        "Invoice 88213 for 4,500 and 12,345,678 units",
        "ICD-10 M54.5, 76-year-old, 1990-2000",
    ],
)
def test_dates_amounts_and_codes_are_left_alone(text):
    assert redact(text, RULES).text == text


def test_national_numbers_of_the_region_are_replaced():
    text = "Bitte 030 901820 oder 0151 23456789 anrufen."
    german = redact(text, RedactRules(phone_region="DE"))
    assert german.text == "Bitte [PHONE] oder [PHONE] anrufen."


@pytest.mark.parametrize(
    "address",
    ["a@b.co", "First.Last+tag@mail.example.com", "jo_e-x@sub.example.co.uk", "ü.m@bücher.example"],
)
def test_mail_addresses_are_replaced(address):
    assert (
        redact(f"write <{address}>, or\n{address}.", RULES).text == "write <[EMAIL]>, or\n[EMAIL]."
    )


def test_mail_addresses_in_words_are_replaced():
    assert redact("jo (at) example (dot) com", RULES).text == "[EMAIL]"
    assert redact("meet (at) noon", RULES).text == "meet (at) noon"


@pytest.mark.parametrize("ssn", ["123-45-6789", "123 45 6789", "123.45.6789", "SSN 123456789"])
def test_social_security_numbers_are_replaced(ssn):
    assert "6789" not in redact(f"Her {ssn}!", RULES).text
    assert redact(f"Her {ssn}!", RULES).counts == {"SSN": 1}


def test_each_type_can_be_switched_off():
    text = "a@b.co 123-45-6789 555-123-4567"
    rules = RedactRules(email=False, phone=False, ssn=False)
    assert redact(text, rules).text == text


DIGITS = st.text("0123456789", min_size=1)
AREA = st.integers(200, 999)
LINE = st.integers(0, 9999).map(lambda n: f"{n:04d}")
PHONES = st.one_of(
    st.builds(lambda a, b, c: f"({a}) {b}-{c}", AREA, AREA, LINE),
    st.builds(lambda a, b, c: f"{a}-{b}-{c}", AREA, AREA, LINE),
    st.builds(lambda a, b, c: f"+1 {a} {b} {c}", AREA, AREA, LINE),
    st.builds(lambda a, b, c: f"{a}.{b}.{c}", AREA, AREA, LINE),
)
SSNS = st.builds(lambda a, b, c: f"{a}-{b}-{c}", AREA, st.integers(10, 99), LINE)
EMAILS = st.emails(domains=st.sampled_from(["example.com", "mail.example.org", "firm.co.uk"]))
AROUND = st.text(st.characters(exclude_categories=["Cs", "Nd", "Nl", "No"]), max_size=30)


@given(AROUND, st.one_of(PHONES, SSNS), AROUND)
def test_no_canary_with_digits_survives_in_any_surroundings(before, canary, after):
    result = redact(f"{before}{canary}{after}", RULES)
    assert canary not in result.text
    assert canary[-4:] not in result.text


@given(EMAILS)
def test_no_mail_address_survives(address):
    if address.split("@")[0].startswith('"'):
        return  # quoted local parts are not written by people
    assert address.split("@")[1] not in redact(f"to {address} now", RULES).text


@given(st.text(max_size=200))
def test_a_second_pass_changes_nothing(text):
    once = redact(text, RULES)
    again = redact(once.text, RULES)
    assert (again.text, dict(again.counts)) == (once.text, {})


def test_hostile_text_takes_no_time():
    import time

    started = time.perf_counter()
    for text in ("a" * 200_000 + "@", "a." * 100_000 + "@b", "1 " * 100_000, "(1-" * 70_000):
        redact(text, RULES)
    assert time.perf_counter() - started < 10
