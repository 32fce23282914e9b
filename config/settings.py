"""Placeholder until the house lands: enough for the models to migrate."""

from urllib.parse import urlsplit
import os

_db = urlsplit(os.environ.get("DATABASE_URL", "postgres:///bida_dev?host=/var/run/postgresql"))
SECRET_KEY = "development"
DEBUG = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "config.urls"
AUTH_USER_MODEL = "bureaus.Officer"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "pgtrigger",
    "bureaus",
    "inquiries",
    "disclosure",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _db.path.strip("/"),
        "HOST": _db.hostname or "/var/run/postgresql",
        "USER": _db.username or "",
        "PASSWORD": _db.password or "",
    }
}
# Fernet keys, the newest first, and the secret of the keyed hashes, which outlives them: decision 0010.
FIELD_KEYS = [os.environ.get("FIELD_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw=")]
HASH_KEY = os.environ.get("HASH_KEY", "development")
