"""The door for WSGI servers."""

import os

from django.core.wsgi import get_wsgi_application

import smartpit.celery  # noqa: F401 - what tasks ring at is our broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")

application = get_wsgi_application()
