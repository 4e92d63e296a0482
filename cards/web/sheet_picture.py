"""A sheet as a picture: the paper, and where on it the cards will lie."""

from collections.abc import Sequence
from typing import Any

from cards.printing.profiles import Place, Profile


def sheet_picture(
    profile: Profile, places: Sequence[Place], size_mm: tuple[float, float]
) -> dict[str, Any]:
    """Return what the template draws, in millimetres of the paper."""
    width, height = size_mm
    return {
        "width": _mm(profile.paper_width_mm),
        "height": _mm(profile.paper_height_mm),
        "view": f"-1 -1 {_mm(profile.paper_width_mm + 2)} {_mm(profile.paper_height_mm + 2)}",
        "cells": [
            {
                "x": _mm(place.x_mm),
                "y": _mm(place.y_mm),
                "width": _mm(width),
                "height": _mm(height),
                "middle_x": _mm(place.x_mm + width / 2),
                "middle_y": _mm(place.y_mm + height / 2),
                "number": number,
                "is_used": number < profile.start,
            }
            for number, place in enumerate(places, 1)
        ],
    }


def _mm(length: float) -> str:
    return f"{length:.2f}"
