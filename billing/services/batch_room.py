"""How much room orders may take in the database, which tills need more than anybody."""

from collections.abc import Iterator

from cards.models import Batch
from smartpit.kernel.errors import DomainError
from tenants.access import Scope

FILES_MAX = 1_000  # Each brings its fonts and pictures along.
DRAFTS_MAX = 20  # Of an owner at a time; each may hold a list of 64 MB.


class TooManyFiles(DomainError):
    code = "too_many_files"
    title = "印刷ファイルが1,000個を超えます。1ファイルの枚数を増やして依頼し直してください"


class TooManyDrafts(DomainError):
    code = "too_many_drafts"
    title = "下書きが20件あります。使わない下書きを取り消してください"


def too_many_files(batch: Batch, cards: int) -> Iterator[TooManyFiles]:
    """Yield the refusal of an order that would be cut into too many files, if it is one."""
    if cards > FILES_MAX * batch.part_cards:
        yield TooManyFiles()


def require_room_for_a_draft(scope: Scope) -> None:
    """Refuse one more draft where many lie already; each is kept for a day."""
    if scope.rows(Batch.objects.filter(status=Batch.Status.DRAFT)).count() >= DRAFTS_MAX:
        raise TooManyDrafts
