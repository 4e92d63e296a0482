"""What beat needs: the broker and the tables of its own schedule. The centre stays unloaded."""

from smartpit.settings.base import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.contenttypes", "django_celery_beat"]
ROOT_URLCONF = ""
