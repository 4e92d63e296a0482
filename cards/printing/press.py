"""The press: a layout and cards become a PDF, as fast as its bytes can be put together.

What cards share is drawn once, as a form, and each card only names it. What differs from card to
card is written into its page's one stream: a few strings that were made ready before, with the
card's own digits and letters between them. Pages leave for the file one by one, so that a file of
any length is printed in the same memory.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import BinaryIO, Final
from uuid import UUID

from cards.printing.boxes import Area
from cards.printing.designs import DEFAULT
from cards.printing.face import CardFace
from cards.printing.fonts import BOLD, REGULAR
from cards.printing.frames import frame_of
from cards.printing.geometry import CARD_CORNER_MM, PT_PER_MM
from cards.printing.kit import BLACK_INK, Kit, rectangle, stroked
from cards.printing.layout import BLACK, Colour, Layout, Medium, Side
from cards.printing.pdf_file import COMPRESSION, PdfFile, numbers, references
from cards.printing.pictures import Artwork, written
from cards.printing.profiles import PROFILES, Place, Profile, back_places_of, places_of
from cards.printing.sides import ReadySide, marks_of, marks_of_card
from cards.printing.typeface import Typeface

TITLE: Final = "会員カード"
_HAIRLINE_MM: Final = 0.09
_HAIRLINE_GREY: Final[Colour] = (0, 0, 0, 35)
_CROP_MARK_MM: Final = 4.0
_CROP_MARK_GAP_MM: Final = 1.0  # From the bleed, so that no mark is left on a card.

OnPage = Sequence[tuple[int, CardFace]]  # Cards with their places, which count from 0.


def print_cards(
    faces: Iterable[CardFace],
    layout: Layout = DEFAULT,
    artworks: Mapping[UUID, Artwork] | None = None,
    profile: Profile = PROFILES["a4"],
) -> bytes:
    """Return the PDF of these cards in their order; the same faces give the same bytes.

    The front of the ``index``-th card is on page ``page_of(index, profile)``.
    """
    file = BytesIO()
    Press(layout, artworks or {}, profile).print_to(file, faces)
    return file.getvalue()


@dataclass(frozen=True)
class Press:
    """A design on a printer; it prints any number of files."""

    layout: Layout
    artworks: Mapping[UUID, Artwork]
    profile: Profile
    compression: int = COMPRESSION

    def print_to(self, file: BinaryIO, faces: Iterable[CardFace]) -> int:
        """Print the cards and return how many pages they fill; there must be a card."""
        run = _Run(self, PdfFile(file))
        for on_page in _sheets(faces, self.profile):
            run.print_sheet(on_page)
        return run.close()


def _sheets(faces: Iterable[CardFace], profile: Profile) -> Iterator[OnPage]:
    """Yield the cards of each sheet with their places; the first sheet may be part-used."""
    waiting, first = iter(faces), profile.start - 1
    while on_page := list(enumerate(islice(waiting, profile.per_page - first), first)):
        yield on_page
        first = 0


@dataclass(slots=True)
class _Page:
    """A page of a sheet: where its cards lie, and what is drawn there."""

    starts: tuple[str, ...]
    side: ReadySide | None
    around: ReadySide | None
    marks: str

    def drawn(self, on_page: OnPage) -> str:
        parts = [BLACK_INK, self.marks]
        if self.around is not None:
            parts += [self.around.drawn(face) for _, face in on_page]
        if self.side is not None:
            for place, face in on_page:
                parts += (self.starts[place], self.side.drawn(face), "Q\n")
        return "".join(parts)


class _Run:
    """One file as it is printed."""

    def __init__(self, press: Press, pdf: PdfFile) -> None:
        self._press, self._pdf = press, pdf
        self._size_mm = press.layout.size_mm
        self._forms: dict[str, int] = {}
        self._resources, self._page_resources = pdf.reserved(), pdf.reserved()
        self._fonts = {"regular": Typeface(REGULAR, "R"), "bold": Typeface(BOLD, "B")}
        self._pictures = {
            artwork: written(pdf, press.artworks[artwork], f"A{place}")
            for place, artwork in enumerate(sorted(press.layout.artworks, key=str))
        }
        self._kit = Kit(self._fonts, self._pictures, self._size_mm[1])
        self._pages = self._pages_of_a_sheet()
        self._boxes = _page_boxes(press)

    def print_sheet(self, on_page: OnPage) -> None:
        """Print the front page of a sheet, and its back page if the printer turns it."""
        for page in self._pages:
            self._pdf.write_page(
                self._boxes, page.drawn(on_page), compression=self._press.compression
            )

    def close(self) -> int:
        """Write what was gathered on the way: fonts, resources, the tree of pages."""
        assert self._pdf.pages, "there is no card"
        fonts: dict[str, int] = {}
        for typeface in self._fonts.values():
            if typeface.codes:
                fonts[typeface.resource] = self._pdf.reserved()
                typeface.write(self._pdf, fonts[typeface.resource])
        pictures = {picture.resource: picture.at for picture in self._pictures.values()}
        for at, drawn in ((self._resources, pictures), (self._page_resources, self._forms)):
            self._pdf.write(f"<</Font<<{references(fonts)}>>/XObject<<{references(drawn)}>>>>", at)
        paper = _corners(Area(0, 0, *_paper_mm(self._press.profile)))
        self._pdf.close(TITLE, f"/MediaBox[{paper}]/Resources {self._page_resources} 0 R")
        return self._pdf.pages

    def _pages_of_a_sheet(self) -> list[_Page]:
        layout, profile = self._press.layout, self._press.profile
        marks = self._crop_marks()
        places = places_of(profile, self._size_mm)
        pages = [_Page(self._starts(places), self._side(layout.front), self._around(), marks)]
        if profile.is_duplex:
            back = self._side(layout.back) if layout.back else None
            places = back_places_of(profile, self._size_mm)
            pages.append(_Page(self._starts(places), back, None, ""))
        return pages

    def _side(self, side: Side) -> ReadySide:
        profile = self._press.profile
        marks = marks_of_card(side, self._kit, self._size_mm, profile.bleed_mm)
        return ReadySide(marks, self._write_card_form)

    def _around(self) -> ReadySide | None:
        """Return what stands around the card on a page of its own, drawn like a card's side."""
        profile = self._press.profile
        if profile.frame is None:
            return None
        kit = replace(self._kit, height_mm=profile.paper_height_mm)
        elements = frame_of(profile.frame).elements
        marks = [mark for element in elements for mark in marks_of(element, kit)]
        paper = Area(0, 0, *_paper_mm(profile))
        return ReadySide(marks, lambda content: self._write_form(content, paper))

    def _write_card_form(self, content: str) -> str:
        """Write what cards share: up to the bleed, or up to the line that a hand cuts along."""
        profile, card = self._press.profile, Area(0, 0, *self._size_mm)
        if not profile.outline:
            return self._write_form(content, card.grown(profile.bleed_mm))
        is_card = self._press.layout.medium is not Medium.POSTCARD
        corner = CARD_CORNER_MM * PT_PER_MM if is_card else 0.0
        outline = rectangle(self._kit.points(card), corner)
        line = f"{stroked(_HAIRLINE_GREY, _HAIRLINE_MM)}{outline}S\n"
        return self._write_form(f"q {outline}W n\n{content}Q\n{line}", card.grown(_HAIRLINE_MM))

    def _write_form(self, content: str, box: Area) -> str:
        name = f"S{len(self._forms)}"
        self._forms[name] = self._pdf.write_shared(
            f"/Type/XObject/Subtype/Form/BBox[{_corners(box)}]/Resources {self._resources} 0 R",
            content.encode("latin-1"),
        )
        return name

    def _starts(self, places: Sequence[Place]) -> tuple[str, ...]:
        """Return what moves the card to each place; a turned one stands on its head."""
        paper_height = self._press.profile.paper_height_mm
        width, height = self._size_mm
        starts = []
        for place in places:
            x, y = place.x_mm, paper_height - place.y_mm - height
            if place.is_turned:
                x, y = x + width, y + height
            sign = "-1 0 0 -1" if place.is_turned else "1 0 0 1"
            starts.append(f"q {sign} {numbers(x * PT_PER_MM, y * PT_PER_MM)} cm\n")
        return tuple(starts)

    def _crop_marks(self) -> str:
        """Return hairlines that show a guillotine where to cut, outside of every card's bleed."""
        profile = self._press.profile
        if not profile.crop_marks:
            return ""
        cards = [Area(p.x_mm, p.y_mm, *self._size_mm) for p in places_of(profile, self._size_mm)]
        bled = [card.grown(profile.bleed_mm + _CROP_MARK_GAP_MM / 2) for card in cards]
        kit = replace(self._kit, height_mm=profile.paper_height_mm)
        lines = {
            line
            for card in cards
            for line in _corner_lines(card, profile.bleed_mm + _CROP_MARK_GAP_MM)
            if not any(line.grown(_HAIRLINE_MM / 2).overlaps(box) for box in bled)
        }
        drawn = []
        for line in sorted(lines, key=lambda it: (it.y, it.x, it.width)):
            box = kit.points(line)
            drawn.append(f"{numbers(box.x, box.y)} m {numbers(box.right, box.foot)} l S\n")
        return f"q {stroked(BLACK, _HAIRLINE_MM)}{''.join(drawn)}Q\n"


def _corner_lines(card: Area, away: float) -> Iterator[Area]:
    """Yield the two lines at each corner of a card."""
    for x in (card.x, card.right):
        yield Area(x, card.y - away - _CROP_MARK_MM, 0.0, _CROP_MARK_MM)
        yield Area(x, card.foot + away, 0.0, _CROP_MARK_MM)
    for y in (card.y, card.foot):
        yield Area(card.x - away - _CROP_MARK_MM, y, _CROP_MARK_MM, 0.0)
        yield Area(card.right + away, y, _CROP_MARK_MM, 0.0)


def _page_boxes(press: Press) -> str:
    """Return where one card's page is cut, and how far its ink runs beyond."""
    profile = press.profile
    if profile.per_page > 1 or not profile.bleed_mm:
        return ""
    place = places_of(profile, press.layout.size_mm)[0]
    width, height = press.layout.size_mm
    card = Area(place.x_mm, profile.paper_height_mm - place.y_mm - height, width, height)
    trim, bleed = (_corners(box) for box in (card, card.grown(profile.bleed_mm)))
    return f"/TrimBox[{trim}]/BleedBox[{bleed}]"


def _paper_mm(profile: Profile) -> tuple[float, float]:
    return profile.paper_width_mm, profile.paper_height_mm


def _corners(box: Area) -> str:
    """Return a box that counts from the lower left, in points: left, foot, right, top."""
    sides = (box.x, box.y, box.right, box.foot)
    return numbers(*(side * PT_PER_MM for side in sides))
