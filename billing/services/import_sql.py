"""The statements that enter a piece of an import: set-based, in the order of ``POST invoices``.

What ``billing.services.words`` and ``billing.services.invoices`` say of one invoice is said here of
thousands at once; billing/tests/test_imports.py holds the two against each other, code by code and
byte by byte.
"""

from typing import Final

# Text as it stood in the file; COPY makes an empty cell null: a word that was not sent.
STAGE: Final = """
CREATE TEMPORARY TABLE import_row (
    row integer NOT NULL,
    reference text, number text, tenant text, title text, amount_yen text, tax_yen text,
    repeats text, due_on text,
    count_max text, per_day_yen_max text, per_month_count_max text, gap_seconds_min text
) ON COMMIT DROP
"""

_LIMITS: Final = ("count_max", "per_day_yen_max", "per_month_count_max", "gap_seconds_min")
_WRONG_LIMIT: Final = r"""
        CASE
            WHEN limit IS NULL THEN NULL
            WHEN limit !~ %(whole)s THEN 'type'
            WHEN char_length(limit) > 10 THEN 'range'
            WHEN limit::bigint NOT BETWEEN 1 AND 2147483647 THEN 'range' END
            AS wrong_limit"""

# Every field whose form is wrong. The blanks are those of Python's str.strip. Only a row with a
# fault is spread out, for most rows have none.
FORM_FAULTS: Final = r"""
INSERT INTO billing_importfault (owner_id, job_id, row, field, code, reason, reference)
SELECT %(owner)s, %(job)s, seen.row, wrong.field, 'malformed', wrong.reason,
       left(coalesce(seen.reference, ''), 60)
  FROM (
    SELECT row, reference,
        CASE
            WHEN btrim(coalesce(reference, ''), %(blanks)s) = '' THEN 'required'
            WHEN char_length(reference) > 60 THEN 'too_long'
            WHEN reference ~ %(unprintable)s THEN 'characters' END
            AS wrong_reference,
        CASE
            WHEN number IS NULL THEN 'required'
            WHEN number !~ '^([0-9]{13}|[0-9]{4}-[0-9]{4}-[0-9]{5})$' THEN 'form' END
            AS wrong_number,
        CASE WHEN char_length(tenant) > 200 THEN 'too_long' END
            AS wrong_tenant,
        CASE
            WHEN btrim(coalesce(title, ''), %(blanks)s) = '' THEN 'required'
            WHEN char_length(title) > 60 THEN 'too_long'
            WHEN title ~ %(unprintable)s THEN 'characters' END
            AS wrong_title,
        CASE
            WHEN amount_yen IS NULL THEN 'required'
            WHEN amount_yen !~ %(whole)s THEN 'type'
            WHEN char_length(amount_yen) > 9 THEN 'range'
            WHEN amount_yen::bigint NOT BETWEEN 1 AND %(cap)s THEN 'range' END
            AS wrong_amount_yen,
        CASE
            WHEN tax_yen IS NULL THEN NULL
            WHEN tax_yen !~ %(whole)s THEN 'type'
            WHEN char_length(tax_yen) > 9 THEN 'range'
            WHEN tax_yen::bigint NOT BETWEEN 0 AND %(cap)s THEN 'range'
            WHEN amount_yen !~ %(whole)s OR char_length(amount_yen) > 9 THEN NULL
            WHEN tax_yen::bigint >= amount_yen::bigint THEN 'range' END
            AS wrong_tax_yen,
        CASE WHEN lower(repeats) NOT IN ('true', 'false') THEN 'type' END
            AS wrong_repeats,
        CASE
            WHEN due_on IS NULL THEN NULL
            WHEN due_on !~ %(day)s THEN 'form'
            WHEN split_part(replace(due_on, '/', '-'), '-', 1)::int = 0 THEN 'no_such_day'
            WHEN split_part(replace(due_on, '/', '-'), '-', 2)::int NOT BETWEEN 1 AND 12
                THEN 'no_such_day'
            WHEN split_part(replace(due_on, '/', '-'), '-', 3)::int NOT BETWEEN 1 AND
                extract(day FROM make_date(split_part(replace(due_on, '/', '-'), '-', 1)::int,
                    split_part(replace(due_on, '/', '-'), '-', 2)::int, 1)
                    + interval '1 month - 1 day') THEN 'no_such_day' END
            AS wrong_due_on,
        -- the limits
      FROM import_row
  ) AS seen,
LATERAL (VALUES
    ('reference', wrong_reference),
    ('number', wrong_number),
    ('tenant', wrong_tenant),
    ('title', wrong_title),
    ('amount_yen', wrong_amount_yen),
    ('tax_yen', wrong_tax_yen),
    ('repeats', wrong_repeats),
    ('due_on', wrong_due_on),
    ('count_max', wrong_count_max),
    ('per_day_yen_max', wrong_per_day_yen_max),
    ('per_month_count_max', wrong_per_month_count_max),
    ('gap_seconds_min', wrong_gap_seconds_min)
) AS wrong (field, reason)
 WHERE num_nonnulls(
        wrong_reference, wrong_number, wrong_tenant, wrong_title, wrong_amount_yen, wrong_tax_yen,
        wrong_repeats, wrong_due_on, wrong_count_max, wrong_per_day_yen_max,
        wrong_per_month_count_max, wrong_gap_seconds_min) > 0
   AND wrong.reason IS NOT NULL
""".replace("-- the limits", ",".join(_WRONG_LIMIT.replace("limit", name) for name in _LIMITS))

# The words of a row as ``Registration.as_sent`` keeps them; built only where they are needed.
_AS_SENT: Final = """jsonb_build_object(
            'reference', each.reference, 'number', each.number, 'title', each.title,
            'amount_yen', each.amount_yen, 'tax_yen', each.tax_yen, 'repeats', each.repeats,
            'due_on', each.due_on_asked,
            'limits', jsonb_build_object(
                'count_max', each.count_max, 'per_day_yen_max', each.per_day_yen_max,
                'per_month_count_max', each.per_month_count_max,
                'gap_seconds_min', each.gap_seconds_min))"""


def _as_sent(alias: str) -> str:
    return _AS_SENT.replace("each.", f"{alias}.")


# The rows of the right form, typed.
ASKED: Final = """
CREATE TEMPORARY TABLE import_asked ON COMMIT DROP AS
SELECT row, reference, replace(number, '-', '') AS number,
       coalesce(tenant, %(tenant)s) AS tenant, title,
       amount_yen::bigint AS amount_yen, tax_yen::bigint AS tax_yen,
       coalesce(lower(repeats) = 'true', false) AS repeats,
       replace(due_on, '/', '-')::date AS due_on_asked,
       count_max::integer AS count_max, per_day_yen_max::bigint AS per_day_yen_max,
       per_month_count_max::integer AS per_month_count_max,
       gap_seconds_min::integer AS gap_seconds_min
  FROM import_row
 WHERE NOT EXISTS (
    SELECT FROM billing_importfault wrong
     WHERE wrong.job_id = %(job)s AND wrong.row = import_row.row)
"""

# So that a replacement moves these invoices too, or is seen by them.
LOCK_CARDS: Final = """
WITH locked AS (
    SELECT FROM cards_card
     WHERE number IN (SELECT number FROM import_asked) AND is_test = %(is_test)s
     ORDER BY id FOR NO KEY UPDATE
) SELECT count(*) FROM locked
"""

# What becomes of each row: null enters it, ``same`` was entered before, else field:code[:reason].
# Of a reference that stands in the file twice the first row that can be entered is the one.
JUDGED: Final = (
    """
CREATE TEMPORARY TABLE import_judged ON COMMIT DROP AS
WITH alone AS (
    SELECT asked.*, tenant.id AS tenant_id, card.id AS card_id, CASE
        WHEN tenant.id IS NULL THEN 'tenant:unknown_tenant'
        WHEN former.id IS NOT NULL AND former.as_sent = {asked} THEN 'same'
        WHEN invoice.id IS NOT NULL THEN 'reference:reference_reused'
        WHEN card.id IS NULL OR card.status = 'retired' OR card.owner_id <> %(owner)s
            THEN 'number:unknown_number'
        WHEN tenant.status <> 'live' OR NOT %(sells)s THEN 'tenant:tenant_not_live'
        WHEN card.status = 'replaced' THEN 'number:card_replaced'
        WHEN card.status <> 'active' THEN 'number:card_suspended'
        WHEN card.registration_expires_on < %(today)s THEN 'number:registration_expired'
        WHEN asked.repeats AND NOT %(repeat_option)s THEN 'repeats:repeat_option_missing'
        WHEN asked.due_on_asked < %(today)s THEN 'due_on:malformed:before_today'
        WHEN NOT asked.repeats AND asked.due_on_asked > %(last_due_on)s
            THEN 'due_on:malformed:after_60_days'
        WHEN NOT asked.repeats AND num_nonnulls(asked.count_max, asked.per_day_yen_max,
                asked.per_month_count_max, asked.gap_seconds_min) > 0
            THEN 'limits:malformed:of_a_kept_invoice_only'
        END AS verdict
      FROM import_asked AS asked
      LEFT JOIN tenants_tenant AS tenant
        ON tenant.owner_id = %(owner)s AND tenant.code = asked.tenant
       AND (%(tenant_id)s::bigint IS NULL OR tenant.id = %(tenant_id)s)
      LEFT JOIN billing_invoice AS invoice
        ON invoice.tenant_id = tenant.id AND invoice.reference = asked.reference
      LEFT JOIN billing_registration AS former ON former.invoice_id = invoice.id
      LEFT JOIN cards_card AS card ON card.number = asked.number AND card.is_test = %(is_test)s
), within_the_file AS (
    SELECT alone.*, min(row) FILTER (WHERE verdict IS NULL)
        OVER (PARTITION BY tenant_id, reference) AS entered_row
      FROM alone
)
SELECT each.row, each.reference, each.number, each.tenant, each.title, each.amount_yen,
       each.tax_yen, each.repeats, each.count_max, each.per_day_yen_max, each.per_month_count_max,
       each.gap_seconds_min, each.due_on_asked, each.tenant_id, each.card_id,
       CASE WHEN each.repeats THEN each.due_on_asked
            ELSE coalesce(each.due_on_asked, %(last_due_on)s) END AS due_on,
       CASE WHEN entered.row IS NULL THEN each.verdict
            WHEN {entered} = {each} THEN 'same'
            ELSE 'reference:reference_reused' END AS verdict,
       gen_random_uuid() AS id
  FROM within_the_file AS each
  LEFT JOIN alone AS entered ON entered.row = each.entered_row AND each.row > each.entered_row
""".replace("{asked}", _as_sent("asked"))
    .replace("{entered}", _as_sent("entered"))
    .replace("{each}", _as_sent("each"))
)

REFUSALS: Final = """
INSERT INTO billing_importfault (owner_id, job_id, row, field, code, reason, reference)
SELECT %(owner)s, %(job)s, row, split_part(verdict, ':', 1), split_part(verdict, ':', 2),
       split_part(verdict, ':', 3), reference
  FROM import_judged
 WHERE verdict <> 'same'
"""

INVOICES: Final = """
INSERT INTO billing_invoice (
    id, owner_id, tenant_id, card_id, reference, title, amount_yen, tax_yen, repeats, due_on,
    count_max, per_day_yen_max, per_month_count_max, gap_seconds_min, version, status,
    registered_at)
SELECT id, %(owner)s, tenant_id, card_id, reference, title, amount_yen, tax_yen, repeats, due_on,
       count_max, per_day_yen_max, per_month_count_max, gap_seconds_min, 1, 'open', %(now)s
  FROM import_judged
 WHERE verdict IS NULL
"""

VERSIONS: Final = """
INSERT INTO billing_invoiceversion (
    owner_id, tenant_id, invoice_id, version, title, amount_yen, tax_yen, due_on, changed_at)
SELECT %(owner)s, tenant_id, id, 1, title, amount_yen, tax_yen, due_on, %(now)s
  FROM import_judged
 WHERE verdict IS NULL
"""

# The answer is the bytes that ``json.dumps(invoice_body(invoice), ensure_ascii=False)`` gives.
REGISTRATIONS: Final = """
INSERT INTO billing_registration (owner_id, tenant_id, invoice_id, as_sent, answer)
SELECT %(owner)s, tenant_id, id, {each}, concat(
        '{"invoice": "', id, '", "version": 1, "status": "open", "reference": ',
        to_json(reference), ', "number": "', number, '", "tenant": "', tenant,
        '", "title": ', to_json(title), ', "amount_yen": ', amount_yen,
        ', "tax_yen": ', coalesce(tax_yen::text, 'null'),
        ', "repeats": ', CASE WHEN repeats THEN 'true' ELSE 'false' END,
        ', "due_on": ', coalesce('"' || due_on::text || '"', 'null'),
        ', "limits": {"count_max": ', coalesce(count_max::text, 'null'),
        ', "per_day_yen_max": ', coalesce(per_day_yen_max::text, 'null'),
        ', "per_month_count_max": ', coalesce(per_month_count_max::text, 'null'),
        ', "gap_seconds_min": ', coalesce(gap_seconds_min::text, 'null'),
        '}, "registered_at": "', %(registered_at)s::text, '"}')
  FROM import_judged AS each
 WHERE verdict IS NULL
""".replace("{each}", _as_sent("each"))

COUNTS: Final = """
SELECT count(*) FILTER (WHERE verdict IS NULL), count(*) FILTER (WHERE verdict = 'same')
  FROM import_judged
"""
