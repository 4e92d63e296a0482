import pytest

from tenants.registration_number import (
    RegistrationNumberRefused,
    check_digit,
    require_registration_number,
)


def test_the_tax_agencys_own_number_checks():
    assert check_digit("000012050002") == "7"
    assert require_registration_number("T7000012050002") == "T7000012050002"


@pytest.mark.parametrize(
    "number", ["T8000012050002", "T7000012050003", "7000012050002", "T70000120500022", "", "Ｔ7"]
)
def test_a_number_no_company_has_is_refused(number: str):
    with pytest.raises(RegistrationNumberRefused):
        require_registration_number(number)
