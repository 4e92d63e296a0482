"""Beat's roof: the worker's own schedule, without the applications whose tasks it never runs."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "smartpit.settings.beat"

from smartpit.celery import app

__all__ = ["app"]
