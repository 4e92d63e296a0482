"""One piece of an import: COPY into a table of the transaction, judged and written as a set."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from billing.invoice_file import Rows, rows_of
from billing.models import ImportFault, ImportJob, ImportPiece
from billing.services import import_sql
from billing.services.invoices import DUE_DAYS_MAX
from billing.services.words import AMOUNT_YEN_MAX
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from tenants.models import Tenant
from tenants.selectors import terms_on

_BLANKS: Final = "".join(sign for code in range(1, 0x3001) if (sign := chr(code)).isspace())
_UNPRINTABLE: Final = (
    r"[\u0001-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069]"  # As words.py has it.
)
_WHOLE: Final = "^(0|-?[1-9][0-9]*)$"
_DAY: Final = "^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2})$"


@dataclass(frozen=True)
class Entered:
    """What became of a piece's rows."""

    rows: int
    registered: int
    unchanged: int

    @property
    def refused(self) -> int:
        return self.rows - self.registered - self.unchanged


def enter_piece(job: ImportJob, piece: ImportPiece) -> Entered:
    """Enter a piece inside the transaction that counts it; a row in it is as ``POST invoices``.

    No invoice of this owner is registered one by one meanwhile: a reference is entered by one of
    the two and seen by the other. Then the cards are locked, then all is judged, by a statement
    that begins after both.
    """
    rows = rows_of(bytes(piece.content), piece.first_row, job.columns, job.encoding)
    _keep_unreadable(job, rows)
    words = _words(job)
    with connection.cursor() as cursor:
        cursor.execute(import_sql.STAGE)
        _copy(cursor, job.columns, rows)
        cursor.execute(import_sql.FORM_FAULTS, words)
        cursor.execute(import_sql.ASKED, words)
        lock("references", job.owner_id)
        words |= _terms(job)
        for statement in (
            import_sql.LOCK_CARDS,
            import_sql.JUDGED,
            import_sql.REFUSALS,
            import_sql.INVOICES,
            import_sql.VERSIONS,
            import_sql.REGISTRATIONS,
            import_sql.COUNTS,
        ):
            cursor.execute(statement, words)
        registered, unchanged = cursor.fetchone()
        # Now, for who plays several pieces in one transaction, as the tests do.
        cursor.execute("DROP TABLE import_row, import_asked, import_judged")
    return Entered(len(rows.cells) + len(rows.unreadable), registered, unchanged)


def _keep_unreadable(job: ImportJob, rows: Rows) -> None:
    ImportFault.objects.bulk_create(
        ImportFault(owner_id=job.owner_id, job=job, row=row, code="malformed", reason=reason)
        for row, reason in rows.unreadable
    )


def _copy(cursor: CursorWrapper, columns: list[str], rows: Rows) -> None:
    text = StringIO()
    csv.writer(text).writerows(rows.cells)
    names = sql.SQL(", ").join(map(sql.Identifier, ["row", *columns]))
    command = sql.SQL("COPY import_row ({}) FROM STDIN (FORMAT csv)").format(names)
    with cursor.copy(command) as copy:
        copy.write(text.getvalue())


def _words(job: ImportJob) -> dict[str, Any]:
    """Return what the statements about words ask for."""
    tenant = job.tenant
    return {
        "owner": job.owner_id,
        "job": job.pk,
        "tenant": tenant.code if tenant else Tenant.OWN,
        "tenant_id": job.tenant_id,
        "blanks": _BLANKS,
        "unprintable": _UNPRINTABLE,
        "whole": _WHOLE,
        "day": _DAY,
        "cap": AMOUNT_YEN_MAX,
        "is_test": job.owner.is_test,
    }


def _terms(job: ImportJob) -> Mapping[str, Any]:
    """Return what the statements about rows ask for, as of now: the locks are held."""
    now = clock.now()
    today = clock.business_date(now)
    terms = terms_on(job.owner_id, today)
    return {
        "now": now,
        "registered_at": now.astimezone(clock.JST).isoformat(),
        "today": today,
        "last_due_on": today + timedelta(days=DUE_DAYS_MAX),
        "sells": terms is not None,
        "repeat_option": terms is not None and terms.repeat_option,
    }
