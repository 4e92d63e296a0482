"""What watches the books by itself, and when it last did: a watch that stands still must show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from settlement.models import AuditRun, DaySeal
from settlement.seals import first_fact_at
from smartpit.kernel import clock
from smartpit.web.audit.checks import CHECKS
from smartpit.web.audit.running import EVERY

_SEALED_WITHIN = timedelta(hours=1)  # After midnight in Japan; it is a matter of minutes.
_TITLES = {check.name: check.title for check in CHECKS}


@dataclass(frozen=True)
class Sign:
    """One watch in the staff's words; where it is not well, ``faults`` say what is wrong."""

    word: str
    words: str
    faults: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        return not self.faults


def signs() -> list[Sign]:
    """Return how the last audit and the last daily seal stand now."""
    return [_audit(), _seal()]


def _audit() -> Sign:
    run = AuditRun.objects.order_by("-began_at").first()
    if run is None:
        return Sign("帳簿の監査", "まだありません")
    words = f"{timezone.localtime(run.began_at):%Y/%m/%d %H:%M} に {run.checks_count} の検査"
    faults = [f"{name}: {_TITLES.get(name, '')}" for name in run.faults]
    if run.began_at <= clock.now() - 2 * EVERY:
        faults.append("監査が止まっています")
    return Sign("帳簿の監査", words, tuple(faults))


def _seal() -> Sign:
    newest = DaySeal.objects.order_by("-day").first()
    due_on = clock.business_date(clock.now() - _SEALED_WITHIN) - timedelta(days=1)
    words = f"{newest.day:%Y/%m/%d} まで" if newest else "まだありません"
    return Sign("日次封印", words, tuple(_standing_still(newest, due_on)))


def _standing_still(newest: DaySeal | None, due_on: date) -> Iterable[str]:
    if newest is None:
        began_at = first_fact_at()
        is_late = began_at is not None and clock.business_date(began_at) <= due_on
    else:
        is_late = newest.day < due_on
    if is_late:
        yield f"封印が止まっています（{due_on:%Y/%m/%d} までのはずです）"
