"""確報ファイル: taking in a chain's file, all of it or nothing, in one transaction.

The records are copied into a temporary table and judged there by a handful of statements, so that
a million of them cost minutes of the database and no memory of ours. Files of one chain come one
after the other; a till waits only for the few payments or streams it shares with a file.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, BinaryIO
from uuid import uuid4

from django.db import connection, transaction

from billing.chain_file import ChainFileReader, FileFault, FileFaulty, Header, Record
from billing.models import Chain, ChainFile
from billing.tills.notices import Receipt
from settlement.differences import DIFFERENCES, due_on
from settlement.services.confirming import confirm_held, confirming, look_over
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError, Malformed
from smartpit.kernel.limits import unhurried

AHEAD_MAX = timedelta(days=1)  # A chain may date a file by the day on which it is looked at.
_LINES_AT_ONCE = 2_000

# To the end of the transaction: a large file is joined and sorted in memory.
_ROOM = "SET LOCAL work_mem = '64MB'"
_STAGE = """
CREATE TEMPORARY TABLE told (
    record integer, kind text, business_date date, taken_at text, barcode text,
    store text, transfer_on date, receipt text, line smallint, terminal text, amount_yen bigint
) ON COMMIT DROP
"""
_COPY = (
    "COPY told (record, kind, business_date, taken_at, barcode, store, transfer_on, receipt, line,"
    " terminal, amount_yen) FROM STDIN"
)
# What is kept of a payment is what stands once its lock is held, also where that was waited for.
_LOCK = """
CREATE TEMPORARY TABLE found (
    record integer, kind text, amount_yen bigint, payment_id uuid, owner_id bigint,
    tenant_id bigint, invoice_id uuid, status text, booked_yen bigint
) ON COMMIT DROP;
INSERT INTO found
SELECT told.record, told.kind, told.amount_yen, payment.id, payment.owner_id, payment.tenant_id,
       payment.invoice_id, payment.status, payment.amount_yen
  FROM told
  JOIN billing_payment AS payment
    ON (payment.chain_id, payment.store, payment.terminal, payment.business_date, payment.receipt,
        payment.line)
     = (%(chain)s, told.store, told.terminal, told.business_date, told.receipt, told.line)
 ORDER BY payment.id
   FOR NO KEY UPDATE OF payment;
"""
_JUDGE = """
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
WITH seen AS (
    SELECT *, min(record) FILTER (
               WHERE kind = '02' AND status = 'reported' AND booked_yen = amount_yen
           ) OVER (PARTITION BY payment_id) AS confirmed_by
      FROM found
), reasoned AS (
    SELECT told.*, seen.payment_id, seen.owner_id, seen.tenant_id, seen.invoice_id,
           seen.booked_yen, CASE
               WHEN seen.record IS NULL THEN 'unknown'
               WHEN told.kind = '01' THEN ''
               WHEN told.kind = '03' AND status IN ('reversed', 'tombstone') THEN ''
               WHEN told.kind = '03' AND (status IN ('confirmed', 'refunded')
                                          OR confirmed_by < told.record)
                   THEN 'confirmed'
               WHEN told.kind = '03' THEN 'reported'
               WHEN status IN ('reversed', 'tombstone') THEN status
               WHEN booked_yen <> told.amount_yen THEN 'amount_differs'
               WHEN status = 'suspense' THEN 'suspense'
               WHEN confirmed_by = told.record THEN ''
               ELSE 'repeated'
           END AS reason
      FROM told LEFT JOIN seen ON seen.record = told.record
)
SELECT *, CASE WHEN reason <> '' THEN gen_random_uuid() END AS case_id
  FROM reasoned
"""
_COUNT = """
SELECT count(*), coalesce(sum(amount_yen), 0)::bigint,
       count(*) FILTER (WHERE kind = '02' AND reason = ''),
       count(*) FILTER (WHERE kind = '03' AND reason = ''),
       count(*) FILTER (WHERE reason <> '')
  FROM judged
"""
_OPEN_CASES = """
INSERT INTO billing_case (id, kind, key, chain_id, owner_id, payment_id, told, status, opened_at,
                          due_on, resolution)
SELECT judged.case_id, rule.case_kind, %(file)s || '/' || judged.record, %(chain)s,
       judged.owner_id, judged.payment_id,
       jsonb_build_object(
           'file', %(name)s::text, 'record', judged.record, 'kind', judged.kind,
           'reason', judged.reason, 'store', judged.store, 'terminal', judged.terminal,
           'business_date', judged.business_date, 'taken_at', judged.taken_at,
           'receipt', judged.receipt, 'line', judged.line, 'amount_yen', judged.amount_yen,
           'booked_yen', judged.booked_yen, 'transfer_on', judged.transfer_on,
           'barcode', judged.barcode),
       'open', %(at)s, rule.due_on, ''
  FROM judged
  JOIN unnest(%(kinds)s::text[], %(reasons)s::text[], %(case_kinds)s::text[], %(due_on)s::date[])
       AS rule (kind, reason, case_kind, due_on)
    ON (rule.kind, rule.reason) = (judged.kind, judged.reason)
"""
_KEEP_RECORDS = """
INSERT INTO billing_chainfilerecord (file_id, record, kind, store, terminal, business_date,
                                     receipt, line, amount_yen, transfer_on, reason, payment_id,
                                     case_id)
SELECT %(file)s, record, kind, store, terminal, business_date, receipt, line, amount_yen,
       transfer_on, reason, payment_id, case_id
  FROM judged
 ORDER BY record
"""
_KEEP_DAYS = """
INSERT INTO billing_chainfileday (file_id, chain_id, business_date, kind, count, amount_yen,
                                  differences_count)
SELECT %(file)s, %(chain)s, business_date, kind, count(*), sum(amount_yen),
       count(*) FILTER (WHERE reason <> '')
  FROM judged
 GROUP BY business_date, kind
"""
_TO_CONFIRM = """
SELECT payment_id, record, owner_id, tenant_id, invoice_id, business_date
  FROM judged WHERE kind = '02' AND reason = ''
"""


class FileNameReused(DomainError):
    code = "file_name_reused"
    title = "同じ名前で内容の違うファイルを受信済です"


@dataclass(frozen=True)
class FileSent:
    """A file as it came: its bytes stand in ``content``, a file of ours."""

    chain: Chain
    name: str
    sha256: str
    bytes_count: int
    content: BinaryIO


def take_chain_file(sent: FileSent) -> Receipt:
    """Take in a file: 速報 become 確報, and whatever disagrees becomes a case.

    The same content again is answered with the first answer; nothing of it is done twice.
    """
    former = _former(sent)
    if former is not None:
        return former
    with transaction.atomic(durable=True):
        unhurried()
        lock("chain_file", sent.chain.pk)
        former = _former(sent)
        if former is not None:
            return former
        header = _stage(sent)
        return Receipt(_take(sent, header.day), replayed=False)


def _former(sent: FileSent) -> Receipt | None:
    files = ChainFile.objects.filter(chain=sent.chain)
    same = files.filter(sha256=sent.sha256).first()
    if same is not None:
        return Receipt(same.answer, replayed=True)
    if files.filter(name=sent.name).exists():
        raise FileNameReused(sent.name)
    return None


def _stage(sent: FileSent) -> Header:
    """Copy the records into ``told``; a file with a fault leaves nothing behind."""
    try:
        reader = ChainFileReader(sent.content, bytes_count=sent.bytes_count)
        _check_header(reader.header, sent.chain)
        with connection.cursor() as cursor:
            cursor.execute(_ROOM)
            cursor.execute(_STAGE)
            with cursor.copy(_COPY) as copy:
                for block in _blocks(reader.records()):
                    copy.write(block)
            look_over(cursor, "told", reader.count)
    except FileFaulty as faulty:
        raise Malformed([vars(fault) for fault in faulty.faults]) from None
    return reader.header


def _check_header(header: Header, chain: Chain) -> None:
    """The chain is the key's; a day that has not come is no day of a file."""
    if header.chain_code != chain.file_code:
        raise FileFaulty([FileFault("header chain", "differs")])
    if header.day > clock.business_date() + AHEAD_MAX:
        raise FileFaulty([FileFault("header day", "ahead")])


def _blocks(records: Iterator[Record]) -> Iterator[str]:
    while block := "".join(map(_line, islice(records, _LINES_AT_ONCE))):
        yield block


def _line(record: Record) -> str:
    """Return a record as COPY reads it; none of its letters needs an escape."""
    number, kind, business_date, taken_at, barcode, store, transfer_on, receipt, line, terminal = (
        record
    )
    return (
        f"{number}\t{kind}\t{business_date.isoformat()}\t{taken_at}\t{barcode}\t{store}\t"
        f"{transfer_on.isoformat()}\t"
        f"{receipt}\t{line}\t{terminal}\t{barcode[37:43]}\n"
    )


def _take(sent: FileSent, day: date) -> str:
    """Judge what is staged, write what it came to, confirm; return the answer."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"chain": sent.chain.pk})
        look_over(cursor, "found", cursor.rowcount)
        cursor.execute(_JUDGE)
        cursor.execute("DROP TABLE told, found")
        file = _kept(sent, day, cursor)
        words: dict[str, Any] = {
            "file": str(file.pk),
            "chain": sent.chain.pk,
            "name": sent.name,
            "at": file.received_at,
        }
        rules = _rules(clock.business_date(file.received_at))
        cursor.execute(_OPEN_CASES, words | rules)
        assert cursor.rowcount == file.cases_count, "a difference without a rule"
        cursor.execute(_KEEP_RECORDS, words)
        cursor.execute(_KEEP_DAYS, words)
        with confirming(_TO_CONFIRM, {}) as count:
            confirm_held(count)
        cursor.execute("DROP TABLE judged")
    return file.answer


def _kept(sent: FileSent, day: date, cursor: Any) -> ChainFile:
    """Write the file's own row, with the answer that every repetition gets."""
    cursor.execute(_COUNT)
    records, amount_yen, confirmed, reversed_, cases = cursor.fetchone()
    file = ChainFile(
        id=uuid4(),
        chain=sent.chain,
        name=sent.name,
        sha256=sent.sha256,
        day=day,
        received_at=clock.now(),
        records_count=records,
        amount_yen=amount_yen,
        confirmed_count=confirmed,
        reversed_count=reversed_,
        cases_count=cases,
    )
    file.answer = json.dumps(
        {
            "file": str(file.pk),
            "records": records,
            "confirmed": confirmed,
            "reversed": reversed_,
            "cases": cases,
        }
    )
    file.save(force_insert=True)
    return file


def _rules(opened_on: date) -> dict[str, Any]:
    return {
        "kinds": [rule.record_kind for rule in DIFFERENCES],
        "reasons": [rule.reason for rule in DIFFERENCES],
        "case_kinds": [rule.case_kind for rule in DIFFERENCES],
        "due_on": [due_on(rule, opened_on) for rule in DIFFERENCES],
    }
