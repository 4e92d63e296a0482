"""How a value is shown to a person: yen, days and instants in Japan, numbers, statuses, forms."""

from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, Select
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from smartpit.kernel.clock import JST

register = template.Library()

_WEEKDAYS = "月火水木金土日"
_NOTHING = format_html('<span class="nothing">{}</span>', "—")

# What a colour says: blue waits for something, green is settled, amber stands still.
_TONES = {
    "open": "blue", "reported": "blue", "pending": "blue", "ordered": "blue",
    "received": "blue", "running": "blue",
    "printing": "blue", "proposed": "blue", "exported": "blue", "screened": "blue",
    "paid": "green", "confirmed": "green", "active": "green", "live": "green",
    "done": "green", "delivered": "green", "printed": "green", "approved": "green",
    "suspended": "amber", "held": "amber", "applied": "amber", "suspense": "amber",
    "paused": "amber", "draft": "grey", "waiting": "blue", "handed": "blue", "sent": "green",
    "dropped": "grey",
    "expired": "grey", "withdrawn": "grey", "reversed": "grey", "refunded": "grey",
    "passed": "green", "stopped": "grey",
    "replaced": "grey", "retired": "grey", "tombstone": "grey", "closed": "grey",
    "disabled": "grey", "deleted": "grey", "requested": "blue", "rejected": "grey",
    "returned": "red", "failed": "red", "exhausted": "red",
}  # fmt: skip


@register.filter
def yen(amount_yen: int | None) -> SafeString:
    """Return ``1,234円``; a negative amount says so by its sign and its colour."""
    if amount_yen is None:
        return _NOTHING
    tone = " amount-negative" if amount_yen < 0 else ""
    return format_html('<span class="amount{}">{}円</span>', tone, f"{amount_yen:,}")


@register.filter
def less(amount_yen: int | None) -> SafeString:
    """Return what is taken off, ``-1,234円``; nothing taken off is no ``-0円``."""
    return yen(None if amount_yen is None else -amount_yen)


@register.filter
def count(number: int | None) -> SafeString:
    """Return a number of things with its thousands apart."""
    if number is None:
        return _NOTHING
    return format_html('<span class="amount">{}</span>', f"{number:,}")


@register.filter
def percent(basis_points: int) -> str:
    """Return ``2.50 %`` for 250."""
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02d} %"


@register.filter
def day(value: date | None) -> SafeString:
    """Return ``2026/11/05(木)``."""
    if value is None:
        return _NOTHING
    words = f"{value:%Y/%m/%d}({_WEEKDAYS[value.weekday()]})"
    return format_html('<time datetime="{}" class="day">{}</time>', value.isoformat(), words)


@register.filter
def instant(value: datetime | None) -> SafeString:
    """Return ``2026/11/05 14:03:09`` as clocks in Japan showed it."""
    if value is None:
        return _NOTHING
    local = value.astimezone(JST)
    words = f"{local:%Y/%m/%d %H:%M:%S}"
    return format_html('<time datetime="{}" class="day">{}</time>', local.isoformat(), words)


@register.filter
def number445(number: str) -> SafeString:
    """Return a card's 13 digits in groups of 4, 4 and 5, as they stand on the card."""
    if not number:
        return _NOTHING
    words = " ".join((number[:4], number[4:8], number[8:]))
    return format_html('<span class="number">{}</span>', words)


@register.simple_tag
def badge(row: Any, name: str = "status") -> SafeString:
    """Return a row's status in its Japanese word and its tone."""
    word = getattr(row, f"get_{name}_display")()
    tone = _TONES.get(getattr(row, name), "grey")
    return format_html('<span class="badge badge-{}">{}</span>', tone, word)


@register.simple_tag
def icon(name: str) -> SafeString:
    return SafeString(render_to_string(f"components/icons/{name}.svg"))


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """Return a form's control alone, in the house's dress."""
    widget = bound.field.widget
    css = "form-select" if isinstance(widget, Select) else "form-control"
    if isinstance(widget, CheckboxInput):
        css = "form-check-input"
    if isinstance(widget, CheckboxSelectMultiple):
        css = "checks"
    return bound.as_widget(attrs={"class": f"{css} is-invalid" if bound.errors else css})


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, *, unit: str = "") -> dict[str, Any]:
    """Return one labelled field of a form with its help and its errors."""
    return {
        "field": bound,
        "control": control(bound),
        "is_check": isinstance(bound.field.widget, CheckboxInput),
        "unit": unit,
        "is_required": bound.field.required,
    }


@register.inclusion_tag("components/table.html", takes_context=True)
def table(context: dict[str, Any], rows: Any, row: str, heads: str, **words: Any) -> dict[str, Any]:
    """Return a whole table: ``row`` is the template of one row, ``heads`` its columns' words.

    A head with ``>`` in front stands on the right, above amounts.
    """
    columns = [
        {"word": head.lstrip(">").replace("_", ""), "is_end": head.startswith(">")}
        for head in heads.split()
    ]
    return {
        "request": context.get("request"),
        "rows": rows,
        "row": row,
        "columns": columns,
        "gate": getattr(context.get("request"), "gate", None),
        **words,
    }
