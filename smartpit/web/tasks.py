"""Doorbells of what needs more than one app: beat rings each minute."""

from celery import shared_task

from smartpit.web.audit.running import run_audit_if_due


@shared_task
def sweep_audit() -> None:
    """Look through the books every six hours; payouts are frozen if money is wrong."""
    run_audit_if_due()
