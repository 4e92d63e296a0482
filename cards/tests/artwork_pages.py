"""Pages, good and wicked, each made by code when it is asked for."""

import io
import warnings
import zlib
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from cards.printing.fonts import REGULAR, register_fonts
from cards.tests.artwork_corpus import Refused, four_corners


def vector_pdf(width: int = 260, height: int = 170) -> bytes:
    """Return a page with a red square in its upper left corner and a curve."""
    written = io.BytesIO()
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(width, height))
        square = b"0 1 1 0 k 0 %d 40 40 re f " % (height - 40)
        pdf.pages[0].obj.Contents = Stream(pdf, square + b"10 10 m 60 90 110 10 160 90 c S")
        pdf.docinfo.Title = String("SECRET TITLE")
        pdf.save(written, static_id=True)
    return written.getvalue()


def pdf_with(change: Callable[[Pdf], None], **how: Any) -> bytes:
    """Return a plain page after ``change`` has had its way with it."""
    written = io.BytesIO()
    with Pdf.open(io.BytesIO(vector_pdf())) as pdf, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pikepdf wonders at what we do here.
        change(pdf)
        pdf.save(written, **how)
    return written.getvalue()


def _action(kind: str, **more: Any) -> Any:
    return Dictionary(S=Name("/" + kind), **more)


def _leave(pdf: Pdf) -> None:
    """Change nothing."""


_UNSAID: Any = {"mime_type": "text/plain", "creation_date": "", "mod_date": ""}


def _attach(pdf: Pdf) -> None:
    pdf.attachments["note.txt"] = pikepdf.AttachedFileSpec(pdf, b"x", filename="x", **_UNSAID)


def _add_form(pdf: Pdf) -> None:
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("name")))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


def _add_note(pdf: Pdf, **note: Any) -> None:
    pdf.pages[0].obj.Annots = Array(
        [pdf.make_indirect(Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **note))]
    )


def _add_pages(pdf: Pdf, count: int) -> None:
    first = pdf.pages[0]
    for _ in range(count - 1):
        pdf.pages.append(first)


def _set(pdf: Pdf, **words: Any) -> None:
    for name, value in words.items():
        pdf.pages[0].obj["/" + name] = value


def _start_with(pdf: Pdf, action: Any) -> None:
    pdf.Root.OpenAction = action


def _add_script(pdf: Pdf) -> None:
    tree = Dictionary(Names=Array([String("a"), _action("JavaScript", JS=String("app.alert(1)"))]))
    pdf.Root.Names = Dictionary(JavaScript=pdf.make_indirect(tree))


def _draw_in_itself(pdf: Pdf) -> None:
    form = Stream(pdf, b"q 1 0 0 1 1 1 cm /Again Do Q")
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 260, 170])
    form.Resources = Dictionary(XObject=Dictionary(Again=form))
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Again=form))
    pdf.pages[0].obj.Contents = Stream(pdf, b"/Again Do")


def _laugh(pdf: Pdf) -> None:
    """Let twelve forms each draw the next one ten times."""
    form = Stream(pdf, b"0 0 1 rg 0 0 50 50 re f")
    for _ in range(12):
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 260, 170])
        outer = Stream(pdf, b"/In Do " * 10)
        outer.Resources = Dictionary(XObject=Dictionary(In=pdf.make_indirect(form)))
        form = outer
    pdf.pages[0].obj.Resources = form.Resources
    pdf.pages[0].obj.Contents = Stream(pdf, b"/In Do " * 10)


def _add_image(pdf: Pdf, width: int, height: int, content: bytes) -> None:
    image = Stream(pdf, content)
    image.Type, image.Subtype, image.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
    image.Width, image.Height, image.BitsPerComponent = width, height, 8
    image.Filter = Name.FlateDecode
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Im=image))
    pdf.pages[0].obj.Contents = Stream(pdf, b"q 260 0 0 170 0 0 cm /Im Do Q")


def _layer(pdf: Pdf, *, hidden: bool) -> None:
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("draft")))
    shown = Dictionary(OFF=Array([layer])) if hidden else Dictionary(ON=Array([layer]))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=shown)
    page = pdf.pages[0].obj
    page.Resources = Dictionary(Properties=Dictionary(MC0=layer))
    page.Contents = Stream(pdf, b"/OC /MC0 BDC 1 0 0 rg 0 130 40 40 re f EMC")


def _postscript(pdf: Pdf) -> None:
    script = Stream(pdf, b"showpage")
    script.Type, script.Subtype = Name.XObject, Name.PS
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Ps=script))


def _elsewhere(pdf: Pdf) -> None:
    stream = Stream(pdf, b"")
    stream.F = String("\\\\server\\share\\file")
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Im=pdf.make_indirect(stream)))


@cache
def zeros_folded(megabytes: int) -> bytes:
    folding = zlib.compressobj(1)
    zeros = bytes(1024 * 1024)
    return b"".join(folding.compress(zeros) for _ in range(megabytes)) + folding.flush()


def _content_bomb(pdf: Pdf) -> None:
    bomb = Stream(pdf, zeros_folded(200))
    bomb.Filter = Name.FlateDecode
    pdf.pages[0].obj.Contents = bomb


def _folded_twice(pdf: Pdf) -> None:
    bomb = Stream(pdf, zlib.compress(zeros_folded(200), 9))
    bomb.Filter = Array([Name.FlateDecode, Name.FlateDecode])
    pdf.pages[0].obj.Contents = bomb


def pdf_of_huge_page_tree() -> bytes:
    """Return a document of 60,000 page objects that says it has one."""
    kids = 60_000
    lines = [b"%PDF-1.5", b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj"]
    named = b" ".join(b"%d 0 R" % place for place in range(3, kids + 3))
    lines.append(b"2 0 obj<</Type/Pages/Count 1/Kids[" + named + b"]>>endobj")
    page = b"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<>>>>endobj"
    lines += [page % place for place in range(3, kids + 3)]
    return _closed(lines, kids + 2)


def pdf_of_deep_nesting() -> bytes:
    deep = b"[" * 50_000 + b"]" * 50_000
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Deep " + deep + b">>endobj"
    tree = b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj"
    return _closed([b"%PDF-1.5", b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj", tree, page], 3)


def pdf_of_parents_in_a_ring() -> bytes:
    tree = b"2 0 obj<</Type/Pages/Count 1/Parent 2 0 R/Kids[2 0 R 3 0 R]>>endobj"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R>>endobj"
    return _closed([b"%PDF-1.5", b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj", tree, page], 3)


def _closed(lines: list[bytes], count: int) -> bytes:
    """Return the lines as a document with the table of its objects."""
    table, at = [b"0000000000 65535 f \n"], len(lines[0]) + 1
    for line in lines[1:]:
        table.append(b"%010d 00000 n \n" % at)
        at += len(line) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count + 1, at)
    head = b"xref\n0 %d\n" % (count + 1)
    return b"\n".join(lines) + b"\n" + head + b"".join(table) + trailer


def pdf_of_box(
    box: tuple[int, ...], turn: int, *, unit: int = 1, bleed: tuple[int, ...] | None = None
) -> bytes:
    """Return the plain page, cropped, turned and measured as asked."""
    boxes = {"CropBox": Array(box)} | ({} if bleed is None else {"BleedBox": Array(bleed)})
    return pdf_with(lambda pdf: _set(pdf, Rotate=turn, UserUnit=unit, **boxes))


def pdf_with_harmless_extras() -> bytes:
    """Return a page as a word processor writes it: a link, a view, an empty form."""

    def change(pdf: Pdf) -> None:
        _add_note(pdf, Subtype=Name.Link, A=_action("URI", URI=String("https://example.com")))
        _start_with(pdf, Array([pdf.pages[0].obj, Name.Fit]))
        pdf.Root.AcroForm = Dictionary(Fields=Array())

    return pdf_with(change)


def pdf_of_text() -> bytes:
    """Return a page set in two fonts that a viewer has to bring."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(260, 170))
    for font in ("Helvetica", "Courier-Bold"):
        canvas.setFont(font, 12)
        canvas.drawString(20, 20, "card")
    canvas.save()
    return written.getvalue()


def pdf_of_embedded_text() -> bytes:
    register_fonts()
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(260, 170), initialFontName=REGULAR)
    canvas.setFont(REGULAR, 12)
    canvas.drawString(20, 20, "会員カード")
    canvas.save()
    return written.getvalue()


def pdf_of_picture() -> bytes:
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(260, 170))
    canvas.drawInlineImage(four_corners(), 0, 0)
    canvas.drawImage(ImageReader(four_corners()), 0, 0, 260, 170)
    canvas.save()
    return written.getvalue()


def refused_pdfs() -> dict[str, Refused]:
    """Return pages that must be refused, each with the code of its refusal."""
    script = _action("JavaScript", JS=String("app.alert(1)"))
    changes: dict[str, tuple[Callable[[Pdf], None], str]] = {
        "script": (_add_script, "active"),
        "script at start": (lambda pdf: _start_with(pdf, script), "active"),
        "print at start": (lambda pdf: _start_with(pdf, _action("Named", N=Name.Print)), "active"),
        "further actions": (lambda pdf: _set(pdf, AA=Dictionary(O=script)), "active"),
        "launch": (
            lambda pdf: _add_note(pdf, Subtype=Name.Link, A=_action("Launch", F=String("cmd"))),
            "active",
        ),
        "attachment": (_attach, "active"),
        "form": (_add_form, "active"),
        "widget": (lambda pdf: _add_note(pdf, Subtype=Name.Widget), "active"),
        "rich media": (lambda pdf: _add_note(pdf, Subtype=Name.RichMedia), "active"),
        "postscript": (_postscript, "active"),
        "stream elsewhere": (_elsewhere, "active"),
        "note": (lambda pdf: _add_note(pdf, Subtype=Name.FreeText), "annotated"),
        "hidden layer": (lambda pdf: _layer(pdf, hidden=True), "layers"),
        "two pages": (lambda pdf: _add_pages(pdf, 2), "pages"),
        "500 pages": (lambda pdf: _add_pages(pdf, 500), "pages"),
        "huge page": (lambda pdf: _set(pdf, MediaBox=Array([0, 0, 9**9, 9**9])), "size"),
        "huge unit": (lambda pdf: _set(pdf, UserUnit=10**9), "size"),
        "empty page": (lambda pdf: _set(pdf, MediaBox=Array([9, 9, 9, 9])), "size"),
    }
    named = {name: (change, f"artwork_pdf_{code}") for name, (change, code) in changes.items()}
    found = {name: (partial(pdf_with, change), code) for name, (change, code) in named.items()}
    found |= {name: (partial(pdf_with, change), code) for name, (change, code) in _HEAVY.items()}
    lock = pikepdf.Encryption(owner="owner", user="")
    word = pikepdf.Encryption(owner="owner", user="user")
    return found | {
        "locked": (partial(pdf_with, _leave, encryption=lock), "artwork_pdf_encrypted"),
        "secret": (partial(pdf_with, _leave, encryption=word), "artwork_pdf_encrypted"),
        "huge page tree": (pdf_of_huge_page_tree, "artwork_too_heavy"),
        "deep nesting": (pdf_of_deep_nesting, "artwork_broken"),
        "ring of parents": (pdf_of_parents_in_a_ring, "artwork_broken"),
        "cut pdf": (lambda: vector_pdf()[:-300], "artwork_broken"),
    }


_HEAVY: dict[str, tuple[Callable[[Pdf], None], str]] = {
    "content bomb": (_content_bomb, "artwork_too_heavy"),
    "folded twice": (_folded_twice, "artwork_too_heavy"),
    "form in itself": (_draw_in_itself, "artwork_too_heavy"),
    "laughing forms": (_laugh, "artwork_too_heavy"),
    "image bomb": (
        lambda pdf: _add_image(pdf, 50_000, 50_000, zlib.compress(b"x")),
        "artwork_too_many_pixels",
    ),
}


def pdf_with_hidden_tail() -> bytes:
    """Return a page with a picture whose stream goes on behind its end."""
    folded = zlib.compress(bytes(range(16))) + b"SECRET"
    return pdf_with(lambda pdf: _add_image(pdf, 4, 4, folded), compress_streams=False)


def shown_layer() -> bytes:
    return pdf_with(lambda pdf: _layer(pdf, hidden=False))
