"""Advices that are refused together: each case holds a body, whoever of its senders was first."""

import json
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from billing.api.till.paying import pay
from billing.models import Case
from billing.refusals import KeyReused
from billing.services import payments
from billing.tills.booking import BATCH_MAX, Book
from billing.tills.group_commit import GroupCommit
from tests.cast import make_cast, payment_body, register
from tests.threads import in_threads

TILLS = 8


def test_a_batch_that_refuses_advices_leaves_a_body_in_each_case(
    committed_db: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.PAYMENTS_SHARE_COMMITS = True
    book = Book()
    clerk = GroupCommit(book, payments._receive_alone, size_max=BATCH_MAX)
    monkeypatch.setattr(payments, "_share_commits", clerk)
    body: dict[str, Any] = payment_body(register(make_cast().sakura)) | {"advice": True}
    pay("lawson", json.dumps(body).encode())

    def reuse(place: int) -> object:
        words = body | {"version": 2 + place % 2, "slip": str(place)}
        return pay("lawson", json.dumps(words).encode())

    refused = in_threads(reuse, TILLS)
    book.close()
    assert [type(one) for one in refused] == [KeyReused] * TILLS
    cases = Case.objects.all()
    kept = [json.loads(case.told["body"]) for case in cases]
    assert sorted(words["version"] for words in kept) == [2, 3]
    assert all(
        words["version"] == case.told["version"] for words, case in zip(kept, cases, strict=True)
    )
