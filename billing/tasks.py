"""Doorbells of billing: rows are the truth, a task only looks at them sooner."""

from celery import shared_task

from billing.services.batches import print_batch
from cards.selectors import batches_unprinted


def ring() -> None:
    """Say that something new may be on its way to owners."""


@shared_task
def print_batch_task(batch_id: str) -> None:
    """Print one order, or go on with what a killed worker left of it."""
    print_batch(batch_id)


@shared_task
def sweep_batches() -> None:
    """Ring for each order that waits or was left in the middle."""
    for batch_id in batches_unprinted():
        print_batch_task.delay(str(batch_id))
