"""Every setting of Bida, read from the environment. Development and production differ by environment only.

docs/operations.md lists the variables.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

import structlog
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import embedded, env

BASE_DIR = embedded.BASE_DIR
PRODUCTION = env.choice("BIDA_ENV", ("development", "production"), "development") == "production"
# `make run HTTPS=1`: Bida itself serves https, under a certificate that it made.
HTTPS = env.flag("BIDA_HTTPS", False)
DEBUG = not PRODUCTION and env.flag("BIDA_DEBUG", False)
VAR_DIR = env.folder("BIDA_VAR", BASE_DIR / "var")
# The public pages alone, on a server of their own that everybody reaches: nobody signs in there, and its database login
# sees what is published.
OUTSIDE = env.choice("BIDA_ROLE", ("inside", "portal"), "inside") == "portal"
# Inside: there is such a server, for which the worker counts.
HAS_PORTAL = env.flag("BIDA_PORTAL", False)


# --- Secrets -------------------------------------------------------------------------------------------------------
def _secret(name: str, what: str, fresh: str) -> str:
    """The secret of the environment; in development one that is drawn once and kept under var/secrets."""
    if PRODUCTION or env.is_set(name):
        return env.required(name, what)
    kept = VAR_DIR / "secrets" / name.lower()
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.parent.chmod(0o700)
        # mkstemp makes it readable to its owner only; link refuses to replace what another process put there first.
        handle, draft = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "w") as file:
            file.write(fresh)
        try:
            os.link(draft, kept)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return kept.read_text().strip()


SECRET_KEY = _secret("SECRET_KEY", "it signs sessions and cursors", secrets.token_urlsafe(64))


def _inside(name: str, what: str, fresh: str) -> str:
    """A secret that never leaves the inside: the portal has one in its place that is forgotten when it stops."""
    return fresh if OUTSIDE else _secret(name, what, fresh)


# The first wraps the keys of personal data, all unwrap: put a new one in front to rotate.
FIELD_KEYS = [
    key.strip()
    for key in _inside(
        "FIELD_KEYS", "Fernet keys, between commas, for personal data", Fernet.generate_key().decode()
    ).split(",")
]
# Keys the HMAC that links events; without it nobody can forge the chain from inside the database.
EVENT_KEY = _inside("EVENT_KEY", "it links the history", secrets.token_urlsafe(64))
# Keys the hashes by which a telephone number is found again.
HASH_KEY = _secret("HASH_KEY", "it finds telephone numbers again", secrets.token_urlsafe(64))
for _key in FIELD_KEYS:
    try:
        Fernet(_key)
    except ValueError as wrong:
        raise ImproperlyConfigured("FIELD_KEYS must be Fernet keys between commas.") from wrong
for _name, _value in (("SECRET_KEY", SECRET_KEY), ("EVENT_KEY", EVENT_KEY), ("HASH_KEY", HASH_KEY)):
    if len(_value) < 32:
        raise ImproperlyConfigured(f"{_name} must have at least 32 characters.")

# --- Hosts ---------------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", () if PRODUCTION else ("localhost", "127.0.0.1", "[::1]", "testserver")
)
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name in production the host names that Bida answers to.")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# How many reverse proxies stand in front; 0 believes no forwarded header.
PROXY_COUNT = env.number("PROXY_COUNT", 0, low=0, high=9)

# --- Database ------------------------------------------------------------------------------------------------------
if env.is_set("DATABASE_URL"):
    _database = env.database("DATABASE_URL", env.text("DATABASE_URL"), env.text("DATABASE_PASSWORD"))
elif PRODUCTION:
    raise ImproperlyConfigured("DATABASE_URL (or DATABASE_URL_FILE) must be set in production.")
else:
    _database = env.database(
        "DATABASE_URL", embedded.home().url(embedded.PORTAL if OUTSIDE else embedded.OWNER)
    )
DATABASES = {
    "default": {
        **_database.as_django(),
        "CONN_MAX_AGE": env.number("CONN_MAX_AGE", 60, low=0, high=3600),
        "CONN_HEALTH_CHECKS": True,
        # Of the statements that ask for it (bureaus.models.prepared); all others are planned each time.
        "OPTIONS": {**dict(_database.options), "prepare_threshold": 5},
        # Inside the scope's transaction the view has its own, so what it wrote before it refused is undone while the
        # page that says so can still read.
        "ATOMIC_REQUESTS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker --------------------------------------------------------------------------------------------------------
BROKER_URL = env.text("BROKER_URL")
if PRODUCTION and not OUTSIDE and not BROKER_URL:
    raise ImproperlyConfigured("BROKER_URL (or BROKER_URL_FILE) must be set in production.")
BROKER_URL = BROKER_URL or "pgmq://"
if BROKER_URL.split(":", 1)[0] not in ("pgmq", "amqp", "amqps", "redis", "rediss"):
    raise ImproperlyConfigured(
        "BROKER_URL must begin with amqp://, amqps://, redis://, rediss:// or pgmq://."
    )
# How often the sweep looks for what is due to be chased.
CHASE_EVERY_SECONDS = env.number("CHASE_EVERY_SECONDS", 60 if PRODUCTION else 20, low=1, high=3600)
SEND_EVERY_SECONDS = env.number("SEND_EVERY_SECONDS", 30, low=1, high=3600)
# Two installations on one RabbitMQ or Redis must not take each other's tasks.
BROKER_QUEUE = env.text("BROKER_QUEUE") or "bida"

# --- The house -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    # Before the administration, whose frame it completes.
    "bureaus",
    "django.contrib.admin",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "inquiries",
    "disclosure",
]
if not PRODUCTION:
    INSTALLED_APPS += env.words("BIDA_EXTRA_APPS")  # django_migration_linter, for `make check`
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Pages and, where nobody has compressed them before, files; what a page hides is masked anew in every answer.
    "config.middleware.CompressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.ScopeMiddleware",
    "config.middleware.QueueKeyMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.errors.RefusalMiddleware",
]
ROOT_URLCONF = "config.urls"
# Of the portal: no session, no sign-in, no key of a machine.
OUTSIDE_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.OutsideMiddleware",
    "config.errors.RefusalMiddleware",
]
OUTSIDE_URLCONF = "config.portal_urls"
if OUTSIDE:
    MIDDLEWARE, ROOT_URLCONF = OUTSIDE_MIDDLEWARE, OUTSIDE_URLCONF
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "config.rendering.QuickSelects"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- Who signs in --------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "bureaus.Officer"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
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
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_IPWARE_PROXY_COUNT = PROXY_COUNT
AXES_SENSITIVE_PARAMETERS = ["password"]
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "bida/locked.html"
# The administration shows tables by its one base alone; a lock is lifted by `manage.py axes_reset_username`.
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_AGE = 10 * 60 * 60  # a working day and its overtime
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION or HTTPS
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- Language and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
_MODULES = BASE_DIR / "node_modules"
# Tabler's further libraries are not used, and name files that they do not bring.
_VENDOR = (
    *((f"vendor/tabler/{part}", _MODULES / "@tabler/core/dist" / part) for part in ("css", "js", "img")),
    ("vendor/echarts", _MODULES / "echarts/dist"),
    ("vendor/echarts-i18n", _MODULES / "echarts/i18n"),
)
STATICFILES_DIRS = [(prefix, str(path)) for prefix, path in _VENDOR if path.is_dir()]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION


def _weak_etag(headers: Headers, path: str, _url: str) -> None:
    """A file's tag survives its being compressed on the way, so that a browser that has it is told so."""
    found = Path(path).stat()
    headers["ETag"] = f'W/"{int(found.st_mtime):x}-{found.st_size:x}"'


WHITENOISE_ADD_HEADERS_FUNCTION = _weak_etag
MEDIA_ROOT = env.folder("FILES_DIR", VAR_DIR / "files")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- Mail ----------------------------------------------------------------------------------------------------------
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 25, low=1, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL", "bida@localhost")
if not EMAIL_HOST:
    # Without a mail server messages lie in a folder, to be looked at.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")

# --- Messages ------------------------------------------------------------------------------------------------------
# Where officers open Bida: messages point there. Empty: they carry no link.
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")
# What apprise may be asked to reach. A schema whose host is free is checked against inside addresses like a webhook.
APPRISE_SCHEMAS = env.words("APPRISE_SCHEMAS", ("wecombot", "dingtalk", "feishu", "lark"))

# --- REST ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    # Closed: a view says itself whom it lets in.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "bureaus.api.problems.answer_problem",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": PROXY_COUNT,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Bida",
    "DESCRIPTION": "Questions of citizens, each chased until somebody logs an answer. See docs/api.md.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    # Choices stand where they are used: named apart they collide, as acts offer several parts of one list.
    "POSTPROCESSING_HOOKS": [],
    "DISABLE_ERRORS_AND_WARNINGS": False,
}

# --- Logs ----------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
# Neither renderer prints local variables: they hold personal data.
_renderers: list[Any] = (
    [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if PRODUCTION
    else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
)
_shared_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=False),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "events": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared_processors,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "django_structlog": {"level": LOG_LEVEL if PRODUCTION else "WARNING"},
        **{name: {"level": LOG_LEVEL} for name in ("config", "bureaus", "inquiries", "disclosure")},
    },
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared_processors,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
