"""One card, printed again: an order of one, so that it is logged and read back like all others."""

import csv
import io

from billing.services.batches import BatchAsked, Paper, order_batch, usual_profile
from billing.services.printing import print_batch
from cards.member_columns import COLUMNS
from cards.member_file import read_member_file
from cards.models import Batch, Kind, Member
from cards.selectors import DEFAULT_DESIGN, chosen_design, prints_of, profiles_of
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tenants.models import Staff


class NameUnprintable(DomainError):
    """The member has no name, or none that can be printed: give it one to print."""

    code = "name_unprintable"
    title = "印刷できる氏名がありません。氏名または印刷用氏名を登録してください"


def reprint_card(scope: Scope, member: Member, reason: str, *, by: Staff | None) -> Batch:
    """Print a member's card as it was last printed, in the newest version of its design."""
    row = _row_of(member)
    if not read_member_file(row, _MAPPING).rows:
        raise NameUnprintable
    last = prints_of(scope).filter(member=member).first()
    design = last.batch.design if last else DEFAULT_DESIGN
    layout = chosen_design(scope, design).layout
    single = usual_profile(layout, profiles_of(scope, layout.medium), is_single=True)
    asked = BatchAsked(
        file_name=f"{member.reference}.csv",
        member_file=row,
        kind=member.card.kind if member.card else Kind.JOINT,
        design=design,
        paper=Paper(single.code if single else ""),
        mapping=_MAPPING,
        reason=reason,
        ordered_by=by,
    )
    return print_batch(str(order_batch(scope, asked).pk))


def _row_of(member: Member) -> bytes:
    paper = io.StringIO()
    csv.writer(paper).writerows(
        [COLUMNS, [getattr(member, _ATTRIBUTES.get(name, name)) for name in COLUMNS]]
    )
    return paper.getvalue().encode()


_MAPPING = {name: place for place, name in enumerate(COLUMNS)}
_ATTRIBUTES = {"member_reference": "reference", "member_name": "name"}
