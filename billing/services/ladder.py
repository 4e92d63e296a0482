"""The ladder push -> mail -> FAX: which payments an owner's system did not take.

A payment's event is *untold* while no endpoint of the owner's stream has answered 2xx to it and the
stream was not acknowledged up to it. When one has been untold for a rung's minutes, all that are
untold go into one notice of that rung; sending it is another's work (``notices``). Each rung keeps
the number up to which nothing is left to it, so a look costs what happened since the last.
"""

from datetime import timedelta
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.models import (
    Attempt,
    Delivery,
    Event,
    Notice,
    NoticeChannel,
    NoticeItem,
    Rung,
    Stream,
)
from billing.selectors import stream
from billing.services.channels import goes_to
from smartpit.kernel import clock
from tenants.access import Scope

ONE_EACH = timedelta(minutes=15)
# What is younger is on its way: a push takes seconds, and is tried again after five of them.
SETTLED_AFTER = timedelta(minutes=1)
LEFT_BEHIND_FOR = timedelta(days=30)
LINES_MAX = 1_000  # Of one notice; what is over comes with the next.


def climb() -> int:
    """Make the notices that are due; return how many."""
    live = NoticeChannel.objects.filter(owner__is_test=False)  # What nobody owes, nobody is told.
    channels = live.values_list("pk", flat=True).order_by("pk")
    return sum(_made(channel_id, rung) for channel_id in channels for rung in Rung)


def untold_events(of: Stream) -> QuerySet[Any]:
    """Return the payments' events of a stream that its reader does not have, oldest first."""
    rows = of.events.filter(
        number__gt=of.acknowledged, payment__isnull=False, type__startswith="payment."
    )
    return rows.filter(~Exists(_taken(OuterRef("pk"), of))).order_by("number")


def _taken(event: OuterRef, of: Stream) -> QuerySet[Delivery]:
    """Return an event's deliveries of this stream that were answered 2xx, also before a resend."""
    answered = Attempt.objects.filter(delivery=OuterRef("pk"), answer_status__range=(200, 299))
    rows = Delivery.objects.filter(event=event, endpoint__stream=of)
    return rows.filter(Q(status=Delivery.Status.DELIVERED) | Exists(answered))


def _made(channel_id: int, rung: Rung) -> bool:
    """Make the notice of one rung if it is due, and move the rung's number on."""
    with transaction.atomic(durable=True):
        channel = NoticeChannel.objects.select_for_update().get(pk=channel_id)
        read = stream(Scope(owner_id=channel.owner_id))
        if read is None or not goes_to(channel, rung):
            return False
        # The number is read before the events: whatever has a smaller one can be read by now.
        upto: int = max(getattr(channel, f"{rung}_upto"), read.acknowledged)
        untold = untold_events(read).filter(number__gt=upto, number__lte=read.last)
        first = untold.first()
        if first is None or not _is_due(channel, rung, first):
            settled = read.last if first is None else first.number - 1
            _move_on(channel, rung, settled)
            return False
        if not _may_begin(channel, rung):
            return False
        return _write(channel, rung, untold, _left_behind(channel, rung, read))


def _is_due(channel: NoticeChannel, rung: Rung, first: Event) -> bool:
    waits = timedelta(minutes=getattr(channel, f"{rung}_after_minutes"))
    return first.occurred_at <= clock.now() - waits


def _may_begin(channel: NoticeChannel, rung: Rung) -> bool:
    """One is made at most each 15 minutes, and none while another is still on its way."""
    begun_at = getattr(channel, f"{rung}_begun_at")
    if begun_at is not None and clock.now() < begun_at + ONE_EACH:
        return False
    waiting = Notice.objects.filter(channel=channel, rung=rung, status=Notice.Status.WAITING)
    return not waiting.exists()


def _left_behind(channel: NoticeChannel, rung: Rung, read: Stream) -> QuerySet[Event]:
    """Return what is untold of notices that failed, unless another of this rung has it."""
    since = clock.now() - LEFT_BEHIND_FOR
    mine = Notice.objects.filter(channel=channel, rung=rung, made_at__gt=since)
    failed = mine.filter(status=Notice.Status.FAILED)
    items = NoticeItem.objects.filter(event=OuterRef("pk"))
    others = items.filter(notice__in=mine.exclude(status=Notice.Status.FAILED))
    return untold_events(read).filter(Exists(items.filter(notice__in=failed)), ~Exists(others))


def _write(
    channel: NoticeChannel, rung: Rung, untold: QuerySet[Event], behind: QuerySet[Event]
) -> bool:
    now = clock.now()
    old = list(behind[:LINES_MAX])
    room = LINES_MAX - len(old)
    new = list(takewhile(lambda event: _is_settled(event), untold[: max(room, 1)]))
    notice = Notice.objects.create(
        owner_id=channel.owner_id,
        channel=channel,
        rung=rung,
        to=goes_to(channel, rung),
        made_at=now,
        next_attempt_at=now,
    )
    NoticeItem.objects.bulk_create(
        NoticeItem(owner_id=channel.owner_id, notice=notice, event=event) for event in old + new
    )
    _move_on(channel, rung, new[-1].number)
    return True


def _is_settled(event: Event) -> bool:
    return event.occurred_at <= clock.now() - SETTLED_AFTER


def _move_on(channel: NoticeChannel, rung: Rung, upto: int) -> None:
    name = f"{rung}_upto"
    if getattr(channel, name) < upto:
        NoticeChannel.objects.filter(pk=channel.pk).update(**{name: upto})
