"""Doorbells of settlement: beat rings each minute, and the calendar says whether it is time."""

from celery import shared_task

from settlement.services.settling import settle


@shared_task
def settle_due() -> None:
    """Do what is due by now, in Japan."""
    settle()
