"""The demo owners' designs: artwork and layout, made through the services an owner uses."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cards.models import Design
from cards.services.designs import DesignAsked, keep_artwork, make_design
from smartpit.web.demo.artwork import artwork_pdf
from tenants.access import Scope
from tenants.models import Owner, Staff

_FOLDER: Final = Path(__file__).resolve().parent / "layouts"


@dataclass(frozen=True)
class DemoDesign:
    """A design of an owner; its sides' backgrounds are artworks by these names."""

    owner: str
    code: str
    name: str
    front: str
    back: str | None = None


DESIGNS: Final = (
    DemoDesign("sakura", "student-card", "学生証", "school-front", "school-back"),
    DemoDesign("aoba", "point-card", "ポイントカード", "mall-front", "mall-back"),
    DemoDesign("pixel", "charge-card", "チャージカード", "phone-front"),
    DemoDesign("tsubasa", "annual-fee", "年会費のご案内", "club-address", "club-message"),
)


def make_designs(owner: Owner) -> None:
    """Make an owner's designs that are not there yet."""
    scope = Scope(owner_id=owner.pk)
    designer = Staff.objects.filter(owner=owner, tenant=None, role="administrator").first()
    for asked in DESIGNS:
        there = Design.objects.filter(owner=owner, code=asked.code)
        if asked.owner != owner.code or there.exists():
            continue
        layout = layout_of(asked)
        for side, name in (("front", asked.front), ("back", asked.back)):
            if name is not None:
                kept = keep_artwork(scope, f"{name}.pdf", artwork_pdf(name), uploaded_by=designer)
                layout[side]["background"] = {"artwork": str(kept.pk), "fit": "bleed"}
        medium = layout["medium"]
        make_design(scope, DesignAsked(asked.code, asked.name, medium, layout, designer))


def layout_of(asked: DemoDesign) -> dict[str, Any]:
    """Return a design's layout, its backgrounds not yet in it."""
    layout: dict[str, Any] = json.loads((_FOLDER / f"{asked.code}.json").read_text("utf-8"))
    return layout
