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
    record integer PRIMARY KEY, kind text, business_date date, taken_at text, barcode text,
    store text, transfer_on date, receipt text, line smallint, terminal text, amount_yen bigint
) ON COMMIT DROP
"""
_COPY = (
    "COPY told (record, kind, business_date, taken_at, barcode, store, transfer_on, receipt, line,"
    " terminal, amount_yen) FROM STDIN"
)
_LOCK = """
CREATE TEMPORARY TABLE found (record integer, payment_id uuid) ON COMMIT DROP;
INSERT INTO found
SELECT told.record, payment.id
  FROM told
  JOIN billing_payment AS payment
    ON (payment.chain_id, payment.store, payment.terminal, payment.business_date, payment.receipt,
        payment.line)
     = (%(chain)s, told.store, told.terminal, told.business_date, told.receipt, told.line)
 ORDER BY payment.id
   FOR NO KEY UPDATE OF payment;
"""
# In a statement of its own, so that it sees what those did for whom the locks waited.
_JUDGE = """
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
WITH seen AS (
    SELECT told.record, told.kind, told.amount_yen, payment.id AS payment_id, payment.status,
           payment.amount_yen AS booked_yen,
           min(told.record) FILTER (
               WHERE told.kind = '02' AND payment.status = 'reported'
                 AND payment.amount_yen = told.amount_yen
           ) OVER (PARTITION BY payment.id) AS confirmed_by
      FROM told
      LEFT JOIN found ON found.record = told.record
      LEFT JOIN billing_payment AS payment ON payment.id = found.payment_id
), reasoned AS (
    SELECT record, kind, amount_yen, payment_id, CASE
               WHEN payment_id IS NULL THEN 'unknown'
               WHEN kind = '01' THEN ''
               WHEN kind = '03' AND status IN ('reversed', 'tombstone') THEN ''
               WHEN kind = '03' AND (status IN ('confirmed', 'refunded') OR confirmed_by < record)
                   THEN 'confirmed'
               WHEN kind = '03' THEN 'reported'
               WHEN status IN ('reversed', 'tombstone') THEN status
               WHEN booked_yen <> amount_yen THEN 'amount_differs'
               WHEN status = 'suspense' THEN 'suspense'
               WHEN confirmed_by = record THEN ''
               ELSE 'repeated'
           END AS reason
      FROM seen
)
SELECT record, kind, amount_yen, payment_id, reason,
       CASE WHEN reason <> '' THEN gen_random_uuid() END AS case_id
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
SELECT judged.case_id, rule.case_kind, %(file)s || '/' || told.record, %(chain)s,
       payment.owner_id, payment.id,
       jsonb_build_object(
           'file', %(name)s::text, 'record', told.record, 'kind', told.kind,
           'reason', judged.reason, 'store', told.store, 'terminal', told.terminal,
           'business_date', told.business_date, 'taken_at', told.taken_at,
           'receipt', told.receipt, 'line', told.line, 'amount_yen', told.amount_yen,
           'booked_yen', payment.amount_yen, 'transfer_on', told.transfer_on,
           'barcode', told.barcode),
       'open', %(at)s, rule.due_on, ''
  FROM judged
  JOIN told ON told.record = judged.record
  JOIN unnest(%(kinds)s::text[], %(reasons)s::text[], %(case_kinds)s::text[], %(due_on)s::date[])
       AS rule (kind, reason, case_kind, due_on)
    ON (rule.kind, rule.reason) = (judged.kind, judged.reason)
  LEFT JOIN billing_payment AS payment ON payment.id = judged.payment_id
"""
_KEEP_RECORDS = """
INSERT INTO billing_chainfilerecord (file_id, record, kind, store, terminal, business_date,
                                     receipt, line, amount_yen, transfer_on, reason, payment_id,
                                     case_id)
SELECT %(file)s, told.record, told.kind, told.store, told.terminal, told.business_date,
       told.receipt, told.line, told.amount_yen, told.transfer_on, judged.reason,
       judged.payment_id, judged.case_id
  FROM told JOIN judged ON judged.record = told.record
 ORDER BY told.record
"""
_KEEP_DAYS = """
INSERT INTO billing_chainfileday (file_id, chain_id, business_date, kind, count, amount_yen,
                                  differences_count)
SELECT %(file)s, %(chain)s, told.business_date, told.kind, count(*), sum(told.amount_yen),
       count(*) FILTER (WHERE judged.reason <> '')
  FROM told JOIN judged ON judged.record = told.record
 GROUP BY told.business_date, told.kind
"""
_TO_CONFIRM = "SELECT payment_id, record FROM judged WHERE kind = '02' AND reason = ''"


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
        f"{number}\t{kind}\t{business_date}\t{taken_at}\t{barcode}\t{store}\t{transfer_on}\t"
        f"{receipt}\t{line}\t{terminal}\t{barcode[37:43]}\n"
    )


def _take(sent: FileSent, day: date) -> str:
    """Judge what is staged, write what it came to, confirm; return the answer."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"chain": sent.chain.pk})
        look_over(cursor, "found", cursor.rowcount)
        cursor.execute(_JUDGE)
        look_over(cursor, "judged", cursor.rowcount)
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
        cursor.execute("DROP TABLE told, found, judged")
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
