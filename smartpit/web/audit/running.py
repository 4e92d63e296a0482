"""The audit by the clock: every six hours it is run and kept, and it freezes payouts."""

from datetime import timedelta

from django.db import transaction

from settlement.models import AuditRun, PayoutFreeze
from settlement.services.freezes import freeze_payouts
from smartpit.kernel import clock
from smartpit.kernel.database import held
from smartpit.web.audit.checks import Verdict, audit

EVERY = timedelta(hours=6)
# What these claim is no money of anybody, or late rather than wrong: a person looks, payouts go on.
NO_MONEY = frozenset(
    {
        "blocks",
        "card_draws",
        "card_holders",
        "deliveries",
        "endpoints_told",
        "expiries",
        "printed_files",
        "printed_orders",
        "waiting",
    }
)
_REASON = "監査で帳簿に問題が見つかりました: "


def run_audit_if_due() -> AuditRun | None:
    """Run the audit where the newest run is six hours old; of two at once one runs it."""
    with held("audit", "run") as is_held:
        return run_audit() if is_held and _is_due() else None


def run_audit() -> AuditRun:
    """Look through the books, keep what was found, and freeze all payouts if money is wrong."""
    began_at = clock.now()
    verdicts = audit()
    red = [verdict for verdict in verdicts if not verdict.is_ok]
    with transaction.atomic(durable=True):
        run = AuditRun.objects.create(
            began_at=began_at,
            ended_at=clock.now(),
            checks_count=len(verdicts),
            looked_at=sum(verdict.finding.looked_at for verdict in verdicts),
            faults={verdict.check.name: list(verdict.finding.faults) for verdict in red},
        )
    _freeze(red)
    return run


def _is_due() -> bool:
    newest = AuditRun.objects.order_by("-began_at").first()
    return newest is None or newest.began_at <= clock.now() - EVERY


def _freeze(red: list[Verdict]) -> None:
    """Freeze once: while the audit's own freeze stands another would say nothing new.

    Lifted by a person while the books are still wrong, it comes again with the next run.
    """
    wrong = [verdict.check.name for verdict in red if verdict.check.name not in NO_MONEY]
    standing = PayoutFreeze.objects.filter(
        owner=None, frozen_by=None, lifted_at=None, reason__startswith=_REASON
    )
    if wrong and not standing.exists():
        freeze_payouts(None, (_REASON + "、".join(wrong))[:200])
