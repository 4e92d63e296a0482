"""What the editor's calls answer: JSON, and refusals in words that lead to the element."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from smartpit.edge.forms import BODY_BYTES_MAX, TooLarge, read_json
from smartpit.kernel.errors import DomainError, Malformed
from tenants.access import NotAllowed, NotFound, Scope
from tenants.web.gates import StaffRequest

_Call = Callable[..., HttpResponse]
_PLACE: Final = re.compile(r"\$\.(front|back)(?:\.elements\[(\d+)\](?:\.(\w+))?)?")
_KINDS: Final = {
    "text": "文字",
    "field": "項目",
    "number": "番号",
    "barcode": "バーコード",
    "qr": "QRコード",
    "image": "画像",
    "shape": "図形",
    "postal": "郵便の表示",
}
_PROPERTIES: Final = {
    "x": "左からの位置",
    "y": "上からの位置",
    "width": "幅",
    "height": "高さ",
    "rotation": "回転",
    "size_pt": "文字の大きさ",
    "font": "書体",
    "align": "揃え",
    "lines_max": "行数",
    "colour": "色",
    "fill": "塗り",
    "stroke": "線",
    "stroke_mm": "線の太さ",
    "radius_mm": "角の丸み",
    "text": "文字",
    "prefix": "前に付ける文字",
    "suffix": "後に付ける文字",
    "field": "項目",
    "symbology": "種類",
    "module_mm": "バーの細さ",
    "ground": "白い地",
    "artwork": "素材",
    "mark": "表示",
    "id": "名前",
}
_WHYS: Final = {
    "minimum": "小さすぎます",
    "exclusiveMinimum": "小さすぎます",
    "maximum": "大きすぎます",
    "minLength": "入力してください",
    "maxLength": "長すぎます",
    "maxItems": "多すぎます",
    "pattern": "使えない文字が含まれています",
    "required": "足りない項目があります",
    "uniqueIds": "同じ名前の要素があります",
}


def as_json(call: _Call) -> _Call:
    """Answer a refusal as JSON; another's row and a missing right stay what they are on a page."""

    @wraps(call)
    def answered(request: StaffRequest, scope: Scope, *args: Any, **words: Any) -> HttpResponse:
        try:
            return call(request, scope, *args, **words)
        except (NotFound, NotAllowed):
            raise
        except DomainError as refused:
            return JsonResponse(refusal(refused), status=refused.status)

    return answered


def refusal(refused: DomainError, layout: object = None) -> dict[str, Any]:
    """Return the refusal as the editor shows it."""
    words: dict[str, Any] = {"code": refused.code, "title": refused.title}
    if isinstance(refused, Malformed):
        words["faults"] = [fault_in_words(error, layout) for error in refused.extra["errors"]]
    if "current" in refused.extra:
        words["current"] = refused.extra["current"]
    return words


def fault_in_words(error: dict[str, str], layout: object) -> dict[str, str]:
    """Return where in a layout a fault stands and what it is, for a person."""
    why = _WHYS.get(error.get("code", ""), "値が正しくありません")
    found = _PLACE.match(error.get("field", ""))
    if found is None:
        return {"side": "", "element": "", "words": f"デザインの内容: {why}"}
    side, place, name = found.groups()
    element = _element(layout, side, place)
    subject = "裏面" if side == "back" else "表面"
    if element is not None:
        subject += f"の{_KINDS.get(str(element.get('type')), '要素')}"
    if name in _PROPERTIES:
        subject += f"の{_PROPERTIES[name]}"
    named = "" if element is None else str(element.get("id", ""))
    return {"side": side, "element": named, "words": f"{subject}: {why}"}


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object a request carries; one that is too long is not read."""
    if int(request.headers.get("Content-Length") or 0) > BODY_BYTES_MAX:
        raise TooLarge
    return read_json(request.body)


def _element(layout: object, side: str, place: str | None) -> dict[str, Any] | None:
    """Return the element a fault is about, out of a layout that nobody has checked."""
    try:
        element = layout[side]["elements"][int(place)]  # type: ignore[index, arg-type]
    except (TypeError, KeyError, IndexError, ValueError):
        return None
    return element if isinstance(element, dict) else None
