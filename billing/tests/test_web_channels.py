"""システム連携 and the ladder's pages: how notifications fare, and who else is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.delivery import post as wire
from billing.delivery.post import Outcome
from billing.models import Endpoint, NoticeChannel, Payment
from billing.services.events import acknowledge
from billing.services.ladder import climb
from billing.services.notices import send_notices
from billing.services.notifications import EndpointAsked, add_endpoint
from billing.services.sending import deliver_due
from billing.tests.receiver import pay
from smartpit.kernel import clock
from tenants.models import Centre
from tenants.services import StaffAsked
from tests.cast import Cast, code_of, system, told
from tests.people import sign_in

WORDS = {
    "mail_to": "keiri@sakura.example",
    "mail_after_minutes": "15",
    "fax_number": "03-1234-5678",
    "fax_after_minutes": "60",
}


@pytest.fixture
def boss(cast: Cast) -> Client:
    Centre.objects.update(is_demo=True)
    return sign_in(StaffAsked("boss@sakura.example", "長", "administrator", cast.sakura))


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_administrator_sets_the_channel_and_sees_what_went_out_by_it(
    cast: Cast, boss: Client, tmp_path: Any, settings: Any
) -> None:
    settings.FAX_URL = f"file:{tmp_path}"
    answer = boss.post("/dashboard/connection/channel", WORDS)
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/connection/")
    channel = NoticeChannel.objects.get()
    assert (channel.mail_to, channel.fax_number) == (["keiri@sakura.example"], "0312345678")
    assert "0312345678" in page(boss, "/dashboard/connection/channel")
    pay(cast.sakura)
    with clock.frozen(clock.now() + timedelta(minutes=60)):
        climb()
        assert send_notices() == 2
    shown = page(boss, f"/dashboard/payments/{Payment.objects.get().pk}/")
    assert shown.index("メール <") < shown.index("FAX <")
    connection = page(boss, "/dashboard/connection/")
    assert "15分後" in connection
    assert "60分後" in connection
    assert "送信済" in connection


@pytest.mark.parametrize(
    ("name", "word"),
    [("fax_number", "123"), ("mail_to", "keiri"), ("mail_after_minutes", "0")],
)
def test_a_wrong_word_of_the_channel_is_told_beside_its_field(
    boss: Client, name: str, word: str
) -> None:
    answer = boss.post("/dashboard/connection/channel", WORDS | {name: word})
    assert (answer.status_code, NoticeChannel.objects.count()) == (200, 0)
    assert "invalid-feedback" in answer.content.decode()


def test_a_developer_sets_no_channel_that_costs_money(cast: Cast, boss: Client) -> None:
    developer = sign_in(StaffAsked("dev@sakura.example", "開発", "developer", cast.sakura))
    answer = developer.post("/dashboard/connection/channel", WORDS)
    assert "権限がありません" in answer.content.decode()
    assert NoticeChannel.objects.count() == 0


def test_the_page_tells_how_far_a_reader_came_and_how_each_endpoint_fares(
    cast: Cast, boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = add_endpoint(
        cast.scope, EndpointAsked("https://hook.example/", ("payment.reported",))
    )
    for _ in range(3):
        pay(cast.sakura)
    acknowledge(cast.scope, 1)
    monkeypatch.setattr(wire, "post", lambda _letter: Outcome(503))
    deliver_due()
    shown = page(boss, "/dashboard/connection/")
    for words in ("1</span> 番まで", "未受領", "HTTP 503", "から失敗"):
        assert words in shown
    one = page(boss, f"/dashboard/connection/endpoints/{made.pk}/")
    assert "0</span> 番まで" in one
    assert "payment.reported" in one


def test_a_disabled_endpoint_is_turned_on_again_and_told_what_it_missed(
    cast: Cast, boss: Client
) -> None:
    made, _ = add_endpoint(cast.scope, EndpointAsked("https://hook.example/"))
    pay(cast.sakura)
    Endpoint.objects.update(status="disabled")
    assert "有効に戻す" in page(boss, f"/dashboard/connection/endpoints/{made.pk}/")
    boss.post(f"/dashboard/connection/endpoints/{made.pk}/enable")
    made.refresh_from_db()
    assert made.status == "active"
    boss.post("/dashboard/connection/resend", {"first": "1", "last": "1"})
    assert "1件の通知を再送します" in page(boss, "/dashboard/connection/")
    boss.post("/dashboard/connection/resend", {"first": "2", "last": "1"})
    assert "再送できませんでした" in page(boss, "/dashboard/connection/")


def test_a_system_turns_its_own_endpoint_on_again(cast: Cast) -> None:
    made, _ = add_endpoint(cast.scope, EndpointAsked("https://hook.example/"))
    Endpoint.objects.update(status="disabled")
    path = f"endpoints/{made.pk}/enable"
    assert code_of(system(cast.keys["aoba"]).post(path, {})) == (404, "not_found")
    for _ in range(2):
        answer = system(cast.keys["sakura"]).post(path, {})
        assert (answer.status_code, told(answer)["status"]) == (200, "active")


def test_an_endpoint_is_added_for_the_types_that_were_picked(boss: Client) -> None:
    words = {"url": "https://hook.example/", "types": ["payment.reported", "payment.reversed"]}
    assert boss.post("/dashboard/connection/endpoints/add", words).status_code == 200
    assert Endpoint.objects.get().types == ["payment.reported", "payment.reversed"]
