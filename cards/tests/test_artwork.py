"""What strangers upload, by faults.md H01 to H04: a clear refusal, or the right picture."""

import io
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pikepdf
import pytest
from PIL import Image

from cards.artwork import artwork as artworks
from cards.artwork.artwork import REFUSALS, Artwork, ArtworkRefused, ReadingBusy
from cards.artwork.reading import LIMITS, read_artwork
from cards.tests import artwork_corpus as corpus
from cards.tests import artwork_pages as pages
from cards.tests.factories import pictures
from cards.workbook import MemberFileBusy, as_csv
from smartpit.platform import bounded
from smartpit.platform.bounded import CHILDREN_MAX, Busy, Died, Limits, TooSlow, ask_child
from smartpit.platform.home import CHECKOUT

REFUSED = corpus.refused_rasters() | pages.refused_pdfs()
BOMBS = (
    "png bomb", "jpeg bomb", "text bomb", "animated png", "10,000 frames", "50 MB of zeros",
    "20 MB of a png", "large progressive cmyk",
)  # fmt: skip
SVGS = ("SVG", "laughs")
OTHERS = [name for name in corpus.refused_rasters() if name not in (*BOMBS, *SVGS)]
SECRETS = (b"SECRET", b"<script", b"PK\x03\x04", b"alert(")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a machine that runs many tests at once the time an idle one does not need."""
    patient = Limits(seconds=60, memory_bytes=LIMITS.memory_bytes)
    monkeypatch.setattr("cards.artwork.reading.LIMITS", patient)


def picture_of(artwork: Artwork) -> Image.Image:
    """Return a raster's pixels as they will be printed."""
    return Image.open(io.BytesIO(artwork.content))


def colours_of(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the colours of the four quarters: above left, right; below left, right."""
    across, down = image.width // 4, image.height // 4
    places = [(1, 1), (3, 1), (1, 3), (3, 3)]
    return [image.getpixel((x * across, y * down)) for x, y in places]  # type: ignore[misc]


def near(found: tuple[int, ...], wanted: tuple[int, ...], *, most: int = 6) -> bool:
    return all(abs(one - other) <= most for one, other in zip(found, wanted, strict=True))


def document_of(artwork: Artwork) -> pikepdf.Pdf:
    return pikepdf.Pdf.open(io.BytesIO(artwork.content))


def pictures_in(artwork: Artwork) -> list[tuple[int, int]]:
    """Return how large the pictures are that a document still holds."""
    with document_of(artwork) as document:
        streams = [part for part in document.objects if isinstance(part, pikepdf.Stream)]
        images = [part for part in streams if part.get("/Subtype") == pikepdf.Name.Image]
        return [(int(part.Width), int(part.Height)) for part in images]


def expect_refusal(name: str) -> None:
    maker, code = REFUSED[name]
    with pytest.raises(ArtworkRefused) as refusal:
        read_artwork(maker())
    assert refusal.value.code == code
    assert refusal.value.title
    assert refusal.value.status == 422


@pytest.mark.parametrize("name", BOMBS)
def test_h01_a_bomb_or_an_animation_is_refused_by_name(name: str) -> None:
    expect_refusal(name)


@pytest.mark.parametrize("name", OTHERS)
def test_h02_what_is_no_png_jpeg_or_pdf_or_a_broken_one_is_refused_by_name(name: str) -> None:
    expect_refusal(name)


@pytest.mark.parametrize("name", SVGS)
def test_h03_an_svg_is_not_taken_at_all(name: str) -> None:
    expect_refusal(name)


@pytest.mark.parametrize("name", pages.refused_pdfs())
def test_h04_a_pdf_that_acts_hides_or_bursts_is_refused_by_name(name: str) -> None:
    expect_refusal(name)


def test_h01_the_corpus_is_large_and_every_refusal_has_its_file() -> None:
    assert len(REFUSED) >= 50
    told = {code for _, code in REFUSED.values()}
    assert told | {"artwork_too_slow"} == set(REFUSALS)


def test_h01_no_reading_takes_more_than_200_mb_and_nothing_is_left_on_disk(tmp_path: Path) -> None:
    costs = subprocess.run(
        [sys.executable, "-m", "cards.tests.artwork_costs"],
        cwd=CHECKOUT, env={**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert 0 < int(costs.stdout) <= 200_000_000
    assert list(tmp_path.iterdir()) == []


def test_h01_what_takes_too_long_is_ended_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise TooSlow

    monkeypatch.setattr("cards.artwork.reading.ask_child", slow)
    with pytest.raises(artworks.ReadingTooSlow):
        read_artwork(pages.vector_pdf())


def test_h02_each_kind_is_told_by_its_bytes_and_all_that_hangs_behind_is_lost() -> None:
    page = b"<html><script>alert(1)</script></html>"
    for content in (
        corpus.encoded(corpus.four_corners(), "PNG") + corpus.zipped("a.html", page),
        corpus.encoded(corpus.four_corners(), "JPEG", comment=page) + page,
        pages.vector_pdf() + corpus.zipped("a.html", page),
        pages.pdf_with_hidden_tail(),
    ):
        found = read_artwork(content)
        for secret in SECRETS:
            assert secret not in found.content
            assert secret not in found.preview


def test_h02_random_damage_is_a_refusal_or_a_picture_never_a_fault() -> None:
    good = [
        pages.vector_pdf(), pages.pdf_of_picture(), corpus.turned(6), corpus.cmyk_jpeg(),
        corpus.encoded(corpus.four_corners(), "PNG"),
    ]  # fmt: skip
    for content in corpus.damaged(good, 15):
        with suppress(ArtworkRefused):
            assert read_artwork(content).content


def test_a_plain_picture_stays_what_it_is_to_the_pixel() -> None:
    found = read_artwork(corpus.encoded(corpus.four_corners(), "PNG"))
    assert (found.kind, found.mode) == ("png", "RGB")
    assert (found.width_px, found.height_px) == (120, 80)
    assert picture_of(found).tobytes() == corpus.four_corners().tobytes()
    assert Image.open(io.BytesIO(found.preview)).size == (120, 80)


def test_the_same_upload_is_the_same_artwork() -> None:
    for content in (pages.vector_pdf(), corpus.encoded(corpus.four_corners(), "JPEG")):
        assert read_artwork(content) == read_artwork(content)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_lies_as_the_camera_was_held(orientation: int) -> None:
    found = read_artwork(corpus.turned(orientation))
    assert (found.width_px, found.height_px) == (120, 80)
    wanted = (corpus.RED, corpus.GREEN, corpus.BLUE, corpus.WHITE)
    assert all(map(near, colours_of(picture_of(found)), wanted))
    assert b"SECRET" not in found.content
    assert "exif" not in picture_of(found).info


def test_a_progressive_jpeg_is_read_and_written_as_a_plain_one() -> None:
    content = corpus.encoded(corpus.four_corners(), "JPEG", progressive=True, quality=100)
    found = read_artwork(content)
    assert found.kind == "jpeg"
    assert "progressive" not in picture_of(found).info


def test_a_cmyk_jpeg_keeps_its_inks_and_looks_right() -> None:
    found = read_artwork(corpus.cmyk_jpeg())
    assert (found.kind, found.mode) == ("jpeg", "CMYK")
    printed, shown = picture_of(found), Image.open(io.BytesIO(found.preview))
    for ink, looks in enumerate([(0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0)]):
        inks = tuple(255 if place == ink else 0 for place in range(4))
        place = (ink * 40 + 20, 20)
        assert near(printed.getpixel(place), inks)  # type: ignore[arg-type]
        assert near(shown.getpixel(place), looks)  # type: ignore[arg-type]


def test_16_bits_become_8_by_their_upper_half() -> None:
    grey = read_artwork(corpus.grey_16_bits())
    assert (grey.mode, list(picture_of(grey).tobytes())) == ("L", [0x10, 0x80, 0xF0])
    colours = read_artwork(corpus.colours_16_bits())
    assert list(picture_of(colours).tobytes()) == [255, 0, 128, 0, 64, 255]


def test_transparency_is_kept_where_it_is_used_and_dropped_where_it_is_not() -> None:
    palette = read_artwork(corpus.palette_with_transparency())
    assert palette.mode == "RGBA"
    assert list(picture_of(palette).tobytes()) == [255, 0, 0, 128, 0, 0, 255, 255]
    grey = read_artwork(corpus.grey_16_bits(clear=0x8080))
    assert [picture_of(grey).getpixel((x, 0))[3] for x in range(3)] == [255, 0, 255]  # type: ignore[index]
    opaque = read_artwork(corpus.encoded(corpus.four_corners().convert("RGBA"), "PNG"))
    assert opaque.mode == "RGB"


@pytest.mark.parametrize(("mode", "kept"), [("1", "L"), ("L", "L"), ("LA", "L"), ("P", "RGB")])
def test_every_sort_of_png_becomes_a_plain_one(mode: str, kept: str) -> None:
    content = corpus.encoded(corpus.four_corners().convert(mode), "PNG")
    found = read_artwork(content)
    assert found.mode == (kept if mode != "LA" else "RGB")


def test_a_colour_profile_is_applied_and_left_out_and_a_broken_one_is_passed_over() -> None:
    corners = corpus.four_corners()
    swapped = read_artwork(corpus.with_profile())
    assert "icc_profile" not in picture_of(swapped).info
    wanted = (corpus.BLUE, corpus.GREEN, corpus.RED, corpus.WHITE)
    assert all(map(near, colours_of(picture_of(swapped)), wanted))
    broken = read_artwork(corpus.encoded(corners, "PNG", icc_profile=b"no profile" * 50))
    assert picture_of(broken).tobytes() == corners.tobytes()


def test_a_pdf_stays_vectors_and_takes_nothing_else_along() -> None:
    found = read_artwork(pages.vector_pdf())
    assert found.kind == "pdf"
    assert (found.width_mm, found.height_mm) == (91.722, 59.972)
    assert (found.width_px, found.unembedded_fonts) == (None, ())
    document = document_of(found)
    assert len(document.pages) == 1
    assert set(document.Root.keys()) == {"/Type", "/Pages"}
    assert set(document.trailer.keys()) & {"/Info", "/Encrypt"} == set()
    assert pictures_in(found) == []
    form = document.pages[0].Resources.XObject.Artwork
    assert b" c" in form.read_bytes()
    assert b"0 1 1 0 k" in form.read_bytes()
    assert b"SECRET" not in found.content


def test_a_pdf_looks_on_its_own_page_as_it_did_on_the_uploaded_one() -> None:
    content = pages.vector_pdf()
    assert pictures(read_artwork(content).content)[0].tobytes() == pictures(content)[0].tobytes()


@pytest.mark.parametrize("turn", [0, 90, 180, 270, -90])
@pytest.mark.parametrize("box", [(0, 0, 260, 170), (-20, 30, 200, 160), (260, 170, 0, 0)])
def test_a_turned_and_cropped_page_lies_as_a_viewer_shows_it(
    turn: int, box: tuple[int, ...]
) -> None:
    content = pages.pdf_of_box(box, turn)
    wanted, found = pictures(content)[0], pictures(read_artwork(content).content)[0]
    assert wanted.size == found.size
    assert wanted.tobytes() == found.tobytes()


def test_a_page_measured_in_a_unit_of_its_own_is_as_large_as_it_says() -> None:
    found = read_artwork(pages.pdf_of_box((0, 0, 260, 170), 0, unit=2))
    assert (found.width_mm, found.height_mm) == (183.444, 119.944)


def test_the_marks_around_the_bleed_are_cut_off() -> None:
    found = read_artwork(pages.pdf_of_box((0, 0, 260, 170), 0, bleed=(10, 10, 250, 160)))
    assert (found.width_mm, found.height_mm) == (84.667, 52.917)


def test_a_link_and_the_view_a_program_asks_for_are_left_behind() -> None:
    found = read_artwork(pages.pdf_with_harmless_extras())
    assert b"/Annots" not in found.content
    assert b"OpenAction" not in found.content


def test_a_layer_that_is_shown_is_drawn_and_is_no_layer_any_more() -> None:
    found = read_artwork(pages.shown_layer())
    assert near(pictures(found.content)[0].getpixel((20, 20)), corpus.RED)
    with document_of(found) as document:
        assert all("OCG" not in repr(part) for part in document.objects)


def test_fonts_that_do_not_come_along_are_named() -> None:
    assert read_artwork(pages.pdf_of_text()).unembedded_fonts == ("Courier-Bold", "Helvetica")
    assert read_artwork(pages.pdf_of_embedded_text()).unembedded_fonts == ()


def test_a_picture_inside_a_pdf_is_kept() -> None:
    found = read_artwork(pages.pdf_of_picture())
    assert pictures_in(found) == [(120, 80)]


def test_a_child_is_alone_poor_and_brief() -> None:
    answer = ask_child("cards.tests.bounded_child", b"look", Limits(60, LIMITS.memory_bytes))
    assert answer.head["environment"] == []
    assert answer.head["written"] == "EFBIG"
    assert answer.parts == [b"look"]


@pytest.mark.parametrize(
    ("wish", "seconds", "fault"),
    [(b"turn", 1, TooSlow), (b"sleep", 1, TooSlow), (b"eat", 60, Died), (b"lie", 60, Died)],
)
def test_a_child_that_goes_astray_is_ended(
    wish: bytes, seconds: int, fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        ask_child("cards.tests.bounded_child", wish, Limits(seconds, LIMITS.memory_bytes))


def test_uploads_that_all_come_at_once_leave_threads_for_the_tills() -> None:
    """Two are read, the others are told so at once; none of them waits for another's reading."""
    limits = Limits(30, LIMITS.memory_bytes)
    first = [Thread(target=_asleep) for _ in range(CHILDREN_MAX)]
    for thread in first:
        thread.start()
    deadline = time.monotonic() + 20
    while bounded._places._value and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(Busy):
        ask_child("cards.tests.bounded_child", b"look", limits)
    with pytest.raises(ReadingBusy):
        read_artwork(pages.pdf_of_picture())
    with pytest.raises(MemberFileBusy):
        as_csv(b"PK\x03\x04")
    for thread in first:
        thread.join()
    assert ask_child("cards.tests.bounded_child", b"look", limits).parts == [b"look"]


def _asleep() -> None:
    with suppress(TooSlow):
        ask_child("cards.tests.bounded_child", b"sleep", Limits(2, LIMITS.memory_bytes))


def test_a_child_that_the_processors_clock_ends_first_was_too_slow_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = threading.Timer
    monkeypatch.setattr(threading, "Timer", lambda _s, act, words: late(60, act, words))
    with pytest.raises(TooSlow):
        ask_child("cards.tests.bounded_child", b"turn", Limits(1, LIMITS.memory_bytes))


def test_a_reading_has_5_seconds_and_less_than_200_mb() -> None:
    assert LIMITS.seconds == 5
    assert LIMITS.memory_bytes < 160_000_000
