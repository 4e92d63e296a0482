"""Sending the ladder's mails and FAXes: claim, send outside any transaction, record.

A claim moves ``next_attempt_at`` ahead by a quarter of an hour, which is the lease and the wait
before the next attempt in one: a FAX of an owner is begun at most once in that time, whether the
last one failed or its sender died. Who dies after the gateway took it and before that is recorded
lets it go out twice; it is charged once, for of one notice there is one ``Fax`` row, and never
before a gateway said that it is through.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from billing.delivery.fax import FaxLetter, FaxNotTaken, Transmission
from billing.delivery.fax_paper import Told, UndeliveredList, render
from billing.models import Case, Event, Notice, NoticeChannel, NoticeItem, Rung
from billing.selectors import stream, worded
from billing.services.cases import open_case_about
from billing.services.chains import CHAINS
from billing.services.channels import gateway, goes_to
from billing.services.faxes import book_fax
from billing.services.ladder import ONE_EACH, untold_events
from smartpit.kernel import clock
from smartpit.kernel.errors import MoveRefused
from tenants.access import Scope
from tenants.selectors import centre

TRIES: Final = {Rung.MAIL: 96, Rung.FAX: 4}  # A day of mails; a FAX machine may be out of paper.
REPORTS_WITHIN: Final = timedelta(days=1)
_CHAIN_NAMES: Final = {code: name for code, name, _ in CHAINS}

_log = logging.getLogger("smartpit.notifications")


@dataclass(frozen=True)
class _Met:
    """What an attempt met: what the gateway said, or why it did not take it."""

    said: Transmission | None = None
    failure: str = ""


def send_notices() -> int:
    """Send every notice that is due; return how many attempts were made."""
    due = Notice.objects.filter(status=Notice.Status.WAITING, next_attempt_at__lte=clock.now())
    ids = list(due.order_by("next_attempt_at").values_list("pk", "channel_id"))
    attempts = sum(_sent(notice_id, channel_id) for notice_id, channel_id in ids)
    _ask_after_silent_faxes()
    return attempts


def fax_went_through(notice_id: UUID) -> Notice:
    """Note that the gateway reported a FAX through, which it is charged for; twice is once.

    It may say so of one that was given up, or dropped, after an attempt: paper came out, and the
    owner pays for that. A case of its silence or failure has then found its answer.
    """
    with transaction.atomic(durable=True):
        notice = Notice.objects.select_for_update(no_key=True).get(pk=notice_id)
        if notice.status == Notice.Status.SENT:
            return notice
        if not may_have_gone_through(notice):
            raise MoveRefused(f"{notice} was never begun as a FAX")
        _complete(notice)
        _close_its_cases(notice)
    return notice


def may_have_gone_through(notice: Notice) -> bool:
    """Return whether a gateway was ever handed this one as a FAX, and was not heard of since."""
    was_begun = notice.attempts > 0 or notice.handed_at is not None
    return notice.rung == Rung.FAX and notice.status != Notice.Status.SENT and was_begun


def fax_bounced(notice_id: UUID, reason: str) -> Notice:
    """Note that the gateway reported a FAX undelivered: it is tried again, and is not charged."""
    with transaction.atomic(durable=True):
        notice = Notice.objects.select_for_update(no_key=True).get(pk=notice_id)
        _fail(notice, reason, again=Notice.Status.WAITING)
    return notice


def send_again(notice_id: UUID) -> Notice:
    """Put a notice that failed on its way once more, as a person asks."""
    with transaction.atomic(durable=True):
        notice = Notice.objects.select_for_update(no_key=True).get(pk=notice_id)
        return notice.move(to=Notice.Status.WAITING, attempts=0, next_attempt_at=clock.now())


def _sent(notice_id: UUID, channel_id: int) -> bool:
    notice = _claimed(notice_id, channel_id)
    if notice is None:
        return False
    _record(notice, _attempt(notice))
    return True


def _claimed(notice_id: UUID, channel_id: int) -> Notice | None:
    """Take a due notice for a quarter of an hour; what was told meanwhile leaves it.

    None if somebody else took it, if nothing is left on it, or if it must wait for its turn.
    """
    now = clock.now()
    with transaction.atomic(durable=True):
        # The channel's row lets one sender at a time judge when the last one was begun.
        channel = NoticeChannel.objects.select_for_update(no_key=True).get(pk=channel_id)
        rows = Notice.objects.filter(status=Notice.Status.WAITING, next_attempt_at__lte=now)
        notice = rows.select_for_update(no_key=True).filter(pk=notice_id).first()
        if notice is None:
            return None
        _let_go_of_what_was_told(notice)
        rung = Rung(notice.rung)
        to = goes_to(channel, rung)
        if not to or not notice.items.exists():
            notice.move(to=Notice.Status.DROPPED)
            return None
        begun_at = getattr(channel, f"{rung}_begun_at")
        if begun_at is not None and now < begun_at + ONE_EACH:
            Notice.objects.filter(pk=notice.pk).update(next_attempt_at=begun_at + ONE_EACH)
            return None
        notice.attempts += 1
        notice.next_attempt_at = now + ONE_EACH
        notice.to = to
        notice.save(update_fields=["attempts", "next_attempt_at", "to"])
        NoticeChannel.objects.filter(pk=channel.pk).update(**{f"{rung}_begun_at": now})
    return notice


def _let_go_of_what_was_told(notice: Notice) -> None:
    read = stream(Scope(owner_id=notice.owner_id))
    assert read is not None
    untold = untold_events(read).filter(notice_items__notice=notice)
    notice.items.exclude(event__in=untold).delete()


def _attempt(notice: Notice) -> _Met:
    undelivered = _list_of(notice)
    if notice.rung == Rung.MAIL:
        return _mailed(notice, undelivered)
    carrier = gateway()
    if carrier is None:
        return _Met(failure="no_gateway")
    letter = FaxLetter(str(notice.pk), notice.to, "収納データ一覧", render(undelivered))
    try:
        return _Met(carrier.transmit(letter))
    except FaxNotTaken as failed:
        return _Met(failure=str(failed)[:200] or "not_taken")


def _mailed(notice: Notice, undelivered: UndeliveredList) -> _Met:
    words = {
        "list": undelivered,
        "lines": [_line(row) for row in undelivered.rows],
        "sums": [(word, f"{count:,}件", f"{yen:,}円") for word, count, yen in undelivered.sums],
        "centre": centre(),
        "site_url": settings.SITE_URL,
    }
    message = EmailMessage(
        f"【要確認】お届けできていない収納データ {len(undelivered.rows):,}件",
        render_to_string("mail/undelivered.txt", words),
        to=notice.to.split(", "),
        headers={"Message-ID": f"<notice-{notice.pk}@smartpit.invalid>"},
    )
    try:
        message.send()
    except OSError as failed:  # smtplib's failures are of this family.
        return _Met(failure=str(failed)[:200] or "not_taken")
    return _Met(Transmission.COMPLETED)


def _line(row: Told) -> str:
    taken_at = row.taken_at.astimezone(clock.JST)
    words = (
        f"{row.sequence}", row.word, f"{taken_at:%m/%d %H:%M:%S}", row.reference, row.number,
        f"{row.amount_yen:,}円", row.place,
    )  # fmt: skip
    return "　".join(words)


def _list_of(notice: Notice) -> UndeliveredList:
    items = NoticeItem.objects.filter(notice=notice).select_related("event")
    founded = centre()
    assert founded is not None
    return UndeliveredList(
        to=notice.owner.name,
        by=founded.name,
        contact=founded.contact_phone or founded.contact_email,
        made_at=clock.now(),
        rows=tuple(map(_told, worded(item.event for item in items.order_by("event__sequence")))),
    )


def _told(event: Event) -> Told:
    body = event.body
    assert event.sequence is not None  # The ladder reads an owner's stream.
    return Told(
        sequence=event.sequence,
        type=event.type,
        taken_at=datetime.fromisoformat(body["taken_at"]),
        reference=body["reference"],
        number=body["number"],
        amount_yen=body["amount_yen"],
        place=f"{_CHAIN_NAMES.get(body['chain'], body['chain'])} {body['store']}",
    )


def _record(notice: Notice, met: _Met) -> None:
    """Write down what an attempt met, unless somebody else did meanwhile: told is told."""
    with transaction.atomic(durable=True):
        row = Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
        if row.status != Notice.Status.WAITING:
            return
        if met.said is Transmission.HANDED:
            row.move(to=Notice.Status.HANDED, handed_at=clock.now(), failure="")
        elif met.said is Transmission.COMPLETED:
            _complete(row)
        elif row.attempts == notice.attempts:
            _fail(row, met.failure, again=None)


def _complete(notice: Notice) -> None:
    notice.move(to=Notice.Status.SENT, sent_at=clock.now(), failure="")
    if notice.rung == Rung.FAX:
        book_fax(notice.owner_id, notice.pk)


def _fail(notice: Notice, why: str, *, again: str | None) -> None:
    """Let it come round again, or give it up and have a person look."""
    why = why[:200]
    if notice.attempts < TRIES[Rung(notice.rung)]:
        if again is not None:
            notice.move(to=again, failure=why)
        Notice.objects.filter(pk=notice.pk).update(failure=why)
        return
    notice.move(to=Notice.Status.FAILED, failure=why)
    if notice.rung == Rung.FAX:
        _open_case(notice, why)
    else:
        _log.warning("a mail of undelivered payments failed: notice %s: %s", notice.pk, why)


def _ask_after_silent_faxes() -> None:
    """Have a person look at a FAX whose gateway never said what became of it."""
    silent = Notice.objects.filter(
        status=Notice.Status.HANDED, handed_at__lte=clock.now() - REPORTS_WITHIN
    )
    for notice in silent:
        with transaction.atomic(durable=True):
            _open_case(notice, "no_report")


def _close_its_cases(notice: Notice) -> None:
    cases = Case.objects.select_for_update(no_key=True).filter(
        kind=Case.Kind.FAX_FAILED, status=Case.Status.OPEN, told__notice=str(notice.pk)
    )
    for case in cases.order_by("pk"):
        case.move(
            to=Case.Status.CLOSED,
            closed_at=clock.now(),
            resolution="FAX業者から送信完了の知らせが届きました。",
        )


def _open_case(notice: Notice, why: str) -> None:
    told = {"notice": str(notice.pk), "to": notice.to, "failure": why}
    open_case_about(
        Case(
            kind=Case.Kind.FAX_FAILED,
            key=f"{notice.pk}:{why}:{notice.made_at.isoformat()}"[:200],
            owner_id=notice.owner_id,
            told=told,
        )
    )
