"""The worker's roof, and the beat schedule as a table.

Beat has one entry, a tick each minute. It sends every sweep, and a sweep asks the rows what is
due: a beat that stood still, or a message that was lost, costs a minute and no work.
"""

import os

from celery import Celery

from smartpit.platform import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")

SWEEPS: tuple[str, ...] = (
    "billing.tasks.sweep",
    "billing.tasks.sweep_tenants",
    "billing.tasks.sweep_batches",
    "billing.tasks.sweep_ladder",
    "billing.tasks.sweep_connection_tests",
    "billing.tasks.sweep_imports",
    "billing.tasks.sweep_packs",
    "billing.tasks.sweep_public_acts",
    "billing.tasks.sweep_misses",
    "tenants.tasks.sweep_letters",
    "settlement.tasks.settle_due",
    "settlement.tasks.sweep_chain_files",
    "settlement.tasks.sweep_payee_notices",
    "settlement.tasks.sweep_seals",
    "smartpit.web.tasks.sweep_audit",
)

broker.register()
app = Celery("smartpit")
app.set_default()  # In every thread: else a web thread would ring at some other broker.
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {"tick": {"task": "smartpit.celery.tick", "schedule": 60.0}}
app.autodiscover_tasks()


@app.task
def tick() -> None:
    """Ring every sweep's bell."""
    for sweep in SWEEPS:
        app.send_task(sweep, expires=60)
