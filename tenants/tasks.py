"""Doorbells of who takes part: the letters that wait are the truth, a task only sends them."""

from celery import shared_task

from tenants.passwords import send_letters


@shared_task
def sweep_letters() -> None:
    """Mail the links by which people set their own passwords."""
    send_letters()
