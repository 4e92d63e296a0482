"""An owner's artwork inside a PDF: one object, however many cards show it.

A PDF stays vector: its page becomes a form with all it draws on. A JPEG goes in as it is, a PNG as
its samples with its transparency beside them.
"""

import zlib
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any, Final, Protocol

import pikepdf
from PIL import Image

from cards.printing.boxes import Area
from cards.printing.pdf_file import PdfFile, number, numbers

_SPACES: Final = {"L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}


class Artwork(Protocol):
    """What the press needs of an artwork; its content was checked and written anew before."""

    @property
    def kind(self) -> str: ...

    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """An object that draws itself with its lower left corner at ``left, foot``, in its own size."""

    resource: str
    at: int
    left: float
    foot: float
    width: float
    height: float

    def drawn(self, box: Area, *, covers: bool = False) -> str:
        """Return what draws it in a box of points: all of it, or so that it covers the box.

        Its proportions are kept, and its middle is the box's. Here ``box.y`` is the foot.
        """
        scales = box.width / self.width, box.height / self.height
        scale = max(scales) if covers else min(scales)
        x = box.x + (box.width - self.width * scale) / 2 - self.left * scale
        y = box.y + (box.height - self.height * scale) / 2 - self.foot * scale
        clip = f"{numbers(box.x, box.y, box.width, box.height)} re W n " if covers else ""
        placed = f"{_exact(scale)} 0 0 {_exact(scale)} {number(x)} {number(y)} cm"
        return f"q {clip}{placed} /{self.resource} Do Q\n"


def _exact(scale: float) -> str:
    """Return a factor with more places: a picture's unit may be the whole page."""
    return f"{scale:.7f}".rstrip("0").rstrip(".")


def written(pdf: PdfFile, artwork: Artwork, resource: str) -> Picture:
    """Write an artwork into the file."""
    if artwork.kind == "pdf":
        return _write_page(pdf, artwork.content, resource)
    with Image.open(BytesIO(artwork.content)) as image:
        # An image is drawn one unit wide and high: a form around it would only cost bytes.
        width, height = image.size
        if image.format == "JPEG":
            at = _write_jpeg(pdf, artwork.content, image)
        else:
            at = _write_samples(pdf, image)
    return _framed_image(pdf, at, (width, height), resource)


def _framed_image(pdf: PdfFile, at: int, size: tuple[int, int], resource: str) -> Picture:
    """Write a form that draws the image in its own proportions, as a page's form does."""
    width, height = size[0] / max(size) * 100, size[1] / max(size) * 100
    form = pdf.write_shared(
        f"/Type/XObject/Subtype/Form/BBox[0 0 {numbers(width, height)}]"
        f"/Resources<</XObject<</I {at} 0 R>>>>",
        f"q {number(width)} 0 0 {number(height)} 0 0 cm /I Do Q".encode(),
    )
    return Picture(resource, form, 0, 0, width, height)


def _image_entries(size: tuple[int, int], space: str) -> str:
    return (
        f"/Type/XObject/Subtype/Image/Width {size[0]}/Height {size[1]}"
        f"/ColorSpace{space}/BitsPerComponent 8"
    )


def _write_jpeg(pdf: PdfFile, content: bytes, image: Image.Image) -> int:
    """Write a JPEG as it is; one in four inks is inverted by custom when Adobe's mark says so."""
    entries = _image_entries(image.size, _SPACES[image.mode]) + "/Filter/DCTDecode"
    if image.mode == "CMYK" and "adobe" in image.info:
        entries += "/Decode[1 0 1 0 1 0 1 0]"
    return pdf.write_stream(entries, content)


def _write_samples(pdf: PdfFile, image: Image.Image) -> int:
    """Write the samples, and how transparent each is as a mask if any is."""
    has_mask = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    upright = image.convert("RGBA") if has_mask else image
    mask = ""
    if has_mask:
        alpha = upright.getchannel("A")
        if alpha.getextrema() != (255, 255):
            entries = _image_entries(image.size, "/DeviceGray")
            mask = f"/SMask {_write_packed(pdf, entries, alpha)} 0 R"
    is_grey = image.mode in ("1", "L", "LA")
    samples = upright.convert("L" if is_grey else "RGB")
    return _write_packed(pdf, _image_entries(image.size, _SPACES[samples.mode]) + mask, samples)


def _write_packed(pdf: PdfFile, entries: str, samples: Image.Image) -> int:
    packed = zlib.compress(samples.tobytes(), 6)
    return pdf.write_stream(f"{entries}/Filter/FlateDecode", packed)


def _write_page(pdf: PdfFile, content: bytes, resource: str) -> Picture:
    """Write the first page of a PDF as a form, with everything it draws on."""
    with pikepdf.open(BytesIO(content)) as source:
        form = source.pages[0].as_form_xobject()
        left, foot, right, top = _bounds(form)
        at = _Copy(pdf).copied(source.make_indirect(form))
    return Picture(resource, at, left, foot, right - left, top - foot)


def _bounds(form: Any) -> tuple[float, float, float, float]:
    """Return where the form draws: a page that lies on its side is turned upright."""
    x1, y1, x2, y2 = (float(value) for value in form.BBox)
    a, b, c, d, e, f = (float(value) for value in form.get("/Matrix", (1, 0, 0, 1, 0, 0)))
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (x1, x2) for y in (y1, y2)]
    across, up = zip(*corners, strict=True)
    return min(across), min(up), max(across), max(up)


class _Copy:
    """Objects of another PDF, each copied once, with numbers of this one."""

    def __init__(self, pdf: PdfFile) -> None:
        self._pdf = pdf
        self._numbers: dict[tuple[int, int], int] = {}
        self._waiting: list[tuple[int, Any]] = []

    def copied(self, start: Any) -> int:
        """Copy an object and all it names, and return its number here."""
        at = self._number_of(start)
        while self._waiting:
            here, source = self._waiting.pop()
            if isinstance(source, pikepdf.Stream):
                entries = self._entries(source.stream_dict, leaving_out="/Length")
                self._pdf.write_stream(entries, source.read_raw_bytes(), here)
            else:
                self._pdf.write(self._text(source), here)
        return at

    def _number_of(self, source: Any) -> int:
        if source.objgen not in self._numbers:
            self._numbers[source.objgen] = self._pdf.reserved()
            self._waiting.append((self._numbers[source.objgen], source))
        return self._numbers[source.objgen]

    def _named(self, source: Any) -> str:
        """Return an object as another one holds it: in place, or by its number."""
        if isinstance(source, pikepdf.Object) and source.is_indirect:
            return f" {self._number_of(source)} 0 R"
        return self._text(source)

    def _entries(self, source: Any, *, leaving_out: str = "") -> str:
        return "".join(
            f"{_plain(pikepdf.Name(name))}{self._named(value)}"
            for name, value in source.items()
            if name != leaving_out
        )

    def _text(self, source: Any) -> str:
        if isinstance(source, pikepdf.Dictionary):
            # A drawing may name the page it came from, and that its whole document.
            is_page = source.get("/Type") in ("/Page", "/Pages", "/Catalog")
            return " null" if is_page else f"<<{self._entries(source)}>>"
        if isinstance(source, pikepdf.Array):
            return f"[{''.join(self._named(one) for one in source)}]"
        return _plain(source)


def _plain(value: Any) -> str:
    """Return a number, a name or a string as a PDF writes it."""
    if value is None:
        return " null"
    if isinstance(value, bool):
        return " true" if value else " false"
    if isinstance(value, int | Decimal):
        return f" {value:f}" if isinstance(value, Decimal) else f" {value}"
    return " " + str(value.unparse(), "latin-1")
