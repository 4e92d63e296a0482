"""The JSON schema of a layout (2020-12): one definition for each type of element."""

from typing import Any, Final

_MM: Final = {"type": "number", "minimum": -20, "maximum": 320}
_LENGTH_MM: Final = {"type": "number", "exclusiveMinimum": 0, "maximum": 320}
_COLOUR: Final = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0, "maximum": 100},
    "minItems": 4,
    "maxItems": 4,
}
_NO_OR_COLOUR: Final = {"anyOf": [{"type": "null"}, _COLOUR]}
_UUID: Final = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$(?!\\n)",
}
# No character that controls, or turns text around, and no half of one: a printed word shows what
# it holds. (In Python ``$`` lets one line break stand behind it.)
_LINE: Final = {
    "type": "string",
    "maxLength": 100,
    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u2069\\ud800-\\udfff\\ufeff\\ufffe\\uffff]*$(?!\\n)",
}
_LINES: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": 1000,
    "pattern": "^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u2069\\ud800-\\udfff\\ufeff\\ufffe\\uffff]*$",
}
_ELEMENT: Final[dict[str, Any]] = {
    "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$(?!\\n)"},
    "x": _MM,
    "y": _MM,
    "rotation": {"enum": [0, 90, 180, 270]},
}
_BOX: Final = _ELEMENT | {"width": _LENGTH_MM, "height": _LENGTH_MM}
_FONT: Final[dict[str, Any]] = {
    "font": {"enum": ["regular", "bold"]},
    "size_pt": {"type": "number", "minimum": 3, "maximum": 72},
    "align": {"enum": ["left", "center", "right"]},
}
_WORDS: Final = (
    _BOX
    | _FONT
    | {"lines_max": {"type": "integer", "minimum": 1, "maximum": 30}, "colour": _COLOUR}
)
_MEMBER_FIELDS: Final = [
    "owner_name",
    "member_name",
    "member_reference",
    "postal_code",
    "address1",
    "address2",
]


def _element(of_type: str, words: dict[str, Any], *needed: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"type": {"const": of_type}} | words,
        "required": ["type", "id", "x", "y", *needed],
        "additionalProperties": False,
    }


_BY_TYPE: Final = {
    "text": _element("text", _WORDS | {"text": _LINES}, "width", "height", "text"),
    "field": _element(
        "field",
        _WORDS | {"field": {"enum": _MEMBER_FIELDS}, "prefix": _LINE, "suffix": _LINE},
        "width",
        "height",
        "field",
    ),
    "number": _element("number", _BOX | _FONT, "width", "height"),
    "barcode": _element(
        "barcode",
        _ELEMENT
        | {
            "height": _LENGTH_MM,
            "symbology": {"enum": ["ean13", "code128", "nw7"]},
            "module_mm": {"type": "number", "minimum": 0.1, "maximum": 1},
            "ground": {"type": "boolean"},
        },
        "height",
    ),
    "qr": _element("qr", _ELEMENT | {"width": _LENGTH_MM, "ground": {"type": "boolean"}}, "width"),
    "image": _element("image", _BOX | {"artwork": _UUID}, "width", "height", "artwork"),
    "shape": _element(
        "shape",
        _BOX
        | {
            "fill": _NO_OR_COLOUR,
            "stroke": _NO_OR_COLOUR,
            "stroke_mm": {"type": "number", "minimum": 0, "maximum": 10},
            "radius_mm": {"type": "number", "minimum": 0, "maximum": 50},
        },
        "width",
        "height",
    ),
    "postal": _element(
        "postal", _BOX | {"mark": {"enum": ["boxes", "title", "paid"]}}, "width", "height", "mark"
    ),
}
# A chain of if/then names the wrong word of the element at hand; ``oneOf`` would name all types.
_ANY_ELEMENT: Final = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": list(_BY_TYPE)}},
    "allOf": [
        {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": schema}
        for name, schema in _BY_TYPE.items()
    ],
}
_SIDE: Final = {
    "type": "object",
    "properties": {
        "background": {
            "anyOf": [
                {"type": "null"},
                {
                    "type": "object",
                    "properties": {"artwork": _UUID, "fit": {"enum": ["bleed", "trim"]}},
                    "required": ["artwork"],
                    "additionalProperties": False,
                },
            ]
        },
        "elements": {"type": "array", "items": _ANY_ELEMENT, "maxItems": 100},
    },
    "required": ["elements"],
    "additionalProperties": False,
}
SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Smart Pit card layout",
    "type": "object",
    "properties": {
        "format": {"const": 1},
        "medium": {"enum": ["plastic", "paper", "pet", "postcard", "phone"]},
        "front": _SIDE,
        "back": {"anyOf": [{"type": "null"}, _SIDE]},
    },
    "required": ["format", "medium", "front"],
    "additionalProperties": False,
}
