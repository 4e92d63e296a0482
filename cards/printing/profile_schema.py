"""The JSON schema of a printer profile (2020-12)."""

from typing import Any, Final

_DUPLEX: Final = ("none", "long_edge", "short_edge")
_FRAMES: Final = ("carrier", "leaflet")


def _length(least: float, most: float) -> dict[str, Any]:
    return {"type": "number", "minimum": least, "maximum": most}


SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"},
        "name": {"type": "string", "minLength": 1, "maxLength": 60},
        "paper_width_mm": _length(50, 1000),
        "paper_height_mm": _length(50, 1000),
        "columns": {"type": "integer", "minimum": 1, "maximum": 20},
        "rows": {"type": "integer", "minimum": 1, "maximum": 40},
        "cell_width_mm": _length(40, 320),
        "cell_height_mm": _length(40, 320),
        "margin_left_mm": _length(0, 500),
        "margin_top_mm": _length(0, 500),
        "gap_x_mm": _length(0, 100),
        "gap_y_mm": _length(0, 100),
        "bleed_mm": _length(0, 10),
        "crop_marks": {"type": "boolean"},
        "outline": {"type": "boolean"},
        "duplex": {"enum": list(_DUPLEX)},
        "start": {"type": "integer", "minimum": 1, "maximum": 800},
        "frame": {"enum": [None, *_FRAMES]},
    },
    "required": [
        "code", "name", "paper_width_mm", "paper_height_mm", "cell_width_mm", "cell_height_mm",
    ],
    "additionalProperties": False,
}  # fmt: skip
