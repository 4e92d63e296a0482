"""All that a settlement leaves behind, as one text that two runs can be compared by.

A row's chance name (its UUID, its place in a sequence) is put as what it stands for, and instants
of a mail are left out, as a mail that was lost is sent later. All else must be the same, byte for
byte.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model

from billing.models import Case, Event, Invoice
from settlement.models import (
    BankFile,
    Closing,
    Payout,
    PayoutMove,
    Statement,
    StatementLine,
    StatementMail,
    SubStatement,
)

_ROWS: list[tuple[type[Model], list[str]]] = [
    (Closing, ["owner_id", "closes_on"]),
    (Statement, ["owner_id", "closes_on"]),
    (StatementLine, ["owner_id", "statement__closes_on", "place"]),
    (SubStatement, ["owner_id", "statement__closes_on", "tenant_id"]),
    (Payout, ["owner_id", "statement__closes_on", "proposed_at"]),
    (PayoutMove, ["owner_id", "payout__statement__closes_on", "kind"]),
    (BankFile, ["name"]),
    (StatementMail, ["owner_id", "statement__closes_on"]),
    (Invoice, ["registered_at", "reference", "pk"]),
    (Case, ["kind", "key"]),
    (Event, ["owner_id", "sequence", "tenant_id", "tenant_sequence"]),
]
_CHANCE = {"id", "claimed_at"}
_BOOKS = "SELECT fact, day, debit, credit, amount_yen FROM books ORDER BY 2, 1, 3, 4, 5"


def settled_text() -> str:
    """Return what stands in the database, in an order that does not depend on chance."""
    lines = [
        f"{model.__name__} {_columns(row)}"
        for model, order in _ROWS
        for row in model._default_manager.order_by(*order)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS)
        lines += [f"books {row}" for row in cursor.fetchall()]
    text = "\n".join(lines)
    for chance, name in _names():
        text = text.replace(chance, name)
    return text


def _columns(row: Model) -> str:
    return " ".join(f"{name}={_word(row, name)}" for name in _told(type(row)))


def _told(model: type[Model]) -> list[str]:
    return [
        column.attname
        for column in model._meta.concrete_fields
        if column.name not in _CHANCE and not isinstance(column, AutoField)
    ]


def _word(row: Model, name: str) -> Any:
    word = getattr(row, name)
    if name == "sent_at":
        return "sent" if word else "unsent"
    return bytes(word).hex() if isinstance(word, memoryview | bytes) else word


def _names() -> Iterable[tuple[str, str]]:
    for statement in Statement.objects.all():
        yield str(statement.pk), f"<{statement.owner_id} {statement.closes_on}>"
    for share in SubStatement.objects.select_related("statement"):
        yield str(share.pk), f"<{share.tenant_id} {share.statement.closes_on}>"
    for payout in Payout.objects.select_related("statement"):
        yield str(payout.pk), f"<payout {payout.owner_id} {payout.statement.closes_on}>"
    for written in BankFile.objects.all():
        yield str(written.pk), f"<{written.name}>"
