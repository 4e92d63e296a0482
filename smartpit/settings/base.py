"""Every setting of the centre."""

import os
from datetime import timedelta
from urllib.parse import urlsplit

from smartpit.platform.connections import connections, limited
from smartpit.platform.home import CHECKOUT, home, secret
from smartpit.settings import back_office, environment

HOME = home()
SEAL_ANCHOR = HOME / "seals" / "anchor.txt"
PORT = int(os.environ.get("PORT") or "8000")
SITE_URL = (os.environ.get("SITE_URL") or f"http://127.0.0.1:{PORT}").rstrip("/")

# -- Who is asked, and by whom ------------------------------------------------------------------

DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY") or secret(HOME, "django")
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")  # Opens what older keys sealed.
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS") or [urlsplit(SITE_URL).hostname or ""]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = environment.words("TRUSTED_PROXIES")  # Their headers count: docs/network.md.

AUTH_USER_MODEL = "tenants.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    f"django.contrib.auth.hashers.{name}"
    for name in ("ScryptPasswordHasher", "PBKDF2PasswordHasher")
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [
    ["username", "ip_address"]
]  # Else one proxy's users lock each other out.
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"  # Else it looks for "email", finds nobody, and locks nobody.
AXES_LOCKOUT_CALLABLE = "smartpit.web.sign_in.locked"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # The edges refuse earlier, with their own words.

# -- What runs ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "smartpit.web",  # Before Django's own, whose ``migrate`` it narrows to the migrating role.
    "tenants",
    "cards",
    "billing",
    "settlement",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular_sidecar",  # The viewer of the APIs' documents: static files, no more.
    "django_celery_beat",
    "django_htmx",
    "axes",
]
MIDDLEWARE = [
    "smartpit.edge.request_id.RequestId",
    "smartpit.web.certificates.ClientCertificate",  # It asks who is really at the other end.
    "smartpit.web.middleware.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "smartpit.web.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "smartpit.urls"
WSGI_APPLICATION = "smartpit.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [CHECKOUT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["smartpit.edge.templatetags.shown"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # Each API names its own keys.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "smartpit.edge.openapi.FormSchema",
}

UNFOLD = back_office.UNFOLD

# -- Tills: how much is shared between requests that come together --------------------------------

PAYMENTS_SHARE_COMMITS = True  # A process's payments are booked by one clerk, many in a commit.
KEYS_REMEMBERED_SECONDS = 5  # A chain's key that was taken back works for so much longer.

# -- Where things are kept ----------------------------------------------------------------------

# The application's role owns nothing; migrations run as "owner", which no request ever uses.
_CONNECTIONS = connections(HOME)
# One that is given up is tried anew when it is wanted; one that goes on waits ever longer.
_POOL = {"min_size": 1, "max_size": 10, "timeout": 10, "reconnect_timeout": 3}
# A transaction that hangs keeps others from its rows, and the vacuum from everybody's.
DATABASE_LIMITS = {"idle_in_transaction_session_timeout": "5min"}
# Whoever asks the web has hung up by then; what is long says so (``kernel.limits.unhurried``).
WEB_DATABASE_LIMITS = {
    "statement_timeout": "60s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
# Whoever opens a cursor here reads it to its end, so the way to the last row is what counts.
_PLANS = {"cursor_tuple_fraction": "1"}
DATABASES = {
    "default": environment.database(
        limited(_CONNECTIONS.app, DATABASE_LIMITS | _PLANS), pool=_POOL
    ),
    "owner": environment.database(_CONNECTIONS.owner),
}
DATABASE_ROUTERS = ["smartpit.kernel.schema.MigratingRouter"]
DATABASE_IS_DURABLE = True  # The audit asks; only the tests may say no.
DATABASE_STANDBY = os.environ.get("DATABASE_STANDBY") == "required"  # The audit asks for one then.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = CHECKOUT / "staticfiles"
STATICFILES_DIRS = [CHECKOUT / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": HOME / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

_MAIL = environment.email(HOME)
EMAIL_BACKEND = _MAIL.backend
EMAIL_FILE_PATH = _MAIL.folder
EMAIL_HOST = _MAIL.host
EMAIL_PORT = _MAIL.port
EMAIL_HOST_USER = _MAIL.user
EMAIL_HOST_PASSWORD = _MAIL.password
EMAIL_USE_TLS = _MAIL.scheme == "smtp+tls"
EMAIL_USE_SSL = _MAIL.scheme == "smtps"
EMAIL_TIMEOUT = 15
FAX_URL = os.environ.get("FAX_URL", "")  # Without one, only a demo folder sends: into files.
DEFAULT_FROM_EMAIL = os.environ.get("FROM_EMAIL") or "centre@smartpit.invalid"

# -- Words and days -----------------------------------------------------------------------------

LANGUAGE_CODE = "ja"
LOCALE_PATHS = [CHECKOUT / "locale"]  # What our libraries say in English, or oddly.
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

# -- Money at the counter -----------------------------------------------------------------------

# The issuer in a slip's bars. A GS1 company code begins with 9 or 5: this one is nobody's.
SLIP_ISSUER_CODE = "000000"

# -- Work behind the scenes: a task is a doorbell, the rows are the truth ------------------------

CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker(HOME)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "celery": {"level": "INFO"},
        "smartpit": {"level": "INFO"},
        "django.request": {"level": "ERROR"},  # A refusal is an answer, not a warning.
    },
}
