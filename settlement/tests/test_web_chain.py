"""チェーン本部: who holds a chain's key sees that chain's own, and nobody else's."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.models import Case, Chain, ChainFile, Miss
from billing.services.chains import rotate_chain_key
from billing.services.payments import receive_payment
from settlement.tests.chain_file_cast import file_bytes, row, send
from settlement.tests.scene import take
from smartpit.kernel import clock
from tenants.services import StaffAsked
from tests.addresses import CHAIN
from tests.cast import Cast, chain_key, notice, payment_body, register, till
from tests.people import sign_in

PAGES = ("days", "files", "stores", "keys")


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def signed_in(key: str) -> Client:
    client = Client()
    answer = client.post("/chain/", {"key": f" {key} "})
    assert (answer.status_code, answer["Location"]) == (302, "/chain/days/")
    return client


@pytest.fixture
def file(cast: Cast) -> ChainFile:
    payment = take(register(cast.sakura, amount_yen=12_345, title="金糸雀"))
    send(file_bytes(row(payment, amount_yen=9_999)), "day.dat")
    return ChainFile.objects.get()


def test_a_chain_sees_its_days_files_and_differences(cast: Cast, file: ChainFile):
    client = signed_in(cast.lawson)
    assert "12,345円" in text(client.get("/chain/days/"))
    assert "day.dat" in text(client.get("/chain/files/"))
    page = text(client.get(f"/chain/files/{file.pk}/"))
    for words in ("金額相違", "9,999円", "期限", "収納は速報のままです"):
        assert words in page
    assert cast.lawson[:12] in text(client.get("/chain/keys/"))


def test_nothing_of_an_owner_or_of_another_chain_is_there(cast: Cast, file: ChainFile):
    own, other = signed_in(cast.lawson), signed_in(cast.familymart)
    for page in PAGES:
        assert "さくら" not in text(own.get(f"/chain/{page}/"))
        assert "金糸雀" not in text(own.get(f"/chain/{page}/"))
        for words in ("12,345", "9,999", "day.dat"):
            assert words not in text(other.get(f"/chain/{page}/"))
    assert other.get(f"/chain/files/{file.pk}/").status_code == 404
    assert other.get(f"/chain/files/{Case.objects.get().pk}/").status_code == 404


def test_who_has_no_key_is_asked_for_one(cast: Cast, file: ChainFile):
    staff = sign_in(StaffAsked("c@centre.example", "央", "administrator"))
    for client in (Client(), staff):
        for route in CHAIN - {"chain/", "chain/sign-out"}:
            answer = client.get(f"/{route.replace('<uuid:file_id>', str(file.pk))}")
            assert (answer.status_code, answer["Location"]) == (302, "/chain/"), route
    for key in ("ck_live_nonsense", cast.keys["sakura"], "", "x" * 201):
        answer = Client().post("/chain/", {"key": key})
        assert answer.status_code == 200
        assert "sessionid" not in answer.cookies


def test_a_key_that_ends_closes_its_pages(cast: Cast):
    client = signed_in(cast.lawson)
    chain = Chain.objects.get(pk="lawson")
    _, fresh = rotate_chain_key(chain)
    page = text(client.get("/chain/keys/"))
    assert fresh[:12] in page
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert client.get("/chain/days/")["Location"] == "/chain/"
        assert "失効" in text(signed_in(fresh).get("/chain/keys/"))


def test_signing_out_leaves_nothing(cast: Cast):
    client = signed_in(cast.lawson)
    assert client.get("/chain/sign-out").status_code == 405
    client.post("/chain/sign-out")
    assert client.get("/chain/days/").status_code == 302


def test_the_session_holds_no_key(cast: Cast):
    client = signed_in(cast.lawson)
    assert list(client.session.keys()) == ["chain_key"]
    assert isinstance(client.session["chain_key"], int)


def test_errors_stand_by_store(cast: Cast, file: ChainFile):
    invoice = register(cast.sakura)
    told = notice(invoice, store="000777", receipt="R1")
    receive_payment(told)
    body = payment_body(invoice, store="000777", receipt="R1")
    assert till(cast.lawson).post("payments", body | {"amount_yen": 1}).status_code == 409
    Miss.objects.create(chain_id="lawson", store="000777", terminal="01", missed_at=clock.now())
    page = text(signed_in(cast.lawson).get("/chain/stores/"))
    for words in ("000777", "同一キー・別内容", "番号違い", "000001", "確報の金額相違"):
        assert words in page
    assert page.index("000777") < page.index("000001")  # It has the most.


def test_only_a_test_chain_has_the_list(cast: Cast):
    assert signed_in(cast.lawson).get("/chain/conformance/").status_code == 404
    client = signed_in(chain_key("lawson-test"))
    page = text(client.get("/chain/conformance/"))
    assert "残り 18 項目" in page
    assert "テスト環境" in page
    for name in PAGES:
        assert client.get(f"/chain/{name}/").status_code == 200
