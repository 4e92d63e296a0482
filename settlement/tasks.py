"""Doorbells of settlement: beat rings each minute, and the calendar says whether it is time."""

from datetime import date

from celery import shared_task

from settlement.services.bank_simulator import send_days_statement
from settlement.services.chain_simulator import send_days_files
from settlement.services.matching import match_chain_files
from settlement.services.payee_notices import mail_payee_notices
from settlement.services.settling import settle
from smartpit.kernel import clock
from tenants.selectors import centre

_looked_on: list[date] = []  # The day on which this worker last looked for what files left out.


@shared_task
def settle_due() -> None:
    """Do what is due by now, in Japan."""
    settle()


@shared_task
def sweep_payee_notices() -> None:
    """Tell the contacts of before that an account is being changed."""
    mail_payee_notices()


@shared_task
def sweep_chain_files() -> None:
    """Heed what chains said too early, open what they left out; in a demo, play chains and bank."""
    standing = centre()
    if standing is not None and standing.is_demo:
        send_days_files()
        send_days_statement()
    today = clock.business_date()
    match_chain_files(looks_for_missing=_looked_on != [today])
    _looked_on[:] = [today]
