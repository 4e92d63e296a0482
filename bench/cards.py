"""How fast cards are printed, how small they are, and whether scanners read them.

Fonts are read before the clock runs, as in a worker that has printed before; everything else of a
file counts, from its first byte to its last. The numbers are others in every run.
"""

import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from secrets import token_bytes
from statistics import median
from time import perf_counter
from typing import Final

import zxingcpp
from reportlab.graphics.barcode.eanbc import Ean13BarcodeWidget
from reportlab.graphics.renderPDF import draw
from reportlab.graphics.shapes import Drawing
from reportlab.pdfgen.canvas import Canvas

from bench.figure import Figure, Scale, in_a_fresh_process, peak_memory_mb
from cards.numbers import barcode_number_from, grouped, number_from
from cards.printing.designs import DEFAULT
from cards.printing.face import CardFace
from cards.printing.fonts import BOLD, REGULAR, register_fonts
from cards.printing.geometry import pt
from cards.printing.press import Press, print_cards
from cards.printing.profiles import PROFILES, places_of
from cards.printing.render import page_image, preview

_CARDS: Final = 10_000
_CARDS_OF_A_LARGE_FILE: Final = 100_000
_CARDS_READ: Final = {Scale.SMALL: 200, Scale.FULL: 1_000}
_CARDS_OF_PEERS: Final = 2_000  # They are slow, and as slow with more.
_RUNS: Final = 3
_DPI: Final = 300
_PREVIEW_DPI: Final = 200

# 1,504 kanji as they stand in the Japanese character set: about as many as a nation's names use.
_KANJI: Final = b"".join(
    bytes((lead, trail))
    for lead in range(0x89, 0x91)
    for trail in (*range(0x40, 0x7F), *range(0x80, 0xFD))
).decode("cp932")


def figures(scale: Scale) -> Iterator[Figure]:
    on_sheets = _cards_per_second(_print_sheets)
    singly = _cards_per_second(_print_singly)
    text_only = _cards_per_second(_print_text_only, _CARDS_OF_PEERS)
    widget = _cards_per_second(_print_widgets, _CARDS_OF_PEERS)
    yield Figure("cards_per_second", on_sheets, "cards/s")
    yield Figure("cards_single_per_second", singly, "cards/s")
    # The same page's words by reportlab's canvas, with neither bars nor background.
    yield Figure("cards_reportlab_text_only_per_second", text_only, "cards/s")
    yield Figure("cards_ratio_text_only", on_sheets / text_only, "times")
    yield Figure("cards_ratio_ean_widget", on_sheets / widget, "times")
    faces = _faces(_CARDS)
    yield Figure("cards_bytes_each", len(_print_sheets(faces)) / _CARDS, "bytes")
    yield Figure("cards_single_bytes_each", len(_print_singly(faces)) / _CARDS, "bytes")
    yield Figure("cards_rss_mb_100k", in_a_fresh_process(_memory_of_a_large_file), "MB")
    yield Figure("cards_misreads", _misreads(_CARDS_READ[scale]), f"of {_CARDS_READ[scale]} cards")
    yield Figure("preview_ms", in_a_fresh_process(_preview_ms), "ms")


def _faces(count: int) -> list[CardFace]:
    return list(_stream_of_faces(count))


def _stream_of_faces(count: int) -> Iterator[CardFace]:
    """Yield cards with numbers and names of this run only."""
    key = token_bytes(32)
    for counter in range(count):
        number = number_from("joint", counter, key)
        letters = [_KANJI[int(number[at : at + 3]) * 7 % len(_KANJI)] for at in (1, 4, 7, 9)]
        yield CardFace(
            owner_name="つばさファンクラブ",
            member_name=f"{letters[0]}{letters[1]} {letters[2]}{letters[3]}",
            number=number,
            barcode_number=barcode_number_from(counter, key),
        )


Print = Callable[[list[CardFace]], bytes]


def _cards_per_second(print_all: Print, count: int = _CARDS) -> float:
    """Return the best of three runs, each in a process of its own."""
    seconds = [in_a_fresh_process(_seconds, print_all, count) for _ in range(_RUNS)]
    return count / min(seconds)


def _seconds(print_all: Print, count: int) -> float:
    faces = _faces(count)
    register_fonts()
    print_all(faces[:1])
    started = perf_counter()
    print_all(faces)
    return perf_counter() - started


def _print_sheets(faces: list[CardFace]) -> bytes:
    return print_cards(faces, profile=PROFILES["a4"])


def _print_singly(faces: list[CardFace]) -> bytes:
    return print_cards(faces, profile=PROFILES["card"])


def _print_text_only(faces: list[CardFace]) -> bytes:
    """Set each card's words by reportlab: its name, its number and the digits of its bars."""
    profile, file = PROFILES["a4"], BytesIO()
    canvas = Canvas(file, invariant=1, pageCompression=1, initialFontName=REGULAR)
    places = places_of(profile, DEFAULT.size_mm)
    for first in range(0, len(faces), len(places)):
        for face, place in zip(faces[first : first + len(places)], places, strict=False):
            x, y = pt(place.x_mm + 5.5), pt(profile.paper_height_mm - place.y_mm)
            canvas.setFont(BOLD, 14)
            canvas.drawString(x, y - pt(21), f"{face.member_name} 様")
            canvas.setFont(BOLD, 10.7)
            canvas.drawString(x, y - pt(36), grouped(face.number))
            canvas.setFont(REGULAR, 8.6)
            canvas.drawString(x + pt(32), y - pt(49), face.barcode_number)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _print_widgets(faces: list[CardFace]) -> bytes:
    """Draw each card's bars by reportlab's own widget, one a page."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=(260, 170), invariant=1, pageCompression=1)
    for face in faces:
        drawing = Drawing(240, 150)
        drawing.add(Ean13BarcodeWidget(face.barcode_number[:12], barHeight=42))
        draw(drawing, canvas, 10, 10)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _memory_of_a_large_file() -> float:
    with tempfile.TemporaryFile() as file:
        press = Press(DEFAULT, {}, PROFILES["card"])
        press.print_to(file, _stream_of_faces(_CARDS_OF_A_LARGE_FILE))
    return peak_memory_mb()


def _misreads(count: int) -> int:
    """Return how many cards were not read, or read as anything but their own number."""
    faces = _faces(count)
    pdf, per_page = _print_sheets(faces), PROFILES["a4"].per_page
    wrong = 0
    for first in range(0, count, per_page):
        printed = {face.barcode_number for face in faces[first : first + per_page]}
        page = page_image(pdf, first // per_page + 1, dpi=_DPI)
        wrong += len(printed ^ {code.text for code in zxingcpp.read_barcodes(page)})
    return wrong


def _preview_ms() -> float:
    face = _faces(1)[0]
    spans = []
    for _ in range(11):
        started = perf_counter()
        preview(DEFAULT, {}, face, side="front", dpi=_PREVIEW_DPI, with_bleed=True)
        spans.append((perf_counter() - started) * 1000)
    return median(spans[1:])
