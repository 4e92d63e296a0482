"""The door for WSGI servers: Django as it is, and nothing before it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

import smartpit.celery  # noqa: F401 - what tasks ring at is our broker
from smartpit.kernel.limits import hold_to

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")

application = get_wsgi_application()
hold_to(settings.WEB_DATABASE_LIMITS)
