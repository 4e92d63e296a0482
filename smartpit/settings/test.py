"""Under pytest: a data folder aside, plain connections, quick passwords, mail kept in memory."""

import os

from smartpit.platform.home import home

if home().name != "test":  # A child process of a test has it already.
    os.environ["SMARTPIT_HOME"] = str(home() / "test")

from smartpit.settings.base import *  # noqa: F403 - base reads the environment set above
from smartpit.settings.base import DATABASES

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
DATABASE_IS_DURABLE = False
DATABASES["default"]["OPTIONS"].pop("pool")
PAYMENTS_SHARE_COMMITS = False  # The clerk would not see what a test takes back at its end.
KEYS_REMEMBERED_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
WHITENOISE_AUTOREFRESH = True  # Files are found when asked for, not gathered at each start.
AXES_ENABLED = False
