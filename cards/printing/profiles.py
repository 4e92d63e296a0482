"""プリンター設定: the paper, where cards lie on it, and which page shows which side.

Measures are millimetres from the upper left corner of the paper. A card smaller than its cell is
centred in it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator

from cards.printing.geometry import (
    A4_HEIGHT_MM,
    A4_WIDTH_MM,
    BLEED_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    CELL_COLUMNS,
    CELL_HEIGHT_MM,
    CELL_ROWS,
    CELL_WIDTH_MM,
    POSTCARD_HEIGHT_MM,
    POSTCARD_WIDTH_MM,
)
from cards.printing.layout import SIZES_MM, Medium, require_json
from cards.printing.profile_schema import SCHEMA
from smartpit.kernel.errors import Malformed

SLACK_MM: Final = 10.0  # How much larger than its card a cell may be; more is another medium's.
_HAIR_MM: Final = 0.01


class Duplex(StrEnum):
    """How a printer turns the sheet; each back page follows its front page."""

    NONE = "none"
    LONG_EDGE = "long_edge"
    SHORT_EDGE = "short_edge"


class Frame(StrEnum):
    """What a page says around its one card."""

    CARRIER = "carrier"  # 宛名台紙
    LEAFLET = "leaflet"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card lies on its page; a turned one stands on its head."""

    x_mm: float
    y_mm: float
    is_turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One way to print. ``start`` is the first free place of a part-used sheet, from 1."""

    code: str
    name: str
    paper_width_mm: float
    paper_height_mm: float
    columns: int = 1
    rows: int = 1
    cell_width_mm: float
    cell_height_mm: float
    margin_left_mm: float = 0.0
    margin_top_mm: float = 0.0
    gap_x_mm: float = 0.0
    gap_y_mm: float = 0.0
    bleed_mm: float = 0.0
    crop_marks: bool = False
    outline: bool = False
    duplex: Duplex = Duplex.NONE
    start: int = 1
    frame: Frame | None = None

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    @property
    def is_duplex(self) -> bool:
        return self.duplex is not Duplex.NONE

    def document(self) -> dict[str, Any]:
        """Return the profile as the JSON it is kept as."""
        return asdict(self) | {"duplex": self.duplex.value, "frame": self.frame and str(self.frame)}

    def started_at(self, start: int) -> "Profile":
        """Return the profile for a sheet whose places before ``start`` are used."""
        if not 1 <= start <= self.per_page:
            raise Malformed([{"field": "$.start", "code": "range"}])
        return replace(self, start=start)


def page_of(index: int, profile: Profile) -> int:
    """Return the page of the ``index``-th card's front; cards count from 0, pages from 1."""
    assert index >= 0
    sheet = (index + profile.start - 1) // profile.per_page
    return sheet * (2 if profile.is_duplex else 1) + 1


def pages_of(count: int, profile: Profile) -> int:
    """Return how many pages so many cards fill, backs counted."""
    return page_of(count - 1, profile) + (1 if profile.is_duplex else 0)


def places_of(profile: Profile, size_mm: tuple[float, float]) -> tuple[Place, ...]:
    """Return where the cards of a front page lie: left to right, then downwards."""
    width, height = size_mm
    return tuple(
        Place(
            profile.margin_left_mm
            + column * (profile.cell_width_mm + profile.gap_x_mm)
            + (profile.cell_width_mm - width) / 2,
            profile.margin_top_mm
            + row * (profile.cell_height_mm + profile.gap_y_mm)
            + (profile.cell_height_mm - height) / 2,
        )
        for row in range(profile.rows)
        for column in range(profile.columns)
    )


def back_places_of(profile: Profile, size_mm: tuple[float, float]) -> tuple[Place, ...]:
    """Return where the same cards' backs lie on the page behind.

    Over the long edge of an upright sheet left and right change places. Over the short edge top
    and bottom do, and the back stands on its head, so that a card turned like a page reads right.
    """
    width, height = size_mm
    if (profile.duplex is Duplex.LONG_EDGE) == (profile.paper_width_mm <= profile.paper_height_mm):
        return tuple(
            Place(profile.paper_width_mm - place.x_mm - width, place.y_mm)
            for place in places_of(profile, size_mm)
        )
    return tuple(
        Place(place.x_mm, profile.paper_height_mm - place.y_mm - height, is_turned=True)
        for place in places_of(profile, size_mm)
    )


def fits(profile: Profile, size_mm: tuple[float, float]) -> bool:
    """Tell whether a card of this size is what the profile's cells are for."""
    spare = profile.cell_width_mm - size_mm[0], profile.cell_height_mm - size_mm[1]
    return all(-_HAIR_MM <= room <= SLACK_MM for room in spare)


def profiles_for(medium: Medium) -> tuple[Profile, ...]:
    """Return the built-in profiles for a medium, the usual one first; a phone card has none."""
    if medium is Medium.PHONE:
        return ()
    return tuple(it for it in PROFILES.values() if fits(it, SIZES_MM[medium]))


def single(size_mm: tuple[float, float], bleed_mm: float) -> Profile:
    """Return one card a page with so much bleed around it."""
    width, height = size_mm
    return Profile(
        code="single",
        name="1枚1ページ",
        paper_width_mm=width + 2 * bleed_mm,
        paper_height_mm=height + 2 * bleed_mm,
        cell_width_mm=width,
        cell_height_mm=height,
        margin_left_mm=bleed_mm,
        margin_top_mm=bleed_mm,
        bleed_mm=bleed_mm,
    )


def read_profile(document: object) -> Profile:
    """Return the profile of a JSON document, or refuse it as malformed, saying where and why."""
    require_json(document)
    faults = sorted(_validator().iter_errors(document), key=lambda fault: list(fault.path))
    if faults:
        raise Malformed(
            [{"field": fault.json_path, "code": str(fault.validator)} for fault in faults]
        )
    assert isinstance(document, Mapping)
    words = dict(document)
    frame = words.get("frame")
    words |= {"duplex": Duplex(words.get("duplex", "none")), "frame": frame and Frame(frame)}
    words |= {name: int(words[name]) for name in ("columns", "rows", "start") if name in words}
    profile = Profile(**words)
    _require_room(profile)
    return profile


def _require_room(profile: Profile) -> None:
    """The cells and their bleed must lie on the paper, or a card would be cut off."""
    across = profile.margin_left_mm + profile.columns * profile.cell_width_mm
    across += (profile.columns - 1) * profile.gap_x_mm
    down = profile.margin_top_mm + profile.rows * profile.cell_height_mm
    down += (profile.rows - 1) * profile.gap_y_mm
    faults = [
        {"field": f"$.{name}", "code": code}
        for name, code, is_wrong in (
            ("columns", "paper_too_narrow", across > profile.paper_width_mm + _HAIR_MM),
            ("rows", "paper_too_low", down > profile.paper_height_mm + _HAIR_MM),
            ("start", "range", profile.start > profile.per_page),
            ("frame", "one_card_a_page", bool(profile.frame) and profile.per_page > 1),
            ("frame", "one_side", bool(profile.frame) and profile.is_duplex),
        )
        if is_wrong
    ]
    if faults:
        raise Malformed(faults)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(SCHEMA)


_ID_1: Final = (CARD_WIDTH_MM, CARD_HEIGHT_MM)
_POSTCARD: Final = (POSTCARD_WIDTH_MM, POSTCARD_HEIGHT_MM)
_A4: Final = Profile(
    code="a4",
    name="A4 10面（91×55 mm）",
    paper_width_mm=A4_WIDTH_MM,
    paper_height_mm=A4_HEIGHT_MM,
    columns=CELL_COLUMNS,
    rows=CELL_ROWS,
    cell_width_mm=CELL_WIDTH_MM,
    cell_height_mm=CELL_HEIGHT_MM,
    margin_left_mm=(A4_WIDTH_MM - CELL_COLUMNS * CELL_WIDTH_MM) / 2,
    margin_top_mm=(A4_HEIGHT_MM - CELL_ROWS * CELL_HEIGHT_MM) / 2,
    outline=True,
)
_CARD: Final = replace(single(_ID_1, BLEED_MM), code="card", name="カード 1枚1ページ（片面）")
_MAILED: Final = replace(single(_POSTCARD, BLEED_MM), code="postcard", name="はがき 1枚1ページ")
_FOUR_POSTCARDS: Final = replace(
    single(_POSTCARD, 0),
    code="postcard-a4",
    name="A4 はがき4面",
    paper_width_mm=A4_WIDTH_MM,
    paper_height_mm=A4_HEIGHT_MM,
    columns=2,
    rows=2,
    margin_left_mm=(A4_WIDTH_MM - 2 * POSTCARD_WIDTH_MM) / 2,
    margin_top_mm=(A4_HEIGHT_MM - 2 * POSTCARD_HEIGHT_MM) / 2,
    outline=True,
)
# Folded in three, as a long envelope wants it, the sheet has no fold across its card.
_CARRIER: Final = replace(
    single(_ID_1, 0),
    code="carrier",
    name="宛名台紙 A4（窓あき封筒用）",
    paper_width_mm=A4_WIDTH_MM,
    paper_height_mm=A4_HEIGHT_MM,
    margin_left_mm=(A4_WIDTH_MM - CARD_WIDTH_MM) / 2,
    margin_top_mm=220.5,
    outline=True,
    frame=Frame.CARRIER,
)
_LEAFLET: Final = replace(
    single(_ID_1, 0),
    code="leaflet",
    name="店頭リーフレット A5",
    paper_width_mm=148.0,
    paper_height_mm=210.0,
    margin_left_mm=(148.0 - CARD_WIDTH_MM) / 2,
    margin_top_mm=142.0,
    outline=True,
    frame=Frame.LEAFLET,
)
_BUILT_IN: Final = (
    _A4,
    replace(_A4, code="a4-duplex", name="A4 10面 両面（長辺とじ）", duplex=Duplex.LONG_EDGE),
    _CARD,
    # A card lies on its side: over its short edge it is turned like a page of a book.
    replace(_CARD, code="card-duplex", name="カード 両面", duplex=Duplex.SHORT_EDGE),
    _CARRIER,
    _LEAFLET,
    _MAILED,
    replace(_MAILED, code="postcard-duplex", name="はがき 両面", duplex=Duplex.LONG_EDGE),
    _FOUR_POSTCARDS,
)
PROFILES: Final[Mapping[str, Profile]] = {profile.code: profile for profile in _BUILT_IN}
