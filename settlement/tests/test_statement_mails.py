"""The accountants are told what was fixed: each statement once, and never silently not."""

from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from settlement.models import StatementMail
from settlement.services.statement_mails import mail_statements
from settlement.tests.scene import at, close, day_of, settled
from tenants.models import Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_cast

STATED = day_of("11-13")


@pytest.fixture
def stated(db: None) -> Cast:
    """Sakura has a statement of 8,218 yen, stated today, and an accountant."""
    cast = make_cast(starts_on=day_of("11-01"), cycle="5-day")
    asked = StaffAsked("keiri@sakura.example.com", "経理", Staff.Role.ACCOUNTANT, cast.sakura)
    invite_staff(asked, "password")
    settled(cast.sakura, "11-03")
    close("11-13")
    return cast


def test_the_accountants_are_mailed_the_fixed_amount_once(stated: Cast):
    with at("11-13"):
        assert mail_statements(STATED) == 1
        assert mail_statements(STATED) == 0

    (message,) = mail.outbox
    assert message.to == ["keiri@sakura.example.com"]
    assert message.subject == "振込金額確定のお知らせ（2026年11月5日締め）"
    assert "精算入金額　　　：8,218円" in message.body
    assert "入金予定日　　　：2026年11月20日" in message.body
    assert "&" not in message.body
    assert StatementMail.objects.get().sent_at is not None


def test_a_mail_that_failed_is_sent_when_its_claim_ends(stated: Cast):
    with at("11-13", "09:00"), patch.object(EmailMessage, "send", side_effect=OSError("down")):
        assert mail_statements(STATED) == 0
    with at("11-13", "09:09"):
        assert mail_statements(STATED) == 0
    with at("11-13", "09:10"):
        assert mail_statements(STATED) == 1
    assert len(mail.outbox) == 1


def test_a_desk_or_a_tenant_is_not_mailed_and_the_mail_waits_for_an_accountant(stated: Cast):
    Staff.objects.update(is_active=False)
    for email, role, tenant in (
        ("desk@example.com", Staff.Role.DESK, None),
        ("tenant@example.com", Staff.Role.ADMINISTRATOR, stated.dormitory),
    ):
        invite_staff(StaffAsked(email, "人", role, stated.sakura, tenant), "password")
    with at("11-13"):
        assert mail_statements(STATED) == 0
        invite_staff(
            StaffAsked("boss@example.com", "人", Staff.Role.ADMINISTRATOR, stated.sakura),
            "password",
        )
        assert mail_statements(STATED) == 1
    assert mail.outbox[0].to == ["boss@example.com"]


def test_the_dead_address_is_given_up_after_a_month(stated: Cast):
    with at("12-14"):
        assert mail_statements(day_of("12-14")) == 0
