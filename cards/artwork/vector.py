"""PDF: one page, kept as vectors, in a document of its own that holds nothing else.

The page's content and what it draws with become one form, ``/Artwork``; a fresh page that begins
at 0, 0, stands upright and measures in points draws it. Annotations, actions, metadata, layers
and the rest of the uploaded document stay behind; what would do something is refused.
"""

import io
from typing import Any, Final

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from pikepdf.settings import set_qpdf_limits

from cards.artwork.artwork import (
    PREVIEW_SIDE_PX,
    SIDE_MM,
    Artwork,
    Broken,
    PdfEncrypted,
    PdfPages,
    PdfSize,
    TooHeavy,
)
from cards.artwork.vector_parts import (
    CONTENT_BYTES_MAX,
    STREAM_BYTES_MAX,
    keep_only_what_is_drawn,
    refuse_bomb,
)
from cards.artwork.vector_scan import refuse_what_acts
from cards.printing.geometry import PT_PER_MM

_OBJECTS_MAX: Final = 50_000
_PARENTS_MAX: Final = 50

set_qpdf_limits(
    flate_max_memory=STREAM_BYTES_MAX,
    run_length_max_memory=STREAM_BYTES_MAX,
    dct_max_memory=STREAM_BYTES_MAX,
    png_max_memory=STREAM_BYTES_MAX,
    tiff_max_memory=STREAM_BYTES_MAX,
    dct_max_progressive_scans=50,
    doc_max_warnings=200,
    parser_max_nesting=100,
    max_stream_filters=4,
)

_Box = tuple[float, float, float, float]


def read_vector(content: bytes) -> Artwork:
    """Return a page as an artwork, or the refusal of what is no single, still page."""
    try:
        with Pdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise PdfEncrypted
            return _artwork(pdf)
    except pikepdf.PasswordError:
        raise PdfEncrypted from None
    except (pikepdf.PikepdfError, pypdfium2.PdfiumError):
        raise Broken from None
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError, RuntimeError):
        # A part of the page is missing or of another kind than it must be.
        raise Broken from None


def _artwork(pdf: Pdf) -> Artwork:
    page = _only_page(pdf)
    refuse_what_acts(pdf, page)
    box = _visible(page)
    form = _form(pdf, page, box)
    fonts = keep_only_what_is_drawn(form)
    width_pt, height_pt = _size_pt(form)
    written = _document(form, width_pt, height_pt)
    return Artwork(
        kind="pdf",
        content=written,
        sha256="",
        preview=_preview(written),
        width_mm=round(width_pt / PT_PER_MM, 3),
        height_mm=round(height_pt / PT_PER_MM, 3),
        unembedded_fonts=fonts,
    )


def _only_page(pdf: Pdf) -> Any:
    if len(pdf.objects) > _OBJECTS_MAX:
        raise TooHeavy
    if len(pdf.pages) != 1:
        raise PdfPages
    return pdf.pages[0].obj


def _visible(page: Any) -> _Box:
    """Return the part of the sheet that is the artwork: without the marks around the bleed."""
    box = _box(_inherited(page, Name.MediaBox))
    for name in (Name.CropBox, Name.BleedBox):
        cut = _inherited(page, name)
        if cut is not None:
            box = _shared(box, _box(cut))
    return box


def _inherited(page: Any, name: Any) -> Any:
    """Return what a page says itself or its parents say for it."""
    for _ in range(_PARENTS_MAX):
        if name in page:
            return page[name]
        page = page.get(Name.Parent)
        if page is None:
            return None
    raise TooHeavy


def _box(corners: Any) -> _Box:
    x1, y1, x2, y2 = (float(corner) for corner in corners)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _shared(box: _Box, cut: _Box) -> _Box:
    left, bottom = max(box[0], cut[0]), max(box[1], cut[1])
    right, top = min(box[2], cut[2]), min(box[3], cut[3])
    return (left, bottom, right, top) if left < right and bottom < top else box


def _form(pdf: Pdf, page: Any, box: _Box) -> Any:
    """Return what the page draws as one form that stands upright at 0, 0."""
    content = _content(page)
    pdf.remove_unreferenced_resources()  # Many programs name fonts that they do not use.
    form = Stream(pdf, content)
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox, form.Matrix = Array(box), Array(_upright(page, box))
    form.Resources = _inherited(page, Name.Resources) or Dictionary()
    if isinstance(page.get(Name.Group), Dictionary):
        form.Group = page[Name.Group]
    return form


def _content(page: Any) -> bytes:
    written = page.get(Name.Contents, Array())
    streams = written if isinstance(written, Array) else [written]
    for stream in streams:
        refuse_bomb(stream)
    content = b"\n".join(stream.read_bytes() for stream in streams)
    if len(content) > CONTENT_BYTES_MAX:
        raise TooHeavy
    return content


def _upright(page: Any, box: _Box) -> list[float]:
    """Return the matrix that turns, moves and measures the page as a viewer shows it."""
    left, bottom, right, top = box
    unit = float(page.get(Name.UserUnit, 1))
    turn = int(_inherited(page, Name.Rotate) or 0) % 360
    matrix = {
        0: (1, 0, 0, 1, -left, -bottom),
        90: (0, -1, 1, 0, -bottom, right),
        180: (-1, 0, 0, -1, right, top),
        270: (0, 1, -1, 0, top, -left),
    }[turn]
    return [part * unit for part in matrix]


def _size_pt(form: Any) -> tuple[float, float]:
    """Return how wide and high the form is, once its matrix has turned it."""
    left, bottom, right, top = (float(corner) for corner in form.BBox)
    a, b, c, d = (abs(float(part)) for part in list(form.Matrix)[:4])
    width, height = right - left, top - bottom
    size = a * width + c * height, b * width + d * height
    shortest, longest = SIDE_MM
    if not all(shortest * PT_PER_MM <= side <= longest * PT_PER_MM for side in size):
        raise PdfSize
    return size


def _document(form: Any, width_pt: float, height_pt: float) -> bytes:
    """Return a document of its own whose one page draws the form."""
    fresh = Pdf.new()
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, width_pt, height_pt]),
        Resources=Dictionary(XObject=Dictionary(Artwork=fresh.copy_foreign(form))),
        Contents=Stream(fresh, b"/Artwork Do"),
    )
    fresh.pages.append(pikepdf.Page(fresh.make_indirect(page)))
    written = io.BytesIO()
    fresh.save(
        written,
        deterministic_id=True,  # The same upload is the same artwork.
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        recompress_flate=True,  # What hides behind a stream's end is left behind.
    )
    return written.getvalue()


def _preview(content: bytes) -> bytes:
    page = pypdfium2.PdfDocument(content)[0]
    scale = PREVIEW_SIDE_PX / max(page.get_size())
    shown = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    written = io.BytesIO()
    shown.save(written, "PNG", compress_level=4)
    return written.getvalue()
