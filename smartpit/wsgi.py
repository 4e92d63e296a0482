"""The door for WSGI servers: payments go their own short way, all else through Django."""

import os

from django.core.wsgi import get_wsgi_application

import smartpit.celery  # noqa: F401 - what tasks ring at is our broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")

django = get_wsgi_application()

from billing.api.till.door import door  # noqa: E402  It needs the apps that the line above loads.

application = door(django)
