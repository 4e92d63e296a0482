"""What waits too long: no money may lie between two places with nobody looking for it."""

from datetime import date, timedelta

from settlement.calendar import previous_bank_day
from settlement.differences import missing_before
from smartpit.kernel import clock
from smartpit.web.audit.finding import Check, Claims, Finding, count_of

IN_TRANSIT_MAX_BANK_DAYS = 10
SWEEP_GRACE = timedelta(days=4)  # The sweep that opens the cases may have stood still for so long.

_LIVE = "chain_id IN (SELECT code FROM billing_chain WHERE NOT is_test)"
_TAKEN = f"billing_payment p WHERE p.status = 'reported' AND p.{_LIVE}"
_SENT = "settlement_payout WHERE status = 'exported'"


def _look_at_waiting() -> Finding:
    """Ask as of today: payments without a confirmation, and payouts without the bank's word.

    An advice may tell today of cash that was taken long ago: no sweep has met it yet.
    """
    today = clock.business_date()
    return Claims(
        rows=f"""(
            SELECT '収納 ' || p.id AS key, p.business_date >= '{_confirmed_by(today)}'
                OR p.booked_at > '{clock.now() - SWEEP_GRACE}' OR EXISTS (
                SELECT FROM billing_case k WHERE k.kind = 'file_missing' AND (k.payment_id = p.id
                    OR k.payment_id IS NULL AND k.chain_id = p.chain_id
                    AND k.told ->> 'business_date' = p.business_date::text)) AS is_seen
                FROM {_TAKEN}
            UNION ALL SELECT '精算入金 ' || id, pays_on >= '{_paid_by(today)}' FROM {_SENT}) w""",
        key="w.key",
        hold={"期限を過ぎて、案件も結果もない": "w.is_seen"},
    ).look()


def _confirmed_by(today: date) -> date:
    return missing_before(today) - SWEEP_GRACE


def _paid_by(today: date) -> date:
    day = today
    for _ in range(IN_TRANSIT_MAX_BANK_DAYS):
        day = previous_bank_day(day)
    return day


WAITING = Check(
    "waiting",
    "確報のない収納は案件になり、振込依頼の結果は10銀行営業日までに届く",
    _look_at_waiting,
    lambda: count_of(_TAKEN) + count_of(_SENT),
)
