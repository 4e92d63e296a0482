"""請求情報の一括登録: a file is taken in whole, then entered piece by piece.

Each piece is one transaction together with its faults and the count of rows done, so a job that is
killed at any moment goes on with the next piece. The same file again is the same job; a row that
was entered before, by whatever way, is entered no second time.
"""

import logging
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from typing import BinaryIO, Final

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F

from billing.invoice_file import InvoiceFile, Piece, encoding_of
from billing.models import ImportJob, ImportPiece
from billing.selectors import import_jobs_of, import_jobs_to_run
from billing.services.import_rows import enter_piece
from smartpit.kernel import clock
from smartpit.kernel.database import held, lock
from smartpit.kernel.errors import DomainError, MoveRefused
from tenants.access import Scope
from tenants.models import Staff

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
UNEXPECTED: Final = "unexpected"

_BLOCK_BYTES: Final = 1024 * 1024
_ATTEMPTS: Final = 3

logger = logging.getLogger("smartpit.imports")


def receive_import(
    scope: Scope, file: BinaryIO, *, name: str = "", received_from: Staff | None = None
) -> ImportJob:
    """Take a file in, whole or not at all; the same file again is the same job."""
    mark = sha256()
    for block in _blocks(file):
        mark.update(block)
    words = {"tenant_id": scope.tenant_id, "sha256": mark.hexdigest()}
    with transaction.atomic(durable=True):
        lock("import_file", (scope.owner, *words.values()))
        known = import_jobs_of(scope).filter(**words)
        job = known.exclude(status=ImportJob.Status.FAILED).first()
        if job is not None:
            return job

        read = InvoiceFile(_blocks(file))
        job = ImportJob.objects.create(
            owner_id=scope.owner,
            file_name=name[:200],
            columns=read.columns,
            received_at=clock.now(),
            received_from=received_from,
            **words,
        )
        _keep_pieces(job, read.pieces())
    return job


def run_imports(owner_id: int) -> int:
    """Enter an owner's files in the order they came; one hand at a time. Return how many."""
    with held("import", owner_id) as is_held:
        jobs = list(import_jobs_to_run().filter(owner_id=owner_id)) if is_held else []
        for job in jobs:
            _run(job)
    return len(jobs)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(partial(file.read, _BLOCK_BYTES), b"")


def _keep_pieces(job: ImportJob, pieces: Iterator[Piece]) -> None:
    telling = valid = 0
    for piece in pieces:
        ImportPiece.objects.create(
            owner_id=job.owner_id,
            job=job,
            place=job.pieces,
            first_row=piece.first_row,
            content=piece.content,
        )
        job.pieces += 1
        job.total += piece.rows
        telling += piece.telling
        valid += piece.valid
    job.encoding = encoding_of(telling, valid)
    job.save(update_fields=["pieces", "total", "encoding"])


def _run(job: ImportJob) -> None:
    """Go on from where the job stands; what nobody foresaw is marked as failed.

    A database that went away is no failure of the file: the sweep takes it up again.
    """
    try:
        if job.status == ImportJob.Status.RECEIVED:
            job.move(to=ImportJob.Status.RUNNING)
        while job.pieces_done < job.pieces:
            _enter_next(job)
        _end(job, ImportJob.Status.DONE)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        logger.exception("import %s is not finished", job.pk)
        reason = fault.code if isinstance(fault, DomainError) else UNEXPECTED
        _end(job, ImportJob.Status.FAILED, failure=reason)
        raise


def _enter_next(job: ImportJob) -> None:
    """Enter the next piece; a batch of cards may have taken a reference meanwhile: look again."""
    piece = ImportPiece.objects.get(job=job, place=job.pieces_done)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _enter(job, piece)
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
        else:
            return


def _enter(job: ImportJob, piece: ImportPiece) -> None:
    with transaction.atomic(durable=True):
        entered = enter_piece(job, piece)
        here = ImportJob.objects.filter(
            pk=job.pk, status=ImportJob.Status.RUNNING, pieces_done=piece.place
        )
        counted = here.update(
            pieces_done=F("pieces_done") + 1,
            done=F("done") + entered.rows,
            registered=F("registered") + entered.registered,
            unchanged=F("unchanged") + entered.unchanged,
            refused=F("refused") + entered.refused,
        )
        if counted != 1:
            raise MoveRefused
    job.refresh_from_db()


def _end(job: ImportJob, status: ImportJob.Status, **changes: str) -> None:
    """Say how it ended, and let the file's own text go: what it said stands in the invoices."""
    with transaction.atomic(durable=True):
        job.move(to=status, finished_at=clock.now(), **changes)
        ImportPiece.objects.filter(job=job).delete()
