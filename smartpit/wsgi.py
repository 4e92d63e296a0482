"""The door for WSGI servers: payments go their own short way, all else through Django."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

import smartpit.celery  # noqa: F401 - what tasks ring at is our broker
from smartpit.kernel.limits import hold_to

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")

django = get_wsgi_application()
hold_to(settings.WEB_DATABASE_LIMITS)

from billing.api.till.door import door  # noqa: E402  It needs the apps that the line above loads.

application = door(django)
