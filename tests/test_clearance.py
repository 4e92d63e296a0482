"""本番接続の許可: no live key without a passed connection test or somebody who answers for it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client

from smartpit.kernel import clock
from tenants.access import NotAllowed, Scope
from tenants.models import Clearance, Owner, Staff
from tenants.services import (
    ConnectionNotTested,
    Contact,
    StaffAsked,
    TermsSigned,
    clear_connection,
    invite_staff,
    open_owner,
    rotate_api_key,
    waive_connection_test,
)
from tests.cast import LONG_AGO, Cast
from tests.people import sign_in


@pytest.fixture
def minato(cast: Cast) -> Owner:
    return open_owner("minato", "みなと水道", Contact(), TermsSigned(LONG_AGO))


def test_an_untested_owner_gets_test_keys_and_no_live_one(minato: Owner) -> None:
    with pytest.raises(ConnectionNotTested):
        rotate_api_key(Scope(owner_id=minato.pk))
    tenant = minato.tenants.get()
    with pytest.raises(ConnectionNotTested):
        rotate_api_key(Scope(owner_id=minato.pk), tenant=tenant)
    assert rotate_api_key(Scope(owner_id=minato.twin.pk))[1].startswith("sk_test_")


def test_the_page_says_why_there_is_no_live_key(minato: Owner) -> None:
    developer = sign_in(StaffAsked("d@minato.example", "開発", "developer", minato))
    page = developer.post("/dashboard/connection/keys", {"side": "live"}, follow=True)
    assert ConnectionNotTested.title in page.content.decode()


def test_a_passed_test_opens_the_way(minato: Owner) -> None:
    with transaction.atomic():
        clear_connection(minato, "CT20261127-1A2B3C4D")
    assert rotate_api_key(Scope(owner_id=minato.pk))[1].startswith("sk_live_")


def test_an_administrator_of_the_centre_waives_it_and_says_why(minato: Owner) -> None:
    head, _ = invite_staff(StaffAsked("head@centre.example", "長", "administrator"))
    root = f"/admin/tenants/owner/{minato.pk}/do/waive"
    browser = _browser(head)
    browser.post(root, {"reason": ""})
    assert not minato.clearances.exists()
    browser.post(root, {"reason": "同じ製品で稼働中のため"})
    fact = minato.clearances.get()
    assert (fact.waived_by, fact.reason) == (head, "同じ製品で稼働中のため")
    assert rotate_api_key(Scope(owner_id=minato.pk))[1].startswith("sk_live_")


@pytest.mark.parametrize("role", ["operator", "approver", "auditor"])
def test_nobody_else_at_the_centre_waives_it(minato: Owner, role: str) -> None:
    clerk, _ = invite_staff(StaffAsked(f"{role}@centre.example", "係", role))
    answer = _browser(clerk).post(f"/admin/tenants/owner/{minato.pk}/do/waive", {"reason": "x"})
    assert answer.status_code == 403
    with pytest.raises(NotAllowed):
        waive_connection_test(minato, clerk, "x")
    assert not minato.clearances.exists()


def test_an_owners_administrator_waives_nothing(minato: Owner) -> None:
    boss, _ = invite_staff(StaffAsked("boss@minato.example", "長", "administrator", minato))
    with pytest.raises(NotAllowed):
        waive_connection_test(minato, boss, "急ぐため")


def test_a_waiver_without_a_reason_is_no_fact(minato: Owner) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Clearance.objects.create(owner=minato, ground="waived", cleared_at=clock.now())


def test_who_went_live_before_stays_live(cast: Cast) -> None:
    before = Clearance.objects.count()
    import_module("tenants.migrations.0004_clearances").let_live_owners_be(apps, None)
    standing = Clearance.objects.filter(ground="standing")
    assert {fact.owner.code for fact in standing} == {"sakura", "aoba"}
    assert not standing.filter(owner__is_test=True).exists()
    assert Clearance.objects.count() == before + 2


def _browser(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return client
