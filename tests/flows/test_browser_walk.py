"""From an empty real centre to a payment on the owner's page, in browsers alone."""

import re

from django.core import mail
from django.core.management import call_command
from django.test import Client

from billing.models import Payment
from smartpit.kernel import clock
from tenants.models import Owner, Tenant
from tenants.passwords import send_letters


def sign_in(email: str, password: str) -> Client:
    client = Client()
    answer = client.post("/login", {"username": email, "password": password})
    assert answer.status_code == 302
    return client


def shown_secret(body: str) -> str:
    found = re.search(r"<output[^>]*>([^<]+)</output>", body)
    assert found is not None
    return found[1]


def mailed_link(address: str) -> str:
    """Return the page by which a person sets their own password; only their mail names it."""
    send_letters()
    letter = next(one for one in reversed(mail.outbox) if one.to == [address])
    found = re.search(r"https?://[^/]+(/password/set/\S+)", str(letter.body))
    assert found is not None
    return found[1]


def hidden(body: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))


def found(capsys: object) -> Client:
    """Found a centre as its operator would, and sign in with the password that was printed."""
    call_command("found", name="ひかりセンター", email="head@hikari.example")
    printed = capsys.readouterr().out  # type: ignore[attr-defined]
    password = re.search(r"パスワード（[^）]*）: (\S+)", printed)
    assert password is not None
    return sign_in("head@hikari.example", password[1])


def open_owner(centre: Client) -> Client:
    """Sign an owner, and return the browser of its administrator."""
    terms = {
        "code": "minato",
        "name": "みなと水道",
        "starts_on": clock.business_date().isoformat(),
        "plan": "plan-120",
        "connection": "regular",
        "cycle": "month-end",
        "setup_fees": "apart",
        "stamp": "by_amount",
        "first_registration_basis": "contract",
    }
    centre.post("/admin/tenants/owner/add/", terms)
    owner = Owner.objects.get(code="minato", is_test=False)
    asked = {
        "email": "owner@minato.example",
        "name": "港 一郎",
        "place": f"owner:{owner.pk}",
        "role": "administrator",
    }
    centre.post("/admin/tenants/staff/add/", asked)
    own = {"new_password1": "minato no mizu", "new_password2": "minato no mizu"}
    Client().post(mailed_link("owner@minato.example"), own)
    return sign_in("owner@minato.example", own["new_password1"])


def live_tenant(centre: Client, owner: Client) -> Tenant:
    tenant = {"code": "kita", "name": "北営業所"}
    zero = {"commission_yen": 0, "commission_basis_points": 0}
    owner.post("/dashboard/tenants/apply", tenant | zero)
    applied = Tenant.objects.get(code="kita", owner__is_test=False)
    for step in ("screen", "live"):
        centre.post(f"/admin/tenants/tenant/{applied.pk}/do/{step}")
    return applied


def test_from_nothing_to_a_payment_of_4_800_yen(db: None, capsys: object) -> None:
    centre = found(capsys)
    assert centre.get("/")["Location"] == "/admin/"
    owner = open_owner(centre)
    live_tenant(centre, owner)

    member = owner.post("/dashboard/cards/issue", {"reference": "M-1", "name": "海野 渚"})
    number = re.search(
        r'<span class="number">([\d ]+)</span>', owner.get(member["Location"]).content.decode()
    )
    assert number is not None
    invoice = {"reference": "W-1", "number": number[1], "tenant": "kita", "title": "水道料金"}
    owner.post("/dashboard/invoices/register/single", invoice | {"amount_yen": 4_800})

    listed = centre.post("/till/invoices", {"chain": "lawson", "number": number[1]})
    body = listed.content.decode()
    assert "水道料金" in body
    form = hidden(centre.post("/till/register", hidden(body)).content.decode())
    paid = centre.post("/till/pay", form | {"taken_yen": 5_000}, follow=True).content.decode()
    assert "領収書" in paid

    assert Payment.objects.get().amount_yen == 4_800
    assert "4,800円" in owner.get("/dashboard/payments/").content.decode()
    assert Client().get("/till/").status_code == 404
