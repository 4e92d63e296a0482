"""The print-safety check: what would go wrong with a design, before any number is spent.

Pure and deterministic: a layout and its artworks in, sentences out, the worst first.
"""

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

from cards.artwork.artwork import Artwork
from cards.printing.layout import Layout
from cards.printing.safety.artwork import findings_of_artwork
from cards.printing.safety.codes import findings_of_codes
from cards.printing.safety.design import findings_of_design
from cards.printing.safety.finding import SIDE_WORDS, Checked, Finding, Severity
from cards.printing.safety.foreign import findings_of_foreign_codes
from cards.printing.safety.ground import findings_of_ground
from cards.printing.safety.places import findings_of_places
from cards.printing.safety.wording import findings_of_wording

__all__ = ["SAMPLE_URL", "Finding", "Severity", "findings", "has_errors"]

# As long as the address of a phone page becomes; a QR code has as many modules as it needs.
SAMPLE_URL: Final = "https://cards.example.com/c/" + "0" * 22
_RULES: Final = (
    findings_of_places,
    findings_of_codes,
    findings_of_ground,
    findings_of_wording,
    findings_of_artwork,
    findings_of_foreign_codes,
)
_WORST_FIRST: Final = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def findings(
    layout: Layout,
    artworks: Mapping[UUID, Artwork],
    *,
    dpi: int = 300,
    page_url: str = SAMPLE_URL,
) -> list[Finding]:
    """Return what is wrong with a design on a printer of so many dots an inch."""
    found = [*findings_of_design(layout), *_of_sides(layout, artworks, dpi, page_url)]
    return sorted(found, key=lambda finding: _WORST_FIRST.index(finding.severity))


def has_errors(found: list[Finding]) -> bool:
    """Tell whether something stops an order of this design."""
    return any(finding.severity is Severity.ERROR for finding in found)


def _of_sides(
    layout: Layout, artworks: Mapping[UUID, Artwork], dpi: int, page_url: str
) -> Iterator[Finding]:
    for name, side in zip(SIDE_WORDS, layout.sides, strict=False):
        checked = Checked(layout, name, side, artworks, dpi, page_url)
        for rule in _RULES:
            yield from rule(checked)
