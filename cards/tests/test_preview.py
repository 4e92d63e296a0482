"""What an editor shows while somebody types."""

from dataclasses import replace
from typing import Any

from cards.printing.render import View, preview
from cards.printing.safety import findings
from cards.tests.designs import at, layout
from cards.tests.factories import card_faces

VIEW: View = {"side": "front", "dpi": 100, "with_bleed": True}


def drawn(name: str, *elements: dict[str, Any]) -> bytes:
    face = replace(card_faces(1)[0], owner_name=name)
    return preview(layout(*elements), {}, face, **VIEW)


def test_a_letter_that_cannot_be_printed_is_shown_as_missing_type():
    """Whoever types one must see the rest of the design, and what the check says of it."""
    text = at(5, 5, type="text", text="会員\ue000\n😀", width=60, height=12, lines_max=2)
    field = at(5, 20, type="field", field="owner_name", prefix="😀", width=60, height=8)
    seen = drawn("さくら\ue000", text, field)
    assert seen == drawn("さくら〓", text | {"text": "会員〓\n〓"}, field | {"prefix": "〓"})
    told = findings(layout(text, field), {})
    missing = [one.element_id for one in told if one.code == "glyph_missing"]
    assert missing == [text["id"], field["id"]]
