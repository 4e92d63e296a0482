"""What one card shows: the words and numbers that a layout's elements name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardFace:
    """One card as it is printed; ``specimen`` marks one whose number pays nothing in a store.

    A blank card has no member: its name is empty. ``page_url`` is where its QR code leads.
    """

    owner_name: str
    member_name: str
    number: str
    barcode_number: str
    member_reference: str = ""
    postal_code: str = ""
    address1: str = ""
    address2: str = ""
    page_url: str = ""
    specimen: bool = False
