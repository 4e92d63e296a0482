"""What a PDF would do, or would show only at times: found anywhere in it, it is refused.

The whole document is looked through, not only what the page reaches: a designer who did not mean
to send a script is told so, and one who did learns nothing by hiding it better.
"""

from collections.abc import Iterator
from typing import Any, Final

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from cards.artwork.artwork import PdfActive, PdfAnnotated, PdfLayers

_ACTIONS: Final = frozenset({
    "/JavaScript", "/Launch", "/SubmitForm", "/ResetForm", "/ImportData", "/Rendition", "/Sound",
    "/Movie", "/RichMediaExecute", "/GoToE", "/GoTo3DView",
})  # fmt: skip
_SUBTYPES: Final = frozenset({
    "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/FileAttachment", "/Widget", "/PS",
})  # fmt: skip
_UNSEEN: Final = frozenset({"/Link", "/Popup", "/PrinterMark", "/TrapNet"})


def refuse_what_acts(pdf: Pdf, page: Any) -> None:
    """Refuse what acts, and what a card would show otherwise than a viewer does."""
    root = pdf.Root
    _refuse_form(root.get(Name.AcroForm))
    _refuse_start(root.get(Name.OpenAction))
    _refuse_hidden_layers(root.get(Name.OCProperties))
    for part in _parts(pdf):
        if _acts(part):
            raise PdfActive
    for note in page.get(Name.Annots, Array()):
        if str(note.get(Name.Subtype)) not in _UNSEEN:
            raise PdfAnnotated


def _parts(pdf: Pdf) -> Iterator[Any]:
    """Yield every dictionary and stream of the document, each once."""
    for whole in pdf.objects:
        waiting = [whole]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Array):
                inner = list(part)
            elif isinstance(part, Dictionary | Stream):
                yield part
                inner = [value for _, value in part.items()]
            else:
                continue
            waiting += [one for one in inner if _is_direct_container(one)]


def _is_direct_container(part: Any) -> bool:
    return isinstance(part, Array | Dictionary) and not part.is_indirect


def _acts(part: Any) -> bool:
    """Tell whether this dictionary or stream is one of the things that act.

    A key alone does not tell: fonts and glyphs may be named AA or JS.
    """
    action, subtype = part.get(Name.S), part.get(Name.Subtype)
    return (
        (isinstance(action, Name) and str(action) in _ACTIONS)
        or (isinstance(subtype, Name) and str(subtype) in _SUBTYPES)
        or part.get(Name.Type) == Name.EmbeddedFile
        or (Name.EF in part and (Name.F in part or Name.UF in part))
        or _has_further_actions(part.get(Name.AA))
        or (isinstance(part, Stream) and any(name in part for name in _ELSEWHERE))
    )


# A stream whose content lies in another file, and forms that stand for one or for PostScript.
_ELSEWHERE: Final = (Name.F, Name.Ref, Name.PS)


def _has_further_actions(actions: Any) -> bool:
    return isinstance(actions, Dictionary) and any(
        isinstance(action, Dictionary) and Name.S in action for _, action in actions.items()
    )


def _refuse_form(form: Any) -> None:
    """Refuse a form; an empty one is what some programs always write."""
    if form is not None and (len(form.get(Name.Fields, Array())) or Name.XFA in form):
        raise PdfActive


def _refuse_start(action: Any) -> None:
    """Refuse what happens on opening, but for the view that many programs ask for."""
    if isinstance(action, Dictionary) and action.get(Name.S) != Name.GoTo:
        raise PdfActive


def _refuse_hidden_layers(layers: Any) -> None:
    if layers is None:
        return
    settings = layers.get(Name.D, Dictionary())
    is_shown_at_first = settings.get(Name.BaseState, Name.ON) == Name.ON
    if not is_shown_at_first or len(settings.get(Name.OFF, Array())) or _is_for_some(layers):
        raise PdfLayers


def _is_for_some(layers: Any) -> bool:
    """Tell whether a layer is shown on screens but not printed, or the other way round."""
    uses = [layer.get(Name.Usage) for layer in layers.get(Name.OCGs, Array())]
    states = [
        state[key]
        for use in uses
        if use is not None
        for _, state in use.items()
        for key in ("/PrintState", "/ViewState")
        if isinstance(state, Dictionary) and key in state
    ]
    return Name.OFF in states
