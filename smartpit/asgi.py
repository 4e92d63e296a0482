"""The door for ASGI servers."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

import smartpit.celery  # noqa: F401 - what tasks ring at is our broker
from smartpit.kernel.limits import hold_to

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")

application = get_asgi_application()
hold_to(settings.WEB_DATABASE_LIMITS)
