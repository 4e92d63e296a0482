"""One thing that is due: until when, what it is, whether it is done, and how late it is. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)

CLOSING, STATING, TELLING, PAYING = "締日", "精算書の作成", "確定のお知らせ", "入金日"
APPROVING, SENDING, CONFIRMING = "入金の承認", "振込依頼", "入金の確認"
REISSUING = "振込不能の再発行"
FILING, REMITTING = "チェーンの確報", "チェーンの入金"
ACCOUNT, REFUND, CASE = "入金口座の承認", "訂正の承認", "案件の期限"
# What the page shows of one day stands in this order.
KINDS: Final = (
    STATING, TELLING, APPROVING, SENDING, CONFIRMING, REISSUING, REMITTING, FILING, ACCOUNT,
    REFUND, CASE, CLOSING, PAYING,
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """``due_at`` is the instant from which it is late; ``page`` and ``pk`` are where it is mended.

    What only marks a day (a closing date, a pay day) has no ``due_at`` and is never late.
    """

    kind: str
    day: date
    due_at: datetime | None
    words: str
    page: str
    pk: str = ""
    is_done: bool = False

    def is_late(self, at: datetime) -> bool:
        return not self.is_done and self.due_at is not None and self.due_at <= at

    def late_by(self, at: datetime) -> str:
        """Say how late it is, in the largest whole unit."""
        assert self.due_at is not None
        late = at - self.due_at
        if late >= _DAY:
            return f"{late // _DAY}日"
        return f"{late // _HOUR}時間" if late >= _HOUR else f"{late // timedelta(minutes=1)}分"
