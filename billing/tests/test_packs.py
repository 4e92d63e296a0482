"""Members leave the centre only by an administrator, for a reason, on record, under lock, once."""

import io
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import pyzipper
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client

from billing.services import packs
from billing.services.batches import BatchAsked, SiteUrlUnset, order_batch
from billing.services.packs import (
    BatchNotPrinted,
    Pack,
    PackGone,
    alert_of_packs,
    make_pack,
    take_pack,
    throw_away_packs,
)
from billing.services.printing import print_batch
from billing.tasks import sweep_packs
from cards.models import Batch, CardPack, CardPackFile
from cards.services.designs import DesignAsked, make_design
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from tenants.access import CENTRE, NotAllowed, NotFound, Scope
from tenants.models import Centre, Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast
from tests.people import PASSWORD, sign_in

WHY = "2026年度会員証の発注のため"


def person(cast: Cast, role: str, **words: Any) -> Staff:
    asked = StaffAsked(f"{role}{len(words)}@sakura.example", "桜 花子", role, cast.sakura, **words)
    return invite_staff(asked, PASSWORD)[0]


@pytest.fixture
def boss(cast: Cast) -> Staff:
    return person(cast, Staff.Role.ADMINISTRATOR)


@pytest.fixture
def batch(cast: Cast) -> Batch:
    rows = "".join(f"M{place},髙橋 花子{place}\n" for place in range(12))
    content = f"member_reference,member_name\n{rows}".encode()
    return print_batch(str(order_batch(cast.scope, BatchAsked("会員.csv", content)).pk))


def made(cast: Cast, batch: Batch, boss: Staff, reason: str = WHY) -> Pack:
    return make_pack(cast.scope, str(batch.pk), made_by=boss, reason=reason)


def opened(pack: Pack) -> pyzipper.AESZipFile:
    archive = pyzipper.AESZipFile(io.BytesIO(pack.content))
    archive.setpassword(pack.password.encode())
    return archive


def test_a_pack_holds_the_printed_cards_and_is_written_down(cast: Cast, batch: Batch, boss: Staff):
    pack = made(cast, batch, boss)
    rows = opened(pack).read("cards.csv").decode("utf-8-sig").splitlines()
    numbers = list(batch.cards.order_by("row").values_list("card__number", flat=True))
    assert [row.split(",")[1] for row in rows[1:]] == numbers
    assert opened(pack).read("proofs.pdf").startswith(b"%PDF")
    assert opened(pack).read("artwork-front.pdf").startswith(b"%PDF")

    row = CardPack.objects.get()
    assert (row.owner, row.batch, row.made_by, row.reason) == (cast.sakura, batch, boss, WHY)
    assert (row.count, row.sha256) == (12, pack.sha256)


def test_the_password_is_kept_nowhere_and_never_the_same(cast: Cast, batch: Batch, boss: Staff):
    first, second = made(cast, batch, boss), made(cast, batch, boss)
    assert first.password != second.password
    assert len(first.password.replace("-", "")) == 25
    kept = [repr(row) for row in CardPack.objects.values()]
    kept += [str(message.body) for message in mail.outbox]
    assert not any(first.password in words for words in kept)


@pytest.mark.parametrize("role", ["accountant", "desk", "developer", "viewer"])
def test_no_other_role_takes_members_out(cast: Cast, batch: Batch, role: str):
    with pytest.raises(NotAllowed):
        made(cast, batch, person(cast, role))
    assert not CardPack.objects.exists()


def test_neither_a_tenant_nor_the_centre_nor_another_owner_does(
    cast: Cast, batch: Batch, boss: Staff
):
    tenant = invite_staff(
        StaffAsked("t@example.com", "寮", "administrator", cast.sakura, cast.dormitory), PASSWORD
    )[0]
    centre = invite_staff(StaffAsked("c@example.com", "央", "administrator"), PASSWORD)[0]
    for stranger in (tenant, centre):
        with pytest.raises(NotAllowed):
            made(cast, batch, stranger)
    with pytest.raises(NotAllowed):
        make_pack(CENTRE, str(batch.pk), made_by=centre, reason=WHY)
    aoba = Scope(owner_id=cast.aoba.pk)
    with pytest.raises(NotFound):
        make_pack(aoba, str(batch.pk), made_by=boss, reason=WHY)
    of_tenant = Scope(owner_id=cast.sakura.pk, tenant_id=cast.dormitory.pk)
    with pytest.raises((NotFound, NotAllowed)):
        make_pack(of_tenant, str(batch.pk), made_by=tenant, reason=WHY)
    assert not CardPack.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "理" * 201])
def test_a_pack_has_a_reason(cast: Cast, batch: Batch, boss: Staff, reason: str):
    with pytest.raises(Malformed):
        made(cast, batch, boss, reason)


def test_only_what_was_read_back_is_packed(cast: Cast, boss: Staff):
    waiting = order_batch(
        cast.scope, BatchAsked("会員.csv", "member_reference,member_name\nM1,山田\n".encode())
    )
    with pytest.raises(BatchNotPrinted):
        made(cast, waiting, boss)


def test_the_file_is_handed_over_once_and_to_its_maker(cast: Cast, batch: Batch, boss: Staff):
    pack = made(cast, batch, boss)
    other = person(cast, Staff.Role.ADMINISTRATOR, tenant=None)
    with pytest.raises(NotFound):
        take_pack(cast.scope, pack.row.pk, taken_by=other)
    with pytest.raises(NotAllowed):
        take_pack(Scope(owner_id=cast.aoba.pk), pack.row.pk, taken_by=boss)
    assert take_pack(cast.scope, pack.row.pk, taken_by=boss) == pack.content
    with pytest.raises(PackGone):
        take_pack(cast.scope, pack.row.pk, taken_by=boss)


def test_a_file_that_nobody_takes_is_gone_after_an_hour(cast: Cast, batch: Batch, boss: Staff):
    pack = made(cast, batch, boss)
    sweep_packs()
    assert CardPackFile.objects.count() == 1
    with clock.frozen(pack.row.made_at + timedelta(hours=1)):
        with pytest.raises(PackGone):
            take_pack(cast.scope, pack.row.pk, taken_by=boss)
        assert throw_away_packs() == 1
    assert CardPack.objects.count() == 1


def test_all_administrators_of_the_owner_are_mailed_once(cast: Cast, batch: Batch, boss: Staff):
    person(cast, Staff.Role.DESK)
    second = person(cast, Staff.Role.ADMINISTRATOR, tenant=None)
    made(cast, batch, boss)
    assert alert_of_packs() == 1
    assert alert_of_packs() == 0
    (message,) = mail.outbox
    assert sorted(message.to) == sorted([boss.email, second.email])
    assert message.subject == "カードの入稿データが作成されました"
    for words in ("12枚", WHY, "桜 花子", boss.email, "会員.csv"):
        assert words in message.body


def test_of_two_senders_one_sends_the_alert(cast: Cast, batch: Batch, boss: Staff):
    pack = made(cast, batch, boss)
    assert packs._alerted(pack.row.pk)
    assert not packs._alerted(pack.row.pk)  # It had been listed before the other was done.
    assert len(mail.outbox) == 1


def test_an_alert_that_failed_is_sent_by_the_next_sweep(cast: Cast, batch: Batch, boss: Staff):
    made(cast, batch, boss)
    with patch.object(EmailMessage, "send", side_effect=OSError("down")):
        assert alert_of_packs() == 0
    assert CardPack.objects.get().alerted_at is None
    sweep_packs()
    assert len(mail.outbox) == 1


def test_the_record_of_a_pack_stays(cast: Cast, batch: Batch, boss: Staff):
    pack = made(cast, batch, boss)
    for change in (
        lambda: CardPack.objects.filter(pk=pack.row.pk).update(reason="other"),
        lambda: CardPackFile.objects.all().delete() and CardPack.objects.all().delete(),
    ):
        with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic():
            change()


def page(client: Client, batch: Batch) -> str:
    return client.get(f"/dashboard/batches/{batch.pk}/pack").content.decode()


def test_the_page_shows_the_password_once_and_gives_the_file_once(cast: Cast, batch: Batch):
    client = sign_in(StaffAsked("b@sakura.example", "桜", "administrator", cast.sakura))
    assert "入稿データ" in client.get(f"/dashboard/batches/{batch.pk}/").content.decode()
    assert "まだ作成していません" in page(client, batch)
    answer = client.post(f"/dashboard/batches/{batch.pk}/pack", {"reason": WHY})
    shown = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    row = CardPack.objects.get()
    password = shown.split("<output>")[1].split("</output>")[0]
    taken = client.post(f"/dashboard/batches/{batch.pk}/packs/{row.pk}")
    assert taken["Content-Type"] == "application/zip"
    archive = pyzipper.AESZipFile(io.BytesIO(taken.content))
    archive.setpassword(password.encode())
    assert archive.testzip() is None
    again = client.post(f"/dashboard/batches/{batch.pk}/packs/{row.pk}", follow=True)
    assert "受け取り済み" in again.content.decode()
    assert password not in page(client, batch)
    assert WHY in page(client, batch)
    assert len(mail.outbox) == 1


def test_the_desk_sees_no_button_and_no_page(cast: Cast, batch: Batch):
    client = sign_in(StaffAsked("d@sakura.example", "桜", "desk", cast.sakura))
    assert "入稿データ" not in client.get(f"/dashboard/batches/{batch.pk}/").content.decode()
    assert client.get(f"/dashboard/batches/{batch.pk}/pack").status_code == 403
    answer = client.post(f"/dashboard/batches/{batch.pk}/pack", {"reason": WHY})
    assert answer.status_code == 403
    assert not CardPack.objects.exists()


def test_no_qr_code_of_this_machine_goes_to_a_card_maker(cast: Cast, boss: Staff, settings: Any):
    """The address may have been set when the order was printed, and be forgotten at a restart."""
    Centre.objects.update(is_demo=False)
    qr = {"type": "qr", "id": "qr", "x": 5, "y": 5, "width": 20}
    number = {"type": "number", "id": "n", "x": 5, "y": 40, "width": 50, "height": 6}
    layout = {"format": 1, "medium": "plastic", "front": {"elements": [qr, number]}}
    make_design(cast.scope, DesignAsked("qr", "QR付き", "plastic", layout))
    settings.SITE_URL = "https://pay.example.jp"
    asked = BatchAsked("会員.csv", b"member_reference,member_name\nM1,x\n", design="qr")
    printed = print_batch(str(order_batch(cast.scope, asked).pk))
    settings.SITE_URL = "http://127.0.0.1:8000"
    with pytest.raises(SiteUrlUnset):
        made(cast, printed, boss)
    assert not CardPack.objects.exists()
    settings.SITE_URL = "https://pay.example.jp"
    assert (
        "https://pay.example.jp/c/" in opened(made(cast, printed, boss)).read("cards.csv").decode()
    )
