import pytest

from workbench.curation.personal_data import checksums


# Numbers that the issuers or the standards publish as examples.
@pytest.mark.parametrize(
    ("check", "value"),
    [
        (checksums.luhn, "4111111111111111"),
        (checksums.luhn, "378282246310005"),
        (checksums.luhn, "8112189876"),
        (checksums.iban, "GB82WEST12345698765432"),
        (checksums.iban, "DE89370400440532013000"),
        (checksums.iban, "NO9386011117947"),
        (checksums.verhoeff, "2363"),
        (checksums.cpf, "11144477735"),
        (checksums.nir, "255081416802538"),
        (checksums.german_tax_id, "86095742719"),
        (checksums.german_tax_id, "47036892816"),
        (checksums.spanish_id, "12345678Z"),
        (checksums.spanish_id, "X1234567L"),
        (checksums.codice_fiscale, "RSSMRA85M01H501Q"),
        (checksums.pesel, "44051401359"),
        (checksums.bsn, "111222333"),
        (checksums.nhs_number, "9434765919"),
    ],
)
def test_published_examples_are_right_and_no_other_last_character_is(check, value):
    assert check(value)
    others = "0123456789" if value[-1].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert sum(check(value[:-1] + other) for other in others) == 1


def test_an_iban_of_another_length_is_wrong():
    assert not checksums.iban("GB82WEST123456987654320")
    assert not checksums.iban("ZZ82WEST12345698765432")


def test_a_cpf_of_one_digit_repeated_is_wrong():
    assert not checksums.cpf("11111111111")
