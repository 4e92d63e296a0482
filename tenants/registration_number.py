"""適格請求書発行事業者の登録番号: T and 13 digits, the first of which checks the rest.

Source: domain.md 6. The digits are the company's 法人番号; the check digit is
``9 - (sum(P_n * Q_n) mod 9)`` over the twelve others from the right, Q = 1, 2, 1, 2, ...
"""

import re

from smartpit.kernel.errors import DomainError


class RegistrationNumberRefused(DomainError):
    code = "registration_number_refused"
    title = "登録番号は T と13桁の数字です。検査数字を確かめてください"
    status = 422


def require_registration_number(number: str) -> str:
    """Return ``number``, or refuse one that cannot have been given to a company."""
    if re.fullmatch(r"T[0-9]{13}", number) is None or number[1] != check_digit(number[2:]):
        raise RegistrationNumberRefused
    return number


def check_digit(twelve: str) -> str:
    """Return the first digit that goes before ``twelve`` others."""
    assert len(twelve) == 12
    weighted = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(twelve)))
    return str(9 - weighted % 9)
