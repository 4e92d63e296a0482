"""Till API: the chain's file of confirmed payments (contract section 4)."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from billing import tasks
from billing.api.till.views import TillView, receipt_answer
from billing.models import ChainFile, ChainFileRecord
from settlement import selectors
from settlement.api import answers
from settlement.services.chain_files import FileSent, take_chain_file
from smartpit.edge.described import Raw, described
from smartpit.edge.forms import TooLarge
from smartpit.edge.problems import NoSuchCall
from smartpit.edge.views import answer
from smartpit.kernel.errors import Malformed

FILE_BYTES_MAX = 256 * 1024 * 1024
_BLOCK = 1024 * 1024
_NAME = re.compile(r"[\x21-\x7e]{1,100}")


class Confirmations(TillView):
    """The body is the file itself; its name comes in the header ``File-Name``."""

    body_bytes_max = FILE_BYTES_MAX

    @described(
        "確報ファイルを送る",
        body=Raw("application/octet-stream"),
        answers={201: answers.FILE_TAKEN, 200: answers.FILE_TAKEN},
        refuses="file_name_reused",
    )
    def post(self, request: Request) -> HttpResponse:
        name = _file_name(request)
        with tempfile.TemporaryFile() as content:
            sha256, bytes_count = _keep(self._blocks(), content)
            sent = FileSent(self.chain, name, sha256, bytes_count, content)
            receipt = take_chain_file(sent)
        tasks.ring()
        return receipt_answer(receipt)

    def _blocks(self) -> Iterator[bytes]:
        stream = self.stream()
        while block := stream.read(_BLOCK):
            yield block


class OneConfirmation(TillView):
    @described("確報ファイルの結果", answers={200: answers.FILE})
    def get(self, _request: Request, file: str) -> HttpResponse:
        found = selectors.chain_files_of(self.chain).filter(pk=_uuid(file)).first()
        if found is None:
            raise NoSuchCall
        return answer(_file_body(found, selectors.differences_of(found)))


def _file_name(request: Request) -> str:
    name: str = request.META.get("HTTP_FILE_NAME", "").strip()
    if not name or not _NAME.fullmatch(name):
        code = "form" if name else "required"
        raise Malformed([{"field": "File-Name", "code": code}])
    return name


def _keep(blocks: Iterator[bytes], content: BinaryIO) -> tuple[str, int]:
    """Write the body to a file as it comes; return its hash and its size."""
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        size += len(block)
        if size > FILE_BYTES_MAX:
            raise TooLarge
        digest.update(block)
        content.write(block)
    content.seek(0)
    return digest.hexdigest(), size


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchCall from None


def _file_body(file: ChainFile, differences: QuerySet[ChainFileRecord]) -> dict[str, Any]:
    return {
        "file": str(file.pk),
        "records": file.records_count,
        "confirmed": file.confirmed_count,
        "reversed": file.reversed_count,
        "cases": file.cases_count,
        "differences": [
            {
                "record": row.record,
                "kind": row.kind,
                "reason": row.reason,
                "case": str(row.case_id),
            }
            for row in differences
        ],
    }
