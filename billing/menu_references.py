"""The references of invoices that a charge menu registered: menu, place, and the card's root.

The root is the number first printed for the card, and how often that card was taken back, if it
was: its next holder gets invoices of its own.
"""

import re
from typing import Final

_FORM: Final = re.compile(r"menu:([0-9]{1,18}):([0-9]{1,9}):[0-9]{13}(?::[0-9]{1,9})?")


def reference_in_menu(menu_id: int, place: int, root: str) -> str:
    return f"{start_of_references(menu_id)}{place}:{root}"


def start_of_references(menu_id: int) -> str:
    """Return how every reference of a menu begins, and of no other menu."""
    return f"menu:{menu_id}:"


def menu_named(reference: str) -> int | None:
    """Return the id of the menu that a reference names, or None where it names none.

    An owner may write such a reference too: whoever trusts it asks the menu whose it is.
    """
    found = _FORM.fullmatch(reference)
    return int(found[1]) if found else None


def place_named(reference: str) -> int | None:
    """Return the place in its menu that a reference names."""
    found = _FORM.fullmatch(reference)
    return int(found[2]) if found else None
