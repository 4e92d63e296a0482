"""Whose rows are whose: every address, every stranger.

Each address has its class here; one that has none fails. For each address of an owner or a tenant
that names a row, every kind of stranger gets 404 (or is sent to sign in), no row of the database
changes, and the owner's canary words are on no page of anybody else's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from PIL import Image

from billing.models import Endpoint, Invoice, Payment
from billing.services.batches import BatchAsked, order_batch
from billing.services.cards import hand_over_card
from billing.services.connection_tests import start_test
from billing.services.desk import HandOverAsked, hand_over
from billing.services.imports import receive_import, run_imports
from billing.services.notifications import EndpointAsked, add_endpoint
from billing.services.packs import make_pack
from billing.services.payments import receive_payment
from billing.services.printing import print_batch
from billing.services.twins import pay_test_invoice
from cards.models import Batch, Member
from cards.printing.profiles import PROFILES
from cards.services import MemberAsked, issue_card
from cards.services.designs import DesignAsked, keep_artwork, keep_profile, make_design
from settlement.models import Payout, Statement, SubStatement
from settlement.tests.papers_cast import worked_example
from settlement.tests.payout_cast import make_payee
from tenants.access import Scope
from tenants.services import StaffAsked, invite_staff
from tenants.web.gates import Door
from tests.addresses import (
    CHAIN,
    OWNER,
    OWNER_KEY,
    PRACTICE,
    PUBLIC,
    SECRET_ADDRESS,
    SIGNED_IN,
    TENANT,
    TEST_SIDE,
    TILL_KEY,
)
from tests.cast import Cast, notice, register, system, till
from tests.people import sign_in

CANARY = "金糸雀"

KINDS = {
    "<slug:kind>": "single",
    "<slug:side>": "front",
    "<str:item>": "error",
    "<int:year>": "2026",
}  # Words of an address that name no row.


@dataclass(frozen=True)
class World:
    """The cast, with rows of sakura and its dormitory that carry the canary."""

    cast: Cast
    ids: dict[str, str]

    def address(self, route: str) -> str | None:
        """Return the route with the canaries' rows in it, or None where it names no row."""
        filled = route
        for word, named in (self.ids | KINDS).items():
            filled = filled.replace(word, named)
        assert "<" not in filled, f"{route}: say which row stands for it"
        return f"/{filled}"

    def names_a_row(self, route: str) -> bool:
        return any(word in route for word in self.ids)


@pytest.fixture
def world(cast: Cast) -> World:
    invoice = register(cast.sakura, tenant="dormitory", title=f"{CANARY}寮費", repeats=True)
    receive_payment(notice(invoice))
    asked = MemberAsked(f"{CANARY}-1", f"{CANARY} 花子")
    member = hand_over_card(cast.scope, asked).member
    clerk, _ = invite_staff(StaffAsked("clerk@sakura.example", "受付", "desk", cast.sakura))
    blank = issue_card("joint", owner=cast.sakura).number
    handed = hand_over(cast.scope, HandOverAsked(blank, f"{CANARY}-3"), clerk)
    assert handed.fact is not None
    members = f"member_reference,member_name\n{CANARY}-2,{CANARY} 太郎\n".encode()
    batch = order_batch(cast.scope, BatchAsked(f"{CANARY}.csv", members))
    print_batch(str(batch.pk))
    boss, _ = invite_staff(StaffAsked("boss@sakura.example", "長", "administrator", cast.sakura))
    pack = make_pack(cast.scope, str(batch.pk), made_by=boss, reason="発注")
    endpoint, _ = add_endpoint(cast.scope, EndpointAsked("https://hooks.example.com/canary"))
    artwork = keep_artwork(cast.scope, f"{CANARY}.png", one_pixel())
    design = DesignAsked("canary", f"{CANARY}の会員証", "plastic")
    printer = PROFILES["a4"].document() | {"code": "canary", "name": f"{CANARY}の複合機"}
    make_payee(cast.sakura)
    payment_id = str(Payment.objects.get(owner=cast.sakura).pk)
    payout = worked_example(cast, f"{CANARY}寮費").payouts.get()
    share = payout.statement.sub_statements.get()
    return World(
        cast,
        {
            "<uuid:payment_id>": payment_id,
            **tried_by(cast),
            "<uuid:invoice_id>": str(invoice.pk),
            "<int:member_id>": str(member.pk),
            "<int:hand_over_id>": str(handed.fact.pk),
            "<uuid:batch_id>": str(batch.pk),
            "<int:file_id>": str(batch.files.get().pk),
            "<int:pack_id>": str(pack.row.pk),
            "<slug:code>": make_design(cast.scope, design).design.code,
            "<int:number>": "1",
            "<uuid:artwork_id>": str(artwork.pk),
            "<slug:printer>": keep_profile(cast.scope, "canary", printer).code,
            "<uuid:endpoint_id>": str(endpoint.pk),
            **dict.fromkeys(("<uuid:test_id>", "<str:connection_test>"), passed_test(cast)),
            "<uuid:statement_id>": str(payout.statement_id),
            "<uuid:sub_statement_id>": str(share.pk),
            "<str:invoice>": str(invoice.pk),
            **dict.fromkeys(("<str:job>", "<uuid:job_id>"), make_import(cast, invoice.card.number)),
            "<str:number>": invoice.card.number,
            "<str:endpoint>": str(endpoint.pk),
            "<str:tenant>": "dormitory",
            "<str:statement>": str(payout.statement_id),
        },
    )


def make_import(cast: Cast, number: str) -> str:
    """Import a tenant's file of which one row is refused, and return the job."""
    row = f"{CANARY}-1,{number},{CANARY},0\n"
    rows = BytesIO(f"reference,number,title,amount_yen\n{row}".encode())
    scope = Scope(owner_id=cast.sakura.pk, tenant_id=cast.dormitory.pk)
    job = receive_import(scope, rows, name=f"{CANARY}.csv")
    run_imports(cast.sakura.pk)
    return str(job.pk)


def tried_by(cast: Cast) -> dict[str, str]:
    """Make sakura's rows of the test side."""
    twin = Scope(owner_id=cast.sakura.twin.pk)
    paid, unpaid = (register(cast.sakura.twin, title=f"{CANARY}の試し") for _ in range(2))
    endpoint, _ = add_endpoint(twin, EndpointAsked("https://hooks.example.com/canary"))
    return {
        "<uuid:test_invoice_id>": str(unpaid.pk),
        "<uuid:test_payment_id>": str(pay_test_invoice(twin, str(paid.pk)).pk),
        "<uuid:test_endpoint_id>": str(endpoint.pk),
    }


def passed_test(cast: Cast) -> str:
    test = start_test(Scope(owner_id=cast.sakura.twin.pk))
    test.items.update(evidence={"payments_count": 1, "amount_yen": 1})
    return str(test.move(to="passed", ended_at=test.started_at, certificate=f"CT-{CANARY}").pk)


def one_pixel() -> bytes:
    content = BytesIO()
    Image.new("RGB", (1, 1), "white").save(content, "PNG")
    return content.getvalue()


def routes() -> dict[str, URLPattern]:
    """Return every address there is; the back office's own are one class by themselves."""
    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], root: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = root + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, pattern


def rows_now() -> dict[str, str]:
    """Return a fingerprint of every table of ours."""
    marks = {}
    for model in apps.get_models():
        if model._meta.app_label not in ("tenants", "cards", "billing", "settlement"):
            continue
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT md5(string_agg(r::text, chr(10) ORDER BY r::text)) FROM "{table}" r'
            )
            marks[table] = str(cursor.fetchone())
    return marks


def tries(client: Client, address: str) -> list[Any]:
    return [client.get(address), client.post(address, {"title": "x", "amount_yen": 1})]


def test_every_address_has_its_class() -> None:
    of_people = PUBLIC | SECRET_ADDRESS | SIGNED_IN | PRACTICE | CHAIN | OWNER | TENANT
    known = of_people | TILL_KEY | OWNER_KEY
    there = {route for route in routes() if not route.startswith("admin/")}
    assert there - known == set(), "an address without a class"
    assert known - there == set(), "a class without an address"


def test_every_page_of_an_owner_or_a_tenant_stands_behind_a_door() -> None:
    for route, pattern in routes().items():
        if route in OWNER | TENANT:
            assert isinstance(getattr(pattern.callback, "door", None), Door), route


def test_every_page_of_the_back_office_asks_who_is_there(db: None) -> None:
    for route in routes():
        if route.startswith("admin/") and "<" not in route and route != "admin/login/":
            assert Client().get(f"/{route}").status_code in (302, 404, 405), route
            assert Client().post(f"/{route}").status_code in (302, 404, 405), route


def owners_strangers(cast: Cast) -> dict[str, Client]:
    return {
        "another owner": sign_in(StaffAsked("a@aoba.example", "青", "administrator", cast.aoba)),
        "its tenant": sign_in(
            StaffAsked("d@sakura.example", "寮", "administrator", cast.sakura, cast.dormitory)
        ),
        "the centre": sign_in(StaffAsked("c@centre.example", "央", "administrator")),
    }


def tenants_strangers(cast: Cast) -> dict[str, Client]:
    return {
        "another tenant": sign_in(
            StaffAsked("e@sakura.example", "工", "administrator", cast.sakura, cast.engineering)
        ),
        "the owner": sign_in(StaffAsked("o@sakura.example", "桜", "administrator", cast.sakura)),
        "another owner": sign_in(StaffAsked("a@aoba.example", "青", "administrator", cast.aoba)),
        "the centre": sign_in(StaffAsked("c@centre.example", "央", "administrator")),
    }


@pytest.mark.parametrize("of_tenant", [False, True], ids=["owner", "tenant"])
def test_a_strangers_row_is_like_one_that_never_was(world: World, *, of_tenant: bool) -> None:
    strangers = (tenants_strangers if of_tenant else owners_strangers)(world.cast)
    before = rows_now()
    for route in sorted(TENANT if of_tenant else OWNER):
        if not world.names_a_row(route):
            continue
        for who, client in strangers.items():
            for answer in tries(client, world.address(route) or ""):
                assert answer.status_code in (404, 405), f"{who}: {route}"
                assert CANARY not in answer.content.decode(), f"{who}: {route}"
    assert rows_now() == before


def test_who_is_not_signed_in_is_sent_to_sign_in(world: World) -> None:
    before = rows_now()
    for route in sorted(OWNER | TENANT):
        for answer in tries(Client(), world.address(route) or ""):
            assert answer.status_code == 302, route
            assert answer["Location"].startswith("/login?next="), route
    assert rows_now() == before


def test_the_rows_are_there_for_those_whose_they_are(world: World) -> None:
    """Without this the tests above would also pass on pages that show nobody anything."""
    owner = sign_in(StaffAsked("o@sakura.example", "桜", "administrator", world.cast.sakura))
    tenant = sign_in(
        StaffAsked(
            "d@sakura.example", "寮", "administrator", world.cast.sakura, world.cast.dormitory
        )
    )
    for route in sorted(OWNER | TENANT):
        client = owner if route in OWNER else tenant
        answer = client.get(world.address(route) or "")
        assert answer.status_code in (200, 204, 302, 405), route
    for page in (
        "dashboard/payments/",
        "dashboard/invoices/",
        "dashboard/cards/",
        "dashboard/desk/",
    ):
        assert CANARY in owner.get(f"/{page}").content.decode(), page
    for page in ("portal/payments/", "portal/invoices/", "portal/"):
        assert CANARY in tenant.get(f"/{page}").content.decode(), page


def lists(client: Client, routes_: set[str]) -> Iterator[tuple[str, str]]:
    for route in sorted(routes_):
        if "<" not in route:
            answer = client.get(f"/{route}")
            streams = answer.streaming
            text = answer.getvalue() if streams else answer.content
            yield route, text.decode(errors="replace")  # One of them is a PDF.


def test_nobodys_canary_sings_on_anothers_lists(world: World) -> None:
    aoba = sign_in(StaffAsked("a@aoba.example", "青", "administrator", world.cast.aoba))
    engineering = sign_in(
        StaffAsked(
            "e@sakura.example", "工", "administrator", world.cast.sakura, world.cast.engineering
        )
    )
    for route, body in lists(aoba, OWNER):
        for word in (CANARY, "さくら学園", "117,742", "hooks.example.com"):
            assert word not in body, route
    for route, body in lists(engineering, TENANT):
        for word in (CANARY, "117,742", "119,999", "hooks.example.com"):
            assert word not in body, route


def test_a_tenants_staff_see_no_page_of_the_dashboard(world: World) -> None:
    tenant = owners_strangers(world.cast)["its tenant"]
    for route in sorted(OWNER):
        assert tenant.get(world.address(route) or "").status_code == 404, route


def test_a_strangers_key_opens_nothing_through_the_api(world: World) -> None:
    # The test side has a tenant of each code of its own: a stranger has none of this one.
    world.cast.sakura.twin.tenants.filter(code="dormitory").update(code="elsewhere")
    before = rows_now()
    for route in sorted(OWNER_KEY):
        if not world.names_a_row(route):
            continue
        path = (world.address(route) or "").removeprefix("/api/owner/v1/")
        # Rows of the test side are the test key's own; there the live key is the stranger.
        strange = "sakura" if route in TEST_SIDE else "test"
        for who in ("aoba", strange, "engineering"):
            key = world.cast.keys[who]
            for method in ("get", "patch", "delete", "post"):
                answer = system(key).send(method, path, {})
                assert answer.status_code in (403, 404, 405, 422), f"{who}: {method} {route}"
                assert CANARY not in answer.content.decode(), f"{who}: {method} {route}"
                if method == "get":
                    assert answer.status_code in (403, 404, 405), f"{who}: {route}"
    assert rows_now() == before


def test_no_kind_of_key_opens_anothers_api(world: World) -> None:
    for route in sorted(OWNER_KEY):
        path = (world.address(route) or "").removeprefix("/api/owner/v1/")
        for key in (None, world.cast.lawson, "sk_live_nonsense"):
            assert system(key).get(path).status_code in (401, 405), route
    for route in sorted(TILL_KEY):
        path = route.removeprefix("api/till/v1/").replace("<str:", "").replace(">", "")
        for owners_key in (None, world.cast.keys["sakura"], "ck_live_nonsense"):
            assert till(owners_key).post(path, {}).status_code in (401, 405), route


def test_the_world_has_a_row_for_each_kind_of_address(world: World) -> None:
    for model in (Invoice, Payment, Member, Batch, Endpoint, Statement, SubStatement, Payout):
        assert model._default_manager.exists(), model
