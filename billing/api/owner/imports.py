"""Owner API: many invoices by one file, how far it is, and the rows it refused."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from rest_framework.request import Request

from billing.api.owner import answers
from billing.models import ImportFault, ImportJob
from billing.selectors import import_faults_of, import_jobs_of
from billing.services.imports import FILE_BYTES_MAX, receive_import
from billing.tasks import ring_import
from smartpit.edge.described import Raw, described
from smartpit.edge.forms import TooLarge
from smartpit.edge.pages import csv_answer
from smartpit.edge.views import answer
from smartpit.kernel.errors import Malformed
from tenants.api.authentication import OwnerKeyView

FAULT_HEADS: Final = ("row", "field", "code", "reason", "reference")
_BLOCK_BYTES: Final = 1024 * 1024


class Import(OwnerKeyView):
    """The file is the body, or the one file of a form; it is never whole in the memory."""

    body_bytes_max = FILE_BYTES_MAX

    @described("請求情報をCSVで一括登録", body=Raw("text/csv"), answers={202: answers.JOB_TAKEN})
    def post(self, request: Request) -> HttpResponse:
        with TemporaryFile() as file:
            self._keep(file)
            name = request.headers.get("File-Name", "")
            job = receive_import(self.scope, file, name=name)
        ring_import(job.owner_id)
        return answer({"job": str(job.pk)}, status=202)

    def _keep(self, file: BinaryIO) -> None:
        """Write the file down while it comes: a slow sender holds no transaction open."""
        size = 0
        for block in self._blocks():
            size += len(block)
            if size > FILE_BYTES_MAX:
                raise TooLarge
            file.write(block)
        file.seek(0)

    def _blocks(self) -> Iterator[bytes]:
        sent = self.request._request  # noqa: SLF001  Django's own, not DRF's.
        if sent.content_type != "multipart/form-data":
            stream = self.stream()
            yield from iter(lambda: stream.read(_BLOCK_BYTES), b"")
            return
        try:
            files = list(sent.FILES.values())
        except MultiPartParserError:
            files = []
        if len(files) != 1:
            raise Malformed([{"field": "file", "code": "required"}])
        file = files[0]
        assert isinstance(file, UploadedFile)
        yield from file.chunks(_BLOCK_BYTES)


class Job(OwnerKeyView):
    @described("一括登録の進み", answers={200: answers.JOB})
    def get(self, _request: Request, job: str) -> HttpResponse:
        return answer(job_body(self.scope.get(import_jobs_of(self.scope), pk=job)))


class Errors(OwnerKeyView):
    """The refused rows as CSV, streamed; a row may have several faults."""

    @described("登録できなかった行", answers={200: Raw("text/csv")})
    def get(self, _request: Request, job: str) -> StreamingHttpResponse:
        found = self.scope.get(import_jobs_of(self.scope), pk=job)
        faults = import_faults_of(found).iterator(chunk_size=2_000)
        return csv_answer("errors.csv", FAULT_HEADS, map(fault_cells, faults))


def job_body(job: ImportJob) -> dict[str, Any]:
    """Return a job as the owner's system sees it; it is at its end when ``done`` is ``total``."""
    return {
        "job": str(job.pk),
        "state": str(job.status),
        "done": job.done,
        "total": job.total,
        "registered": job.registered,
        "unchanged": job.unchanged,
        "refused": job.refused,
        "errors_url": settings.SITE_URL + reverse("owner-job-errors", args=[job.pk]),
    }


def fault_cells(fault: ImportFault) -> tuple[int, str, str, str, str]:
    return fault.row, fault.field, fault.code, fault.reason, fault.reference
