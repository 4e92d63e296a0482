"""開発者: the walk in curl lines is run as it stands on the page; the rest is pressed."""

import html
import json
import re
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from billing.models import Endpoint, Event, Invoice, Payment
from billing.services.invoices import withdraw_invoice
from settlement.books import trial_balance
from smartpit.web.examples import NO_KEY
from tenants.access import Scope
from tenants.models import ApiKey, Centre, Owner
from tenants.selectors import api_key
from tenants.services import StaffAsked, TermsSigned, change_contract, shown_test_key
from tests.cast import Cast, register
from tests.people import sign_in

PAGE = "/dashboard/developer/"


@pytest.fixture
def developer(cast: Cast) -> Client:
    return sign_in(StaffAsked("developer@example.com", "開発", "developer", cast.sakura))


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def lines_of(body: str) -> list[str]:
    return [
        html.unescape(line) for line in re.findall(r'<pre id="line-\d+"[^>]*>(.*?)</pre>', body)
    ]


@dataclass(frozen=True)
class Curl:
    """A curl line taken apart, and run at the site."""

    address: str
    key: str
    body: str | None

    @classmethod
    def of(cls, line: str) -> "Curl":
        words = shlex.split(line)
        assert words[0] == "curl"
        headers = dict(
            words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H"
        )
        body = words[words.index("-d") + 1] if "-d" in words else None
        assert (headers.get("Content-Type") == "application/json") is (body is not None)
        (address,) = [word for word in words if word.startswith("http")]
        return cls(address, headers["Authorization"].removeprefix("Bearer "), body)

    def run(self) -> tuple[int, Any]:
        parts = urlsplit(self.address)
        client = Client(headers={"Authorization": f"Bearer {self.key}"})
        path = f"{parts.path}?{parts.query}"
        answer: Any = (
            client.get(path)
            if self.body is None
            else client.post(path, self.body, content_type="application/json")
        )
        return answer.status_code, json.loads(answer.content)


def test_each_line_of_the_walk_runs_as_it_stands(cast: Cast, developer: Client):
    developer.post(f"{PAGE}keys")
    told = []
    for place in range(7):
        line = lines_of(page(developer))[place]
        assert "<" not in line, line
        status, answer = Curl.of(line).run()
        assert status in (200, 201), answer
        told.append(answer)
    card, invoice, payment, first, acknowledged, confirmed, second = told
    assert card["number"][1:3] == "99"
    assert (invoice["status"], invoice["number"]) == ("open", card["number"])
    assert (payment["status"], payment["invoice"]) == ("reported", invoice["invoice"])
    assert [event["type"] for event in first["events"]] == ["payment.reported"]
    assert acknowledged == {"acknowledged": 1, "last": 1}
    assert confirmed["payments"][0]["status"] == "confirmed"
    assert [event["type"] for event in second["events"]] == ["payment.confirmed"]
    assert all(event["data"]["test"] is True for event in first["events"] + second["events"])
    assert trial_balance() == {}
    assert not Event.objects.filter(owner=cast.sakura).exists()


def test_the_lines_carry_the_owners_own_test_key(cast: Cast, developer: Client):
    for line in lines_of(page(developer)):
        assert Curl.of(line).key == cast.keys["test"]
    developer.post(f"{PAGE}keys")
    (key,) = {Curl.of(line).key for line in lines_of(page(developer))}
    assert key != cast.keys["test"]
    found = api_key(key)
    assert found is not None
    assert (found.owner, found.tenant) == (cast.sakura.twin, None)
    assert api_key(cast.keys["test"]) is not None  # For a day it goes on.


def test_no_live_key_is_kept_and_no_viewer_shown_one(cast: Cast, developer: Client):
    assert not ApiKey.objects.filter(owner__is_test=False).exclude(sealed=None).exists()
    assert shown_test_key(cast.sakura) is None
    viewer = sign_in(StaffAsked("viewer@example.com", "閲覧", "viewer", cast.sakura))
    body = page(viewer)
    assert cast.keys["test"] not in body
    assert {Curl.of(line).key for line in lines_of(body)} == {NO_KEY}
    (kept,) = ApiKey.objects.exclude(sealed=None)
    assert kept.sealed is not None
    assert cast.keys["test"].encode() not in bytes(kept.sealed)


def test_a_key_that_cannot_be_opened_any_more_is_asked_for_anew(
    cast: Cast, developer: Client, settings: Any
):
    settings.SECRET_KEY = "another"
    client = sign_in(StaffAsked("d2@example.com", "開発", "developer", cast.sakura))
    body = page(client)
    assert "表示できるテストキーがありません" in body
    assert {Curl.of(line).key for line in lines_of(body)} == {NO_KEY}


def test_what_is_not_there_yet_is_named(developer: Client):
    lines = lines_of(page(developer))
    assert ["<" in line for line in lines] == [False, True, True, False, False, True, False]
    assert "<1の応答の number>" in lines[1]


def test_a_line_with_a_certificate_says_so(cast: Cast, developer: Client):
    terms = TermsSigned(
        cast.sakura.contracts.get().starts_on,
        connection="super",
        networks=("10.20.0.0/16",),
        client_certificates=("ab" * 32,),
    )
    change_contract(cast.sakura.twin, terms)
    for line in lines_of(page(developer)):
        assert " --cert client.pem --key client-key.pem " in line


# -- without a line -----------------------------------------------------------------------------


def test_an_invoice_is_registered_paid_and_confirmed_by_buttons(cast: Cast, developer: Client):
    developer.post(f"{PAGE}invoices")
    invoice = Invoice.objects.get()
    assert (invoice.owner, invoice.status) == (cast.sakura.twin, "open")
    assert f'action="{PAGE}invoices/{invoice.pk}/pay"' in page(developer)
    answer = developer.post(f"{PAGE}invoices/{invoice.pk}/pay", {"chain": "ministop"}, follow=True)
    assert "支払を受け付けました" in answer.content.decode()
    payment = Payment.objects.get()
    assert (payment.chain_id, payment.status) == ("ministop-test", "reported")
    answer = developer.post(f"{PAGE}payments/{payment.pk}/confirm", follow=True)
    assert "確報にしました" in answer.content.decode()
    assert "payment.confirmed" in answer.content.decode()
    payment.refresh_from_db()
    assert payment.status == "confirmed"


def test_a_refusal_is_told(cast: Cast, developer: Client):
    invoice = register(cast.sakura.twin)
    withdraw_invoice(Scope(owner_id=cast.sakura.twin.pk), str(invoice.pk))
    answer = developer.post(f"{PAGE}invoices/{invoice.pk}/pay", follow=True)
    assert "取り下げられました" in answer.content.decode()
    paid = register(cast.sakura.twin)
    developer.post(f"{PAGE}invoices/{paid.pk}/pay")
    payment = Payment.objects.get()
    for words in ("確報にしました", "すでに確報済です"):
        answer = developer.post(f"{PAGE}payments/{payment.pk}/confirm", follow=True)
        assert words in answer.content.decode()


def test_live_rows_cannot_be_played_with(cast: Cast, developer: Client):
    live = register(cast.sakura)
    assert developer.post(f"{PAGE}invoices/{live.pk}/pay").status_code == 404
    others = register(cast.aoba.twin)
    assert developer.post(f"{PAGE}invoices/{others.pk}/pay").status_code == 404
    assert not Payment.objects.exists()


def test_an_endpoint_of_the_test_side_is_added_rotated_and_removed(cast: Cast, developer: Client):
    Centre.objects.update(is_demo=True)
    words = {"url": "http://127.0.0.1:8099/hook", "tenant": "dormitory"}
    words |= {"types": "payment.reported"}
    first = shown(developer.post(f"{PAGE}endpoints/add", words).content.decode())
    endpoint = Endpoint.objects.get()
    assert endpoint.owner == cast.sakura.twin
    assert endpoint.tenant is not None
    assert endpoint.tenant.code == "dormitory"
    assert endpoint.types == ["payment.reported"]
    assert first not in page(developer)
    root = f"{PAGE}endpoints/{endpoint.pk}"
    assert shown(developer.post(f"{root}/rotate").content.decode()) != first
    developer.post(f"{root}/remove")
    endpoint.refresh_from_db()
    assert endpoint.status == "deleted"
    refused = developer.post(f"{PAGE}endpoints/add", words | {"url": "https://10.0.0.1/x"})
    assert "invalid-feedback" in refused.content.decode()


def shown(body: str) -> str:
    found = re.search(r"<output>(whsec_[^<]+)</output>", body)
    assert found is not None
    return found[1]


def test_a_live_endpoint_is_not_the_test_sides(cast: Cast, developer: Client):
    Centre.objects.update(is_demo=True)
    developer.post("/dashboard/connection/endpoints/add", {"url": "http://127.0.0.1:8099/hook"})
    live = Endpoint.objects.get()
    assert live.owner == cast.sakura
    assert live.url not in page(developer)
    for verb in ("rotate", "remove"):
        assert developer.post(f"{PAGE}endpoints/{live.pk}/{verb}").status_code == 404


def test_every_owner_has_a_twin_with_its_tenants(cast: Cast):
    for owner in Owner.objects.filter(is_test=False):
        codes = [set(side.tenants.values_list("code", flat=True)) for side in (owner, owner.twin)]
        assert codes[0] == codes[1]
    assert set(cast.sakura.twin.tenants.values_list("status", flat=True)) == {"live"}
