"""Numbers of cards: digits that check, counters of blocks, and the permutation that made them."""

from cards.models import Card
from cards.numbers import KIND_DIGITS, barcode_number_from, number_from
from smartpit.web.audit.finding import Check, Claims, Finding, claims_check, count_of, found
from tenants.selectors import centre

_CHUNK = 2_000


def _checks_itself(column: str) -> str:
    """Say in SQL that the last of 13 digits is the check digit of the others, as EAN-13."""
    return f"""{column} ~ '^[0-9]{{13}}$' AND (
        SELECT (10 - sum(substr({column}, place, 1)::int * (1 + 2 * ((place + 1) % 2))) % 10) % 10
        FROM generate_series(1, 12) place) = substr({column}, 13, 1)::int"""


_KINDS = " ".join(f"WHEN '{kind}' THEN '{digit}'" for kind, digit in KIND_DIGITS.items())

CARD_NUMBERS = claims_check(
    "card_numbers",
    "番号・バーコード番号のチェックディジットと種類が正しい",
    Claims(
        rows="""cards_card c
            LEFT JOIN cards_block b ON b.id = c.block_id
            LEFT JOIN tenants_owner o ON o.id = c.owner_id""",
        key="c.number",
        hold={
            "番号のチェックディジットが違う": _checks_itself("c.number"),
            "バーコード番号のチェックディジットが違う": _checks_itself("c.barcode_number"),
            "種類が違う": f"substr(c.number, 1, 1) = CASE c.kind {_KINDS} END",
            "テストと本番の別が違う": """c.is_test = (substr(c.number, 2, 2) = '99')
                AND c.is_test = COALESCE(o.is_test, c.is_test)""",
            "ブロックの使用済範囲にない": """b.kind = c.kind AND b.is_test = c.is_test
                AND b.owner_id IS NOT DISTINCT FROM c.owner_id
                AND c.counter BETWEEN b.first AND b.first + b.used - 1""",
        },
    ),
    there_are="cards_card",
)

BLOCKS = claims_check(
    "blocks",
    "番号ブロックは重ならない",
    Claims(
        rows="""(
            SELECT *, lead(first) OVER (PARTITION BY kind, is_test ORDER BY first) AS next,
                   lead(barcode_first) OVER (ORDER BY barcode_first) AS next_barcode
            FROM cards_block) b""",
        key="b.kind || ' ' || b.first",
        hold={
            "番号が次のブロックと重なる": "COALESCE(b.first + b.size <= b.next, TRUE)",
            "バーコード番号が次のブロックと重なる": (
                "COALESCE(b.barcode_first + b.size <= b.next_barcode, TRUE)"
            ),
        },
    ),
    there_are="cards_block",
)

CARD_HOLDERS = claims_check(
    "card_holders",
    "会員・請求のカードは、そのオーナーのものか、だれのものでもない",
    Claims(
        rows="""(
            SELECT 'member ' || reference AS key, owner_id, card_id
              FROM cards_member WHERE card_id IS NOT NULL
            UNION ALL
            SELECT 'invoice ' || id, owner_id, card_id FROM billing_invoice) h
            LEFT JOIN cards_card c ON c.id = h.card_id
            LEFT JOIN tenants_owner o ON o.id = h.owner_id""",
        key="h.key",
        hold={
            "別のオーナーのカードである": "COALESCE(c.owner_id = h.owner_id, c.id IS NOT NULL)",
            "テストと本番のカードが混じる": "c.is_test = o.is_test",
        },
    ),
    there_are="""(
        SELECT id::text FROM cards_member WHERE card_id IS NOT NULL
        UNION ALL SELECT id::text FROM billing_invoice) h""",
)

PRINTED_FILES = claims_check(
    "printed_files",
    "印刷ファイルは保存したときのまま、記した枚数のカードを載せている",
    Claims(
        rows="""cards_batchfile f
            LEFT JOIN cards_batch b ON b.id = f.batch_id
            LEFT JOIN LATERAL (
                SELECT count(*) AS cards, count(DISTINCT p.card_id) AS numbers,
                       bool_and(COALESCE(c.owner_id = f.owner_id, c.owner_id IS NULL)) AS are_own
                  FROM cards_batchcard p JOIN cards_card c ON c.id = p.card_id
                 WHERE p.batch_id = f.batch_id AND p.file = f.name) p ON TRUE""",
        key="f.name",
        hold={
            "内容がハッシュと違う": "encode(sha256(f.pdf), 'hex') = f.sha256",
            "枚数が印刷の記録と違う": "p.cards = f.cards AND p.numbers = f.cards",
            "読取検査の枚数がおかしい": "f.cards_read BETWEEN 1 AND f.cards",
            "別のオーナーのカードがある": "p.are_own",
            "発行依頼のオーナーが違う": "b.owner_id IS NOT DISTINCT FROM f.owner_id",
        },
    ),
    there_are="cards_batchfile",
)


PRINTED_ORDERS = claims_check(
    "printed_orders",
    "完成した発行依頼は、印刷の記録とファイルがすべてそろっている",
    Claims(
        rows="""cards_batch b
            LEFT JOIN LATERAL (
                SELECT count(*) AS cards FROM cards_batchcard WHERE batch_id = b.id) p ON TRUE
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(cards), 0) AS cards
                  FROM cards_batchfile WHERE batch_id = b.id) f ON TRUE
            WHERE b.status = 'printed'""",
        key="b.id",
        hold={
            "印刷の記録が足りない": "p.cards = b.total AND b.done = b.total",
            "印刷ファイルが足りない": "f.cards = b.total",
        },
    ),
    there_are="(SELECT id FROM cards_batch WHERE status = 'printed') b",
)


def _look_at_permutation() -> Finding:
    """Draw every card's two numbers anew from its counter and the centre's key."""
    founded = centre()
    if founded is None:
        return Finding(0)  # Without a centre no number was ever drawn.
    key = bytes(founded.number_key)
    looked_at = 0
    faults = []
    for card in Card.objects.select_related("block").iterator(chunk_size=_CHUNK):
        looked_at += 1
        barcode_counter = card.block.barcode_first + card.counter - card.block.first
        if card.number != number_from(card.kind, card.counter, key, is_test=card.is_test):
            faults.append(f"{card.pk} {card.number}: 発番と違う番号")
        if card.barcode_number != barcode_number_from(barcode_counter, key):
            faults.append(f"{card.pk} {card.number}: 発番と違うバーコード番号")
    return found(looked_at, faults)


CARD_DRAWS = Check(
    "card_draws",
    "番号・バーコード番号は発番したとおり",
    _look_at_permutation,
    lambda: count_of("cards_card"),
)
