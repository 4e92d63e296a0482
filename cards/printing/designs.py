"""The designs that come with the centre."""

import json
from pathlib import Path
from typing import Final

from cards.printing.layout import Layout, read_layout

_FOLDER: Final = Path(__file__).resolve().parent / "designs"

DEFAULT: Final[Layout] = read_layout(json.loads((_FOLDER / "default.json").read_text("utf-8")))
