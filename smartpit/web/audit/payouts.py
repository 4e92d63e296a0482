"""Money that went out: each statement's payout, who let it go, and the bank's file."""

import hashlib

from settlement.calendar import earliest_pay_day
from settlement.models import BankFile, Payout
from settlement.services.bank_files import customer_codes
from settlement.services.payees import transfer_to
from settlement.services.payouts import content_sha256
from settlement.zengin_reader import read_transfer_file
from smartpit.kernel.errors import DomainError
from smartpit.web.audit.finding import Check, Claims, Finding, claims_check, count_of, found

PAYOUTS = claims_check(
    "payouts",
    "入金のある精算書には、同額の精算入金が1つある",
    Claims(
        rows="""settlement_statement s
            LEFT JOIN LATERAL (
                SELECT count(*) AS payouts, sum(amount_yen) AS yen,
                       bool_and(owner_id = s.owner_id) AS same
                FROM settlement_payout WHERE statement_id = s.id AND reissues_id IS NULL
            ) p ON TRUE""",
        key="s.id",
        hold={
            "精算入金がない、または多い": "p.payouts = (s.payout_yen > 0)::int",
            "金額が違う": "COALESCE(p.yen, 0) = s.payout_yen",
            "別のオーナーのもの": "COALESCE(p.same, TRUE)",
        },
    ),
    there_are="settlement_statement",
)

PAYOUT_STATES = claims_check(
    "payout_states",
    "精算入金の状態は、振込依頼・入金・振込不能の記録と一致する",
    Claims(
        rows="""settlement_payout p
            LEFT JOIN settlement_payout o ON o.id = p.reissues_id
            LEFT JOIN settlement_bankfile b ON b.id = p.bank_file_id
            LEFT JOIN settlement_statement s ON s.id = p.statement_id
            LEFT JOIN LATERAL (
                SELECT count(*) FILTER (WHERE kind = 'exported') AS exported,
                       count(*) FILTER (WHERE kind = 'paid') AS paid,
                       count(*) FILTER (WHERE kind = 'returned') AS returned,
                       bool_and(amount_yen = p.amount_yen) AS same
                FROM settlement_payoutmove WHERE payout_id = p.id) m ON TRUE""",
        key="p.id",
        hold={
            "記録と合わない": """CASE
                WHEN p.status = 'exported' THEN m.exported = 1 AND m.paid = 0 AND m.returned = 0
                WHEN p.status = 'paid' THEN m.exported = 1 AND m.paid = 1 AND m.returned = 0
                WHEN p.status = 'returned' THEN m.exported = 1 AND m.returned = 1
                ELSE m.exported + m.paid + m.returned = 0 END""",
            "記録の金額が違う": "COALESCE(m.same, TRUE)",
            "振込ファイルと合わない": """CASE WHEN p.status IN ('exported', 'paid', 'returned')
                THEN b.pays_on = p.pays_on ELSE p.bank_file_id IS NULL END""",
            "入金日が精算書と違う": """p.bank_file_id IS NOT NULL OR p.reissues_id IS NOT NULL
                OR p.pays_on = s.pays_on""",
            "保留の記録と合わない": """(p.status = 'held') = EXISTS (
                SELECT FROM settlement_payouthold
                 WHERE payout_id = p.id AND released_at IS NULL)""",
            "振込不能でないものの再発行": """p.reissues_id IS NULL OR o.status = 'returned'
                AND o.amount_yen = p.amount_yen AND o.statement_id = p.statement_id""",
        },
    ),
    there_are="settlement_payout",
)

PAYOUT_PEOPLE = claims_check(
    "payout_people",
    "承認と振込依頼は別の、在籍確認済の人で、どちらも口座の変更に関わっていない",
    Claims(
        rows="""settlement_payout p
            LEFT JOIN settlement_payee y ON y.id = p.payee_id
            LEFT JOIN tenants_staff a ON a.id = p.approved_by_id
            LEFT JOIN tenants_staff x ON x.id = p.exported_by_id
            WHERE p.status NOT IN ('proposed', 'held')""",
        key="p.id",
        hold={
            "承認がない": "a.id IS NOT NULL AND p.approved_at IS NOT NULL AND y.id IS NOT NULL",
            "センターの人でない": "a.owner_id IS NULL AND x.owner_id IS NULL",
            "振込依頼者がない、または承認者と同じ": """CASE WHEN p.status = 'approved'
                THEN x.id IS NULL ELSE x.id <> a.id END""",
            "口座の変更者が関わっている": """y.changed_by_id IS DISTINCT FROM a.id
                AND (x.id IS NULL OR y.changed_by_id IS DISTINCT FROM x.id)""",
            "口座の承認者が関わっている": """y.checked_by_id IS DISTINCT FROM a.id
                AND (x.id IS NULL OR y.checked_by_id IS DISTINCT FROM x.id)""",
            "在籍確認がない": """EXISTS (SELECT FROM tenants_vouch v WHERE v.staff_id = a.id)
                AND (x.id IS NULL
                     OR EXISTS (SELECT FROM tenants_vouch v WHERE v.staff_id = x.id))""",
        },
    ),
    there_are="settlement_payout WHERE status IN ('approved', 'exported', 'paid', 'returned')",
)


def _look_at_approvals() -> Finding:
    """Hash anew what was approved; the pay day may have been set later when it was exported."""
    rows = Payout.objects.exclude(status__in=["proposed", "held"])
    payouts = list(rows.select_related("payee", "statement").order_by("pk"))
    faults = [
        f"{payout.pk}: 承認した内容と違う" for payout in payouts if not _is_as_approved(payout)
    ]
    return found(len(payouts), faults)


def _is_as_approved(payout: Payout) -> bool:
    if payout.payee is None:
        return False
    planned = earliest_pay_day(payout.proposed_at) if payout.reissues_id else None
    hashes = set()
    for day in {payout.pays_on, planned or payout.statement.pays_on}:
        payout.pays_on = day
        hashes.add(content_sha256(payout, payout.payee))
    return payout.approved_sha256 in hashes


APPROVALS = Check(
    "approvals",
    "振り込む内容は承認した内容と同じ",
    _look_at_approvals,
    lambda: count_of("settlement_payout WHERE status NOT IN ('proposed', 'held')"),
)


def _look_at_bank_files() -> Finding:
    files = list(BankFile.objects.prefetch_related("payouts__payee").order_by("name"))
    faults = [f"{row.name}: {words}" for row in files for words in _wrong(row)]
    return found(len(files), faults)


def _wrong(bank_file: BankFile) -> list[str]:
    """Say where the bytes, their second reading and the payouts of a file differ."""
    content = bytes(bank_file.content)
    if hashlib.sha256(content).hexdigest() != bank_file.sha256:
        return ["内容のハッシュが違う"]
    try:
        read = read_transfer_file(content)
        meant = sorted(
            (
                transfer_to(payout.payee, payout.amount_yen, codes=customer_codes(payout))
                for payout in bank_file.payouts.all()
                if payout.payee is not None
            ),
            key=repr,
        )
    except DomainError as refused:
        return [refused.title]
    wrong = []
    if sorted(read.transfers, key=repr) != meant:
        wrong.append("振込の内容が精算入金と違う")
    if (len(read.transfers), read.total_yen) != (bank_file.count, bank_file.total_yen):
        wrong.append("件数または合計が違う")
    if read.month_day != f"{bank_file.pays_on:%m%d}":
        wrong.append("振込指定日が違う")
    return wrong


BANK_FILES = Check(
    "bank_files",
    "振込ファイルは、作成時のまま精算入金と一致する",
    _look_at_bank_files,
    lambda: count_of("settlement_bankfile"),
)
