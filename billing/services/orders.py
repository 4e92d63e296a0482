"""An order with what its printing needs: its rows, its files, and what each card shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from billing.models import Menu
from billing.selectors import menu_of
from billing.services.batches import is_specimen, layout_of, members_of_batch
from cards.member_file import MemberRow
from cards.models import Batch, BatchCard, Card
from cards.page_links import page_url
from cards.printing.face import CardFace
from cards.printing.layout import Layout
from cards.printing.profiles import Profile, read_profile
from tenants.access import Scope
from tenants.selectors import centre

_POSTAL_DIGITS = 7


@dataclass(frozen=True)
class Part:
    """One file of an order: its name, and which places (from 0) of the order it holds."""

    name: str
    first: int
    end: int


class Order:
    """A batch with what its printing needs, read once."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.scope = Scope(owner_id=batch.owner_id)
        self.specimen = is_specimen(batch.owner)

    @cached_property
    def rows(self) -> Sequence[MemberRow]:
        """The members' rows in order; empty for blank cards."""
        return members_of_batch(self.batch).rows

    @cached_property
    def layout(self) -> Layout:
        return layout_of(self.batch)

    @cached_property
    def menu(self) -> Menu | None:
        return menu_of(self.scope, self.batch.menu) if self.batch.menu else None

    @cached_property
    def giver(self) -> str:
        """Whose name stands on the cards."""
        founded = centre()
        assert founded is not None
        return founded.name if self.batch.owner is None else self.batch.owner.name

    @cached_property
    def parts(self) -> list[Part]:
        """The files in order; a batch's own name keeps its files apart from others'."""
        name = f"cards-{str(self.batch.pk)[:8]}"
        step = self.batch.part_cards
        return [
            Part(f"{name}-{place:03d}.pdf", first, min(first + step, self.batch.total))
            for place, first in enumerate(range(0, self.batch.total, step), start=1)
        ]

    def profile_of(self, part: Part) -> Profile:
        """Only the first file goes on the part-used sheet."""
        profile = read_profile(self.batch.profile)
        return profile if part.first == 0 else profile.started_at(1)

    def faces(self) -> Iterator[CardFace]:
        """Yield what each card of the order shows, in the order of printing."""
        for part in self.parts:
            yield from self.faces_of(part)

    def faces_of(self, part: Part) -> Iterator[CardFace]:
        """Yield what each card of a part shows: its number as noted, its words as ordered."""
        prints = BatchCard.objects.filter(batch=self.batch, file=part.name)
        rows = {row.row: row for row in self.rows[part.first : part.end]}
        for noted in prints.select_related("card").order_by("pk"):
            yield self._face(noted.card, rows.get(noted.row))

    def _face(self, card: Card, row: MemberRow | None) -> CardFace:
        return CardFace(
            owner_name=self.giver,
            member_name=row.printed_name if row else "",
            number=card.number,
            barcode_number=card.barcode_number,
            member_reference=row.member_reference if row else "",
            postal_code=_hyphened(row.postal_code) if row else "",
            address1=row.address1 if row else "",
            address2=row.address2 if row else "",
            page_url=page_url(card, settings.SITE_URL),
            specimen=self.specimen,
        )


def _hyphened(postal_code: str) -> str:
    """Return a postcode as it is written, 100-0001; what is none stays as it came."""
    if len(postal_code) == _POSTAL_DIGITS and postal_code.isdecimal():
        return f"{postal_code[:3]}-{postal_code[3:]}"
    return postal_code
