"""What a design needs as a whole: something to pay with, and what the post asks of a postcard."""

from collections.abc import Iterator

from cards.printing.layout import Barcode, Layout, Medium, Number, Postal, PostalMark
from cards.printing.safety.finding import Finding, Severity


def findings_of_design(layout: Layout) -> Iterator[Finding]:
    yield from _ways_to_pay(layout)
    if layout.medium is Medium.POSTCARD:
        yield from _post(layout)
    if layout.medium is Medium.PET:
        words = (
            "PET への印刷は要確認です。校正をお送りいただき、センターが承認してから"
            "発行を依頼できます。"
        )
        yield _finding("pet_unconfirmed", Severity.NOTE, words)


def _ways_to_pay(layout: Layout) -> Iterator[Finding]:
    """Every chain takes the number by hand; bars only make it quicker where registers read them."""
    has_number = any(isinstance(element, Number) for element in layout.elements)
    if has_number:
        return
    if any(isinstance(element, Barcode) for element in layout.elements):
        words = "番号がありません。店内の端末では番号を入力して支払うため、番号を置いてください。"
        yield _finding("number_missing", Severity.WARNING, words)
    else:
        words = "番号もバーコードもないため、このカードでは支払えません。番号を置いてください。"
        yield _finding("unpayable", Severity.ERROR, words)


def _post(layout: Layout) -> Iterator[Finding]:
    marks = {element.mark for element in layout.elements if isinstance(element, Postal)}
    if PostalMark.TITLE not in marks:
        words = (
            "「郵便はがき」の表示がありません。第一種郵便物（封書）の料金になることがあるため、"
            "宛名面の上部に置いてください。"
        )
        yield _finding("postcard_title", Severity.WARNING, words)
    if PostalMark.BOXES not in marks:
        words = "郵便番号枠がありません。宛名面の右上に置いてください。"
        yield _finding("postcard_boxes", Severity.WARNING, words)


def _finding(code: str, severity: Severity, words: str) -> Finding:
    return Finding("", "", code, severity, words)
