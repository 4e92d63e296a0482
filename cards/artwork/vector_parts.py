"""What a page draws with: walked through once, stripped of all that is not seen, and weighed."""

import re
import zlib
from collections.abc import Iterator
from typing import Any, Final

from pikepdf import Array, Dictionary, Name, Stream

from cards.artwork.artwork import Broken, TooHeavy, TooManyPixels

CONTENT_BYTES_MAX: Final = 24 * 1024 * 1024
STREAM_BYTES_MAX: Final = 48 * 1024 * 1024
_IMAGE_PIXELS_MAX: Final = 50_000_000
_FORMS_DEEP_MAX: Final = 40

# Keys of a stream that say something about the drawing but draw nothing.
_UNSEEN: Final = (
    "/Metadata", "/PieceInfo", "/OPI", "/OC", "/Alternates", "/StructParent", "/StructParents",
    "/LastModified", "/AF", "/Measure", "/PtData", "/ID", "/Thumb",
)  # fmt: skip
_OUTSIDE: Final = frozenset({"/Catalog", "/Pages", "/Page", "/Annot", "/Action", "/StructElem"})
_FONT_FILES: Final = (Name.FontFile, Name.FontFile2, Name.FontFile3)
_DRAWN: Final = re.compile(rb"/([^\s/<>\[\](){}%]+)\s+Do\b")


def keep_only_what_is_drawn(form: Any) -> tuple[str, ...]:
    """Strip a form of what is not drawn, and return the fonts that it names but does not bring."""
    fonts: dict[str, None] = {}
    for part in _reached(form):
        if str(part.get(Name.Type)) in _OUTSIDE:
            raise Broken
        if isinstance(part, Stream):
            _strip(part)
            _weigh(part)
        _blank_properties(part.get(Name.Resources))
        if part.get(Name.Type) == Name.Font and not _is_embedded(part):
            fonts[str(part.get(Name.BaseFont, "/?")).removeprefix("/")] = None
    _refuse_forms_in_themselves(form)
    return tuple(sorted(fonts))


def refuse_bomb(stream: Any) -> None:
    """Refuse a stream that unfolds to more than any drawing needs, before it is unfolded."""
    filters = stream.get(Name.Filter, Array())
    names = [filters] if isinstance(filters, Name) else list(filters)
    if names.count(Name.FlateDecode) > 1 or len(names) > 3:
        raise TooHeavy
    if not names or names[0] != Name.FlateDecode:
        return
    unfolding, folded, size = zlib.decompressobj(), stream.read_raw_bytes(), 0
    while folded and not unfolding.eof:
        try:
            size += len(unfolding.decompress(folded, 1024 * 1024))
        except zlib.error:
            raise Broken from None
        if size > STREAM_BYTES_MAX:
            raise TooHeavy
        folded = unfolding.unconsumed_tail


def _reached(form: Any) -> Iterator[Any]:
    """Yield each dictionary and stream that the form leads to, once."""
    waiting, seen = [form], set()
    while waiting:
        part = waiting.pop()
        if part.is_indirect:
            if part.objgen in seen:
                continue
            seen.add(part.objgen)
        if isinstance(part, Array):
            inner = list(part)
        else:
            yield part
            inner = [value for _, value in part.items()]
        waiting += [one for one in inner if isinstance(one, Array | Dictionary | Stream)]


def _strip(stream: Any) -> None:
    for key in _UNSEEN:
        if key in stream:
            del stream[key]


def _weigh(stream: Any) -> None:
    if stream.get(Name.Subtype) == Name.Image:
        pixels = int(stream.get(Name.Width, 0)) * int(stream.get(Name.Height, 0))
        if pixels > _IMAGE_PIXELS_MAX:
            raise TooManyPixels
    refuse_bomb(stream)


def _blank_properties(resources: Any) -> None:
    """Empty the marks that name layers: every layer that is left is shown."""
    if isinstance(resources, Dictionary) and isinstance(resources.get(Name.Properties), Dictionary):
        resources[Name.Properties] = Dictionary(
            dict.fromkeys(resources[Name.Properties].keys(), Dictionary())
        )


def _is_embedded(font: Any) -> bool:
    """Tell whether a font's outlines come along; a composite font speaks for its parts."""
    subtype = font.get(Name.Subtype)
    if subtype in (Name.Type3, Name.CIDFontType0, Name.CIDFontType2):
        return True
    carriers = font.get(Name.DescendantFonts, Array()) if subtype == Name.Type0 else [font]
    described = [carrier.get(Name.FontDescriptor, Dictionary()) for carrier in carriers]
    return bool(described) and all(
        any(name in descriptor for name in _FONT_FILES) for descriptor in described
    )


def _refuse_forms_in_themselves(form: Any) -> None:
    """Refuse a drawing that contains itself; viewers differ in what they make of it."""
    done: set[tuple[int, int]] = set()
    path: list[tuple[tuple[int, int], Iterator[Any]]] = [((0, 0), _forms_in(form, form))]
    while path:
        inner = next(path[-1][1], None)
        if inner is None:
            done.add(path.pop()[0])
        elif inner.objgen in [place for place, _ in path] or len(path) > _FORMS_DEEP_MAX:
            raise TooHeavy
        elif inner.objgen not in done:
            path.append((inner.objgen, _forms_in(inner, form)))


def _forms_in(form: Any, outermost: Any) -> Iterator[Any]:
    resources = form.get(Name.Resources) or outermost.get(Name.Resources)
    named = resources.get(Name.XObject, Dictionary())
    for name in dict.fromkeys(_DRAWN.findall(form.read_bytes())):
        drawn = named.get("/" + name.decode("latin-1"))
        if isinstance(drawn, Stream) and drawn.get(Name.Subtype) == Name.Form:
            yield drawn
