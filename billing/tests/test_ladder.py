"""The ladder push -> mail -> FAX: who is told what, when, how often, and what it costs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from billing.delivery.fax import FaxLetter, FileGateway, MailGateway, Transmission, gateway_of
from billing.models import Case, Fax, Notice, NoticeChannel
from billing.services import notices
from billing.services.channels import ChannelAsked, FaxUnavailable, set_channel
from billing.services.events import acknowledge
from billing.services.ladder import climb
from billing.services.notices import fax_bounced, fax_went_through, send_again, send_notices
from billing.services.notifications import resend_events
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.services.sending import deliver_due
from billing.tests.receiver import pay, receiving, tell
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed, MoveRefused
from tenants.access import NotAllowed, Scope
from tenants.models import Centre, Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, notice, register, reversal

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FAX_NUMBER = "0312345678"
BOTH = ChannelAsked(mail_to=("keiri@sakura.example",), fax_number="03-1234-5678")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Let FAXes become files of a folder, and loopback be reached."""
    settings.FAX_URL = f"file:{tmp_path}"
    return tmp_path


@pytest.fixture
def boss(cast: Cast, folder: Path) -> Staff:
    Centre.objects.update(is_demo=True)
    asked = StaffAsked("boss@sakura.example", "長", "administrator", cast.sakura)
    return invite_staff(asked)[0]


def _sweep(minutes: float) -> int:
    """Play one sweep so many minutes after noon; return how many notices were tried."""
    with clock.frozen(NOON + timedelta(minutes=minutes)):
        climb()
        return send_notices()


def _paid(cast: Cast, minutes: float = 0, **words: Any) -> None:
    with clock.frozen(NOON + timedelta(minutes=minutes)):
        pay(cast.sakura, **words)


def _channel(cast: Cast, boss: Staff, asked: ChannelAsked = BOTH) -> NoticeChannel:
    with clock.frozen(NOON):
        return set_channel(cast.scope, boss, asked)


def _numbers(notice: Notice) -> list[int]:
    return sorted(item.event.sequence or 0 for item in notice.items.select_related("event"))


def test_what_nobody_took_goes_into_a_mail_after_15_minutes_and_a_fax_after_60(
    cast: Cast, boss: Staff, folder: Path
):
    _channel(cast, boss)
    _paid(cast, amount_yen=54_321)
    assert _sweep(14.9) == 0
    assert _sweep(15) == 1
    (message,) = mail.outbox
    assert message.to == ["keiri@sakura.example"]
    assert "54,321円" in message.body
    assert [_sweep(minute) for minute in (16, 30, 59)] == [0, 0, 0]
    assert _sweep(60) == 1
    (paper,) = folder.iterdir()
    assert paper.name.startswith(FAX_NUMBER)
    assert paper.read_bytes().startswith(b"%PDF-")
    assert [_sweep(minute) for minute in (61, 75, 500)] == [0, 0, 0]
    fax = Fax.objects.get()
    assert (fax.owner_id, fax.notice) == (cast.sakura.pk, Notice.objects.get(rung="fax"))
    assert fax.completed_at == NOON + timedelta(minutes=60)


def test_without_a_channel_nobody_is_told_and_nothing_is_charged(cast: Cast, boss: Staff):
    _paid(cast)
    assert [_sweep(minute) for minute in (15, 60, 1_000)] == [0, 0, 0]
    assert (mail.outbox, Fax.objects.count()) == ([], 0)


def test_what_was_before_the_channel_is_not_told_by_it(cast: Cast, boss: Staff):
    _paid(cast, minutes=-5)
    _channel(cast, boss)
    assert _sweep(100) == 0


def test_what_an_endpoint_took_or_a_reader_acknowledged_climbs_no_further(cast: Cast, boss: Staff):
    with receiving() as receiver, clock.frozen(NOON):
        tell(cast.scope, receiver)
        set_channel(cast.scope, boss, BOTH)
        pay(cast.sakura)
        deliver_due()
    with receiving(500) as failing, clock.frozen(NOON):
        tell(cast.scope, failing)
        pay(cast.sakura)
        deliver_due()
        acknowledge(cast.scope, 2)
    assert [_sweep(minute) for minute in (15, 60)] == [0, 0]


def test_what_was_taken_once_stays_taken_though_it_is_asked_for_again(cast: Cast, boss: Staff):
    _channel(cast, boss)
    with receiving(204) as receiver, clock.frozen(NOON):
        tell(cast.scope, receiver)
        pay(cast.sakura)
        deliver_due()
        assert resend_events(cast.scope, 1, 1) == 1
    assert _sweep(100) == 0
    assert Notice.objects.count() == 0


def test_one_notice_lists_all_that_is_untold_and_the_next_waits_15_minutes(
    cast: Cast, boss: Staff, folder: Path
):
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    with clock.frozen(NOON):
        told = notice(register(cast.sakura))
        receive_payment(told)
        reverse_payment(reversal(told))
    _paid(cast, minutes=30)
    _paid(cast, minutes=59.5)  # Half a minute old when the FAX is made: its push is on its way.
    assert _sweep(60) == 1
    assert _numbers(Notice.objects.get()) == [1, 2, 3]
    for minute in (1, 2):
        _paid(cast, minutes=60 + minute)
    assert [_sweep(minute) for minute in (74, 119, 119.5, 120)] == [0, 0, 1, 0]
    assert _numbers(Notice.objects.latest("made_at")) == [4, 5, 6]
    _paid(cast, minutes=60.1)
    assert [_sweep(minute) for minute in (121, 134, 134.5)] == [0, 0, 1]
    assert Fax.objects.count() == 3


@pytest.mark.fault("C14")
def test_a_fax_that_fails_is_tried_again_and_charged_once_when_it_is_through(
    cast: Cast, boss: Staff, folder: Path, settings: Any
):
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    _paid(cast)
    blocked = folder / "blocked"
    blocked.write_text("no folder")
    settings.FAX_URL = f"file:{blocked}"
    assert [_sweep(minute) for minute in (60, 61, 74.9, 75)] == [1, 0, 0, 1]
    assert Fax.objects.count() == 0
    settings.FAX_URL = f"file:{folder}"
    assert [_sweep(minute) for minute in (89, 90, 105)] == [0, 1, 0]
    sent = Notice.objects.get()
    assert (sent.status, sent.attempts, Fax.objects.get().notice_id) == ("sent", 3, sent.pk)
    assert Case.objects.count() == 0


@pytest.mark.fault("C14")
def test_a_fax_that_fails_four_times_is_a_case_and_its_payments_go_into_the_next(
    cast: Cast, boss: Staff, folder: Path, settings: Any
):
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    _paid(cast)
    (folder / "blocked").write_text("no folder")
    settings.FAX_URL = f"file:{folder / 'blocked'}"
    assert [_sweep(minute) for minute in (60, 75, 90, 105, 120, 500)] == [1, 1, 1, 1, 0, 0]
    failed = Notice.objects.get()
    case = Case.objects.get(kind="fax_failed")
    assert (failed.status, case.owner_id) == ("failed", cast.sakura.pk)
    assert case.told["notice"] == str(failed.pk)
    _paid(cast, minutes=500)
    settings.FAX_URL = f"file:{folder}"
    assert _sweep(560) == 1
    assert _numbers(Notice.objects.latest("made_at")) == [1, 2]
    assert Fax.objects.count() == 1
    with clock.frozen(NOON + timedelta(minutes=600)):
        send_again(failed.pk)
    assert _sweep(600) == 1
    assert Fax.objects.count() == 2


def test_what_the_system_took_meanwhile_is_not_faxed_and_not_charged(
    cast: Cast, boss: Staff, folder: Path, settings: Any
):
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    for _ in range(2):
        _paid(cast)
    settings.FAX_URL = "file:/proc/none"
    assert _sweep(60) == 1
    with clock.frozen(NOON + timedelta(minutes=61)):
        acknowledge(cast.scope, 2)
    settings.FAX_URL = f"file:{folder}"
    assert _sweep(75) == 0
    assert (Notice.objects.get().status, Fax.objects.count()) == ("dropped", 0)


def test_a_sender_killed_after_the_gateway_took_it_sends_twice_and_charges_once(
    cast: Cast, boss: Staff, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    _paid(cast)

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(notices, "_record", killed)
        with pytest.raises(SystemExit):
            _sweep(60)
    first = [paper.name for paper in folder.iterdir()]
    assert (len(first), Fax.objects.count(), _sweep(74)) == (1, 0, 0)
    assert _sweep(75) == 1
    assert ([paper.name for paper in folder.iterdir()], Fax.objects.count()) == (first, 1)


@pytest.mark.fault("C14")
def test_a_mailed_fax_is_charged_when_it_is_reported_through_and_not_when_it_bounces(
    cast: Cast, boss: Staff, settings: Any
):
    settings.FAX_URL = "mail://fax.example"
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    _paid(cast)
    assert _sweep(60) == 1
    (message,) = mail.outbox
    assert message.to == [f"{FAX_NUMBER}@fax.example"]
    assert message.attachments[0][2] == "application/pdf"
    handed = Notice.objects.get()
    assert (handed.status, Fax.objects.count()) == ("handed", 0)
    with clock.frozen(NOON + timedelta(minutes=62)):
        assert fax_bounced(handed.pk, "話し中").status == "waiting"
    assert [_sweep(minute) for minute in (74, 75)] == [0, 1]
    for _ in range(2):
        assert fax_went_through(handed.pk).status == "sent"
    assert Fax.objects.get().notice_id == handed.pk
    with pytest.raises(MoveRefused):
        fax_bounced(handed.pk, "話し中")


@pytest.mark.fault("C14")
def test_a_fax_that_was_through_after_all_is_charged_once_however_late_it_is_told(
    cast: Cast, boss: Staff, settings: Any
):
    settings.FAX_URL = "mail://fax.example"
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    _paid(cast)
    for minute in (60, 75, 90, 105):
        assert _sweep(minute) == 1
        with clock.frozen(NOON + timedelta(minutes=minute + 1)):
            given_up = fax_bounced(Notice.objects.get().pk, "話し中")
    assert (given_up.status, Case.objects.get().status) == ("failed", "open")
    with clock.frozen(NOON + timedelta(hours=5)):
        for _ in range(2):
            assert fax_went_through(given_up.pk).status == "sent"
    assert Fax.objects.get().notice_id == given_up.pk
    assert Case.objects.get().status == "closed"
    _paid(cast, minutes=400)
    assert _sweep(460) == 1
    assert _numbers(Notice.objects.latest("made_at")) == [2]  # The first payment was on that paper.


def test_a_fax_that_was_dropped_after_an_attempt_is_charged_if_it_was_through(
    cast: Cast, boss: Staff, settings: Any
):
    settings.FAX_URL = "mail://fax.example"
    _channel(cast, boss, ChannelAsked(mail_to=("keiri@sakura.example",), fax_number=FAX_NUMBER))
    _paid(cast)
    assert [_sweep(minute) for minute in (15, 60)] == [1, 1]
    letter, fax = Notice.objects.get(rung="mail"), Notice.objects.get(rung="fax")
    with clock.frozen(NOON + timedelta(minutes=62)):
        fax_bounced(fax.pk, "話し中")
        acknowledge(cast.scope, 1)
    assert _sweep(75) == 0
    fax.refresh_from_db()
    assert fax.status == "dropped"
    for _ in range(2):
        assert fax_went_through(fax.pk).status == "sent"
    assert Fax.objects.get().notice_id == fax.pk
    Notice.objects.filter(pk=letter.pk).update(status="failed", sent_at=None)
    with pytest.raises(MoveRefused):
        fax_went_through(letter.pk)


def test_a_fax_that_was_never_begun_is_not_through(cast: Cast, boss: Staff, folder: Path):
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    _paid(cast)
    with clock.frozen(NOON + timedelta(minutes=60)):
        climb()
    with pytest.raises(MoveRefused):
        fax_went_through(Notice.objects.get().pk)
    assert Fax.objects.count() == 0


def test_the_test_side_climbs_no_ladder(cast: Cast, boss: Staff, folder: Path):
    """A twin can set no channel; a row that came to it otherwise costs nobody a FAX."""
    twin = cast.sakura.twin
    NoticeChannel.objects.create(
        owner=twin, fax_number=FAX_NUMBER, mail_to=["keiri@sakura.example"], changed_at=NOON
    )
    with clock.frozen(NOON):
        receive_payment(notice(register(twin), chain="lawson-test"))
    assert [_sweep(minute) for minute in (15, 60)] == [0, 0]
    assert Notice.objects.count() == 0


def test_a_gateway_that_never_reports_is_a_case_after_a_day(cast: Cast, boss: Staff, settings: Any):
    settings.FAX_URL = "mail://fax.example"
    _channel(cast, boss, ChannelAsked(fax_number=FAX_NUMBER))
    _paid(cast)
    for minute in (60, 60 + 24 * 60, 60 + 25 * 60):
        _sweep(minute)
    assert Case.objects.get(kind="fax_failed").told["failure"] == "no_report"


def test_a_mail_that_does_not_go_out_is_tried_again(
    cast: Cast, boss: Staff, monkeypatch: pytest.MonkeyPatch
):
    _channel(cast, boss, ChannelAsked(mail_to=("keiri@sakura.example",)))
    _paid(cast)

    def refuse(*_: object) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        assert _sweep(15) == 1
    assert [_sweep(minute) for minute in (29, 30, 45)] == [0, 1, 0]
    assert len(mail.outbox) == 1


def test_the_list_says_numbers_and_amounts_and_no_title(cast: Cast, boss: Staff):
    _channel(cast, boss)
    _paid(cast, title="金糸雀の会費", reference="R-77")
    _sweep(15)
    (message,) = mail.outbox
    assert "R-77" in message.body
    assert "金糸雀" not in message.body


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (ChannelAsked(fax_number="12345"), "fax_number"),
        (ChannelAsked(fax_number="0312345678@evil.example"), "fax_number"),
        (ChannelAsked(fax_number="０３１２３４５６７８"), "fax_number"),
        (ChannelAsked(mail_to=("keiri",)), "mail_to"),
        (ChannelAsked(mail_to=("a@example.com\nBcc: b@example.com",)), "mail_to"),
        (ChannelAsked(mail_to=tuple(f"a{i}@example.com" for i in range(6))), "mail_to"),
        (ChannelAsked(mail_after_minutes=0), "mail_after_minutes"),
        (ChannelAsked(fax_after_minutes=1_441), "fax_after_minutes"),
    ],
)
def test_a_malformed_channel_is_refused(cast: Cast, boss: Staff, asked: ChannelAsked, field: str):
    with pytest.raises(Malformed) as refused:
        set_channel(cast.scope, boss, asked)
    assert [error["field"] for error in refused.value.extra["errors"]] == [field]


def test_only_an_administrator_of_the_owner_sets_its_channel_and_a_twin_has_none(
    cast: Cast, boss: Staff
):
    for place, (owner, role) in enumerate(
        [(cast.sakura, "developer"), (cast.aoba, "administrator")]
    ):
        other, _ = invite_staff(StaffAsked(f"p{place}@example.com", "他", role, owner))
        with pytest.raises(NotAllowed):
            set_channel(cast.scope, other, BOTH)
    with pytest.raises(NotAllowed):
        set_channel(Scope(cast.sakura.pk, cast.dormitory.pk), boss, BOTH)
    centre, _ = invite_staff(StaffAsked("c@example.com", "センター", "administrator"))
    assert set_channel(cast.scope, centre, BOTH).changed_by == centre
    with pytest.raises(NotAllowed):
        set_channel(Scope(owner_id=cast.sakura.twin.pk), centre, BOTH)


def test_where_nobody_carries_a_fax_no_number_is_taken(cast: Cast, boss: Staff, settings: Any):
    settings.FAX_URL = ""
    set_channel(cast.scope, boss, BOTH)  # A demo folder writes files.
    Centre.objects.update(is_demo=False)
    with pytest.raises(FaxUnavailable):
        set_channel(cast.scope, boss, BOTH)
    set_channel(cast.scope, boss, ChannelAsked(mail_to=("keiri@sakura.example",)))


def test_the_settings_name_the_gateway(tmp_path: Path):
    assert gateway_of("file:", tmp_path) == FileGateway(tmp_path)
    assert gateway_of("mail://fax.example", tmp_path) == MailGateway("fax.example")
    silent = gateway_of("mail://fax.example?reports=no", tmp_path)
    assert silent.transmit(FaxLetter("a", "03", "題", b"%PDF-")) is Transmission.COMPLETED
