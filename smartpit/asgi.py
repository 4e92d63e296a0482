"""The door for ASGI servers."""

import os

from django.core.asgi import get_asgi_application

import smartpit.celery  # noqa: F401 - what tasks ring at is our broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")

application = get_asgi_application()
