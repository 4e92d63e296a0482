"""The references of invoices that a charge menu registered: menu, place, and first number."""

import re
from typing import Final

_FORM: Final = re.compile(r"menu:([0-9]{1,18}):[0-9]{1,9}:[0-9]{13}")


def reference_in_menu(menu_id: int, place: int, first_number: str) -> str:
    return f"{start_of_references(menu_id)}{place}:{first_number}"


def start_of_references(menu_id: int) -> str:
    """Return how every reference of a menu begins, and of no other menu."""
    return f"menu:{menu_id}:"


def menu_named(reference: str) -> int | None:
    """Return the id of the menu that a reference names, or None where it names none.

    An owner may write such a reference too: whoever trusts it asks the menu whose it is.
    """
    found = _FORM.fullmatch(reference)
    return int(found[1]) if found else None
