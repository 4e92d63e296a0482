"""The front door: who is sent where, and who failed too often."""

import pytest
from django.test import Client, override_settings

from tenants.models import Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast
from tests.people import PASSWORD, sign_in


def test_each_audience_is_sent_to_its_own_pages(cast: Cast) -> None:
    asked = {
        "/admin/": StaffAsked("centre@example.com", "運営", "operator"),
        "/dashboard/": StaffAsked("owner@example.com", "経理", "accountant", cast.sakura),
        "/portal/": StaffAsked("t@example.com", "教務", "staff", cast.sakura, cast.engineering),
    }
    for page, staff in asked.items():
        answer = sign_in(staff).get("/")
        assert answer.status_code == 302
        assert answer["Location"] == page


def test_who_is_not_signed_in_is_welcomed_and_may_sign_in(cast: Cast) -> None:
    answer = Client().get("/")
    assert answer.status_code == 200
    assert "サインイン" in answer.content.decode()
    invite_staff(StaffAsked("owner@example.com", "経理", "accountant", cast.sakura), PASSWORD)
    entered = Client().post("/login", {"username": "owner@example.com", "password": PASSWORD})
    assert entered["Location"] == "/"


@override_settings(AXES_ENABLED=True, AXES_FAILURE_LIMIT=3)
def test_three_wrong_passwords_lock_the_door_for_that_person_and_address(cast: Cast) -> None:
    invite_staff(StaffAsked("owner@example.com", "経理", "accountant", cast.sakura), PASSWORD)
    wrong = {"username": "owner@example.com", "password": "wrong"}
    for _ in range(2):
        assert Client().post("/login", wrong).status_code == 200
    assert Client().post("/login", wrong).status_code == 429
    right = wrong | {"password": PASSWORD}
    assert Client().post("/login", right).status_code == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post("/login", right).status_code == 302


def test_who_has_left_is_signed_out_and_stays_out(cast: Cast) -> None:
    client = sign_in(StaffAsked("owner@example.com", "経理", "accountant", cast.sakura))
    assert client.get("/dashboard/").status_code == 200
    Staff.objects.filter(email="owner@example.com").update(is_active=False)
    assert client.get("/dashboard/").status_code == 302


def test_a_page_may_run_no_inline_script_and_load_nothing_from_elsewhere(cast: Cast) -> None:
    client = sign_in(StaffAsked("owner@example.com", "経理", "administrator", cast.sakura))
    for page in ("/login", "/dashboard/", "/dashboard/payments/"):
        answer = client.get(page, follow=True)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        body = answer.content.decode()
        assert "<script>" not in body
        assert "style=" not in body
        assert "https://" not in body


def test_a_page_left_open_goes_to_sign_in_as_a_whole(cast: Cast) -> None:
    """Else the form to sign in would be swapped into a table's row."""
    asked = {"HX-Request": "true", "HX-Current-URL": "http://testserver/dashboard/payments/"}
    answer = Client(headers=asked).get("/dashboard/payments/new?after=1")
    assert answer["HX-Redirect"] == "/login?next=/dashboard/payments/"


def test_no_page_is_kept_for_who_comes_after(cast: Cast) -> None:
    client = sign_in(StaffAsked("owner@example.com", "経理", "administrator", cast.sakura))
    for page in ("/dashboard/", "/dashboard/connection/"):
        assert "no-store" in client.get(page)["Cache-Control"]


def test_a_button_pressed_from_another_site_does_nothing(cast: Cast) -> None:
    staff, _ = invite_staff(StaffAsked("o@example.com", "経理", "administrator", cast.sakura))
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    for button in ("/dashboard/connection/keys", "/dashboard/tenants/apply", "/logout", "/login"):
        assert client.post(button, {}).status_code == 403
    page = client.get("/dashboard/tenants/apply").content.decode()
    token = client.cookies["csrftoken"].value
    assert "csrfmiddlewaretoken" in page
    sent = client.post("/dashboard/tenants/apply", {}, headers={"X-CSRFToken": token})
    assert sent.status_code == 200


@pytest.mark.parametrize("page", ["/", "/login"])
def test_the_footer_says_whose_system_this_is_not(db: None, page: str) -> None:
    assert "運営する会社のシステムではありません" in Client().get(page).content.decode()


def test_an_address_is_the_same_in_capitals(cast: Cast):
    invited = StaffAsked("Owner@Example.com", "港 一郎", "administrator", owner=cast.sakura)
    invite_staff(invited, PASSWORD)
    for email in ("owner@example.com", "OWNER@example.com"):
        entered = Client().post("/login", {"username": email, "password": PASSWORD})
        assert entered.status_code == 302
