"""The accountants hear of each transfer once when it is paid, and once if it comes back."""

import logging
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from settlement.models import Payout, PayoutMail
from settlement.services.payout_mails import mail_payouts
from settlement.services.payouts import (
    approve_payout,
    content_sha256,
    export_payouts,
    mark_paid,
    reissue,
    take_back,
)
from settlement.services.settling import settle
from settlement.tests.payout_cast import make_payee, person
from settlement.tests.scene import at, close, day_of, settled
from tenants.models import Staff
from tests.cast import Cast, make_cast
from tests.threads import in_threads

PAYS = "11-20"


class Sent:
    """A payout that two people sent to the bank, to be paid on 20 November 2026."""

    def __init__(self) -> None:
        self.cast: Cast = make_cast(starts_on=day_of("11-01"), cycle="5-day")
        self.accountant = person("accountant", owner=self.cast.sakura)
        self.approver, self.operator, writer = (
            person(role) for role in ("approver", "operator", "operator")
        )
        with at("11-15"):
            self.payee = make_payee(self.cast.sakura, writer)
        settled(self.cast.sakura, "11-03")
        (statement,) = close("11-13")
        self.payout = self.send(statement.payouts.get(), on="11-16")

    def send(self, payout: Payout, on: str) -> Payout:
        with at(on):
            approve_payout(self.approver, payout.pk, content_sha256(payout, self.payee))
            export_payouts(self.operator, [payout.pk])
        return Payout.objects.get(pk=payout.pk)


@pytest.fixture
def sent(db: None) -> Sent:
    return Sent()


def swept(day: str, hour: str = "12:00") -> int:
    with at(day, hour):
        return mail_payouts(day_of(day))


def test_a_transfer_is_told_on_its_pay_day_and_once(sent: Sent) -> None:
    assert swept("11-19") == 0
    assert swept(PAYS) == 1
    assert swept(PAYS) == 0
    with at("11-21"):
        mark_paid(sent.operator, sent.payout.pk)
    assert swept("11-24") == 0

    (message,) = mail.outbox
    assert message.to == [sent.accountant.email]
    assert message.subject == "振込のお知らせ（2026年11月20日振込）"
    assert "振込金額　　　　：8,218円" in message.body
    assert "精算書　　　　　：2026年11月5日締め" in message.body
    assert "****321" in message.body
    assert "7654321" not in message.body
    told = PayoutMail.objects.get()
    assert told.kind == PayoutMail.Kind.PAYS
    assert told.sent_at is not None


def test_a_returned_transfer_is_told_once_and_its_new_one_anew(sent: Sent) -> None:
    assert swept(PAYS) == 1
    with at("11-24"):
        take_back(sent.operator, sent.payout.pk, "口座なし")
    assert swept("11-24") == 1
    assert swept("11-24") == 0
    with at("11-25"):
        again = reissue(sent.operator, sent.payout.pk)
        sent.payee = make_payee(sent.cast.sakura, account_number="7654322")
    again = sent.send(again, on="11-25")
    assert swept(f"{again.pays_on:%m-%d}") == 1
    assert swept(f"{again.pays_on:%m-%d}") == 0

    subjects = [message.subject.split("（")[0] for message in mail.outbox]
    assert subjects == ["振込のお知らせ", "振込不能のお知らせ", "振込のお知らせ"]
    assert "あらためてお振り込みするもの" in mail.outbox[2].body
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 3


def test_what_comes_back_before_it_was_told_is_told_as_returned_only(sent: Sent) -> None:
    with at("11-18"):
        take_back(sent.operator, sent.payout.pk, "口座なし")
    assert swept(PAYS) == 1
    assert [message.subject for message in mail.outbox] == [
        "振込不能のお知らせ（2026年11月20日振込）"
    ]


def test_what_no_bank_file_holds_is_not_told(db: None) -> None:
    cast = make_cast(starts_on=day_of("11-01"), cycle="5-day")
    person("accountant", owner=cast.sakura)
    settled(cast.sakura, "11-03")
    close("11-13")
    assert swept(PAYS) == 0


def test_a_mail_that_failed_goes_out_when_its_claim_ends_under_the_same_key(sent: Sent) -> None:
    with patch.object(EmailMessage, "send", side_effect=OSError("down")):
        assert swept(PAYS, "09:00") == 0
    assert swept(PAYS, "09:09") == 0
    assert swept(PAYS, "09:10") == 1
    assert swept(PAYS, "09:30") == 0
    (message,) = mail.outbox
    key = f"payout-{sent.payout.pk}-pays"
    assert message.extra_headers["Message-ID"].startswith(f"<{key}@")


def test_nobody_to_read_it_means_it_waits(sent: Sent) -> None:
    Staff.objects.filter(pk=sent.accountant.pk).update(is_active=False)
    assert swept(PAYS) == 0
    assert not PayoutMail.objects.exists()
    Staff.objects.filter(pk=sent.accountant.pk).update(is_active=True)
    assert swept("11-24") == 1


def test_the_sweep_of_each_minute_tells_each_of_the_three_once_and_logs_it(
    db: None, caplog: Any
) -> None:
    sent = Sent()
    with caplog.at_level(logging.INFO, logger="settlement.services.accountants"):
        for day in ("11-13", PAYS):
            for hour in ("12:00", "12:01"):
                with at(day, hour):
                    settle()
        with at("11-24"):
            take_back(sent.operator, sent.payout.pk, "口座なし")
            settle()
            settle()
    kinds = [message.subject.split("（")[0] for message in mail.outbox]
    assert kinds.count("振込のお知らせ") == 1
    assert kinds.count("振込不能のお知らせ") == 1
    stated = [m for m in mail.outbox if m.subject == "振込金額確定のお知らせ（2026年11月5日締め）"]
    assert len(stated) == 1
    assert len(caplog.messages) == len(mail.outbox)


def test_two_senders_at_once_send_one_mail(committed_db: str) -> None:
    Sent()
    told = in_threads(lambda _: swept(PAYS), 4)
    assert sorted(told, key=str) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1
