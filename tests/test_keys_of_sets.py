"""A key that is asked by the statement holds what a foreign key holds: nothing stray comes in."""

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from billing.models import (
    ChainFileRecord,
    Confirmation,
    Event,
    InvoiceVersion,
    Payment,
    Registration,
)
from billing.services.payments import receive_payment
from settlement.tests.chain_file_cast import file_bytes, row, send
from smartpit.kernel.constraints import KeyOfSets
from tests.cast import Cast, notice, register

NOBODYS = UUID(int=1)
STRAYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "event_tenant_of_the_same_owner": (Event, {"tenant_id": 0}),
    "event_invoice_of_the_same_owner": (Event, {"invoice_id": NOBODYS}),
    "event_payment_of_the_same_owner": (Event, {"payment_id": NOBODYS}),
    "invoice_version_of_the_same_tenant": (InvoiceVersion, {"invoice_id": NOBODYS}),
    "registration_of_the_same_tenant": (Registration, {"invoice_id": NOBODYS}),
    "confirmation_of_the_same_tenant": (Confirmation, {"payment_id": NOBODYS}),
    "chain_file_record_of_a_file": (ChainFileRecord, {"file_id": NOBODYS}),
}
KEYS = {
    key.name: key
    for model in apps.get_models()
    for key in model._meta.constraints
    if isinstance(key, KeyOfSets)
}


@pytest.fixture
def confirmed(cast: Cast) -> Cast:
    receive_payment(notice(register(cast.sakura, tenant="engineering")))
    receive_payment(notice(register(cast.aoba)))
    send(file_bytes(*map(row, Payment.objects.all())))
    return cast


def written_again(model: Any, **changes: Any) -> None:
    """Write the newest row of ``model`` once more, with ``changes``."""
    made = model.objects.order_by("-pk").first()
    made.pk = None
    for name, value in changes.items():
        setattr(made, name, value)
    made.save(force_insert=True)


def test_every_key_of_sets_is_tried():
    assert set(STRAYS) == set(KEYS)


@pytest.mark.parametrize("name", STRAYS)
def test_what_names_nothing_is_refused(confirmed: Cast, name: str):
    model, stray = STRAYS[name]
    changes = (
        {"sequence": 99, "tenant_sequence": 99, "type": "x", "body": {}} if model is Event else {}
    )
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        written_again(model, **changes, **stray)


def test_what_is_anothers_is_refused(confirmed: Cast):
    of_sakura = Payment.objects.get(owner=confirmed.sakura)
    theirs = Event.objects.filter(owner=confirmed.aoba).latest("pk")
    theirs.pk, theirs.sequence, theirs.tenant_sequence = None, 99, 99
    theirs.payment_id, theirs.type, theirs.body = of_sakura.pk, "x", {}
    with (
        pytest.raises(IntegrityError, match="event_payment_of_the_same_owner"),
        transaction.atomic(),
    ):
        theirs.save(force_insert=True)


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.usefixtures("confirmed")
def test_what_is_named_neither_goes_nor_gets_another_key(name: str):
    key = KEYS[name]
    target: Any = apps.get_model(key.to)
    column = target._meta.get_field(key.to_fields[0]).column
    other = "gen_random_uuid()" if column == "id" else f"{column} + 1"
    table = target._meta.db_table
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {other}"):
        with (
            pytest.raises(Exception, match=r"append-only|permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)
