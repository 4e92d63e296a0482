"""残高確認書: what the centre owes an owner at the end of a day, read twice and compared.

Once from the rows: what was taken and not confirmed, confirmed and not stated, stated and not
paid, and carried. Once from the view ``books``. Where the two differ by a yen, nobody is shown
either.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from smartpit.kernel.errors import DomainError
from tenants.models import Owner

# Each fact counts from its own day on, as in the books. A payment whose till ran ahead of midnight
# may so be undone the day before it was taken: the sums hold on that day too.
_STANDING = """
WITH taken AS (
    SELECT payment.amount_yen AS yen,
           coalesce((assignment.assigned_at AT TIME ZONE 'Asia/Tokyo')::date,
                    payment.business_date) <= %(day)s AS is_taken,
           (reversal.reversed_at AT TIME ZONE 'Asia/Tokyo')::date <= %(day)s AS is_reversed,
           (confirmation.confirmed_at AT TIME ZONE 'Asia/Tokyo')::date <= %(day)s AS is_confirmed,
           confirmation.closes_on <= stated.upto AS is_stated,
           (refund.approved_at AT TIME ZONE 'Asia/Tokyo')::date <= %(day)s
               AND (stated.upto IS NULL OR refund.closes_on > stated.upto) AS is_refund_unstated
      FROM billing_payment AS payment
           CROSS JOIN (SELECT max(closes_on) AS upto FROM settlement_statement
                        WHERE owner_id = %(owner)s AND stated_on <= %(day)s) AS stated
           LEFT JOIN billing_assignment AS assignment ON assignment.payment_id = payment.id
           LEFT JOIN billing_reversal AS reversal ON reversal.payment_id = payment.id
           LEFT JOIN billing_confirmation AS confirmation ON confirmation.payment_id = payment.id
           LEFT JOIN billing_refund AS refund ON refund.payment_id = payment.id
     WHERE payment.owner_id = %(owner)s
),
unconfirmed AS (
    SELECT count(*) FILTER (WHERE is_taken) - count(*) FILTER (WHERE is_reversed)
               - count(*) FILTER (WHERE is_confirmed) AS count,
           coalesce(sum(yen) FILTER (WHERE is_taken), 0)
               - coalesce(sum(yen) FILTER (WHERE is_reversed), 0)
               - coalesce(sum(yen) FILTER (WHERE is_confirmed), 0) AS yen
      FROM taken
),
unstated AS (
    SELECT count(*) AS count, coalesce(sum(yen), 0) AS yen
      FROM taken WHERE is_confirmed AND is_stated IS NOT TRUE
),
refunded AS (
    SELECT count(*) AS count, coalesce(sum(yen), 0) AS yen FROM taken WHERE is_refund_unstated
),
moved AS (
    SELECT coalesce(sum(amount_yen) FILTER (WHERE kind = 'exported'), 0) AS exported,
           coalesce(sum(amount_yen) FILTER (WHERE kind = 'paid'), 0) AS paid,
           coalesce(sum(amount_yen) FILTER (WHERE kind = 'returned'), 0) AS returned,
           coalesce(sum(amount_yen) FILTER (WHERE kind = 'returned' AND NOT EXISTS (
               SELECT 1 FROM settlement_payoutmove AS paid
                WHERE paid.payout_id = move.payout_id AND paid.kind = 'paid')), 0)
               AS returned_unpaid
      FROM settlement_payoutmove AS move
     WHERE owner_id = %(owner)s AND day <= %(day)s
),
due AS (
    SELECT coalesce(sum(payout_yen), 0) AS yen FROM settlement_statement
     WHERE owner_id = %(owner)s AND stated_on <= %(day)s
),
carried AS (
    SELECT coalesce((SELECT carried_out_yen FROM settlement_statement
                      WHERE owner_id = %(owner)s AND stated_on <= %(day)s
                      ORDER BY closes_on DESC LIMIT 1), 0) AS yen
),
side AS (
    SELECT fact, fact_id, credit AS account, amount_yen AS yen FROM books WHERE day <= %(day)s
    UNION ALL
    SELECT fact, fact_id, debit, -amount_yen FROM books WHERE day <= %(day)s
),
booked AS (
    SELECT coalesce(sum(yen) FILTER (WHERE account = %(payable)s), 0) AS payable,
           coalesce(sum(yen) FILTER (WHERE split_part(account, ':', 1) = 'payout_in_transit'
                                       AND fact_id IN (SELECT id::text FROM settlement_payoutmove
                                                        WHERE owner_id = %(owner)s)
                                       AND fact LIKE 'payout%%'), 0) AS in_transit,
           coalesce(sum(yen) FILTER (WHERE account = %(clearing)s), 0) AS clearing
      FROM side
)
SELECT unconfirmed.count, unconfirmed.yen::bigint, unstated.count, unstated.yen::bigint,
       refunded.count, refunded.yen::bigint,
       (due.yen - moved.exported + moved.returned)::bigint,
       (moved.exported - moved.paid - moved.returned_unpaid)::bigint,
       carried.yen::bigint,
       booked.payable::bigint, booked.in_transit::bigint, booked.clearing::bigint
  FROM unconfirmed, unstated, refunded, moved, due, carried, booked
"""


class BalanceDisagrees(DomainError):
    """What the rows add up to is not what the books hold; nobody may be shown such a balance."""

    code = "balance_disagrees"
    title = "残高が帳簿と一致しないため、表示を止めました"
    status = 500


@dataclass(frozen=True)
class Standing:
    """An owner's balance on a day, by how far its money has come, and what the books say."""

    unconfirmed_count: int
    unconfirmed_yen: int
    confirmed_count: int
    confirmed_yen: int
    refunds_count: int
    refunds_yen: int
    stated_yen: int
    in_transit_yen: int
    carried_yen: int
    books_payable_yen: int
    books_in_transit_yen: int
    refund_clearing_yen: int

    @property
    def unstated_yen(self) -> int:
        return self.confirmed_yen - self.refunds_yen

    @property
    def payable_yen(self) -> int:
        return self.unconfirmed_yen + self.unstated_yen + self.stated_yen + self.carried_yen

    @property
    def total_yen(self) -> int:
        """Return what the owner has to get: also what the bank has and did not pay yet."""
        return self.payable_yen + self.in_transit_yen


def standing_of(owner: Owner, day: date) -> Standing:
    """Return what the centre owes ``owner`` at the end of ``day``, or refuse what does not agree.

    One statement reads both, so that a payment that comes meanwhile is in both or in neither.
    """
    asked: dict[str, int | str | date] = {
        "owner": owner.pk,
        "day": day,
        "payable": f"owner_payable:{owner.pk}",
        "clearing": f"refund_clearing:{owner.pk}",
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, asked)
        standing = Standing(*cursor.fetchone())
    told = (standing.payable_yen, standing.in_transit_yen)
    if told != (standing.books_payable_yen, standing.books_in_transit_yen):
        raise BalanceDisagrees(f"{owner.code} {day}: {standing}")
    return standing
