# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings of one installation. Everything that differs between installations lies in its directory, named by DEMUR_DIR.

No admin, and none of Django's sessions, users or cookies: what is not installed cannot leak. The desk keeps accounts of its own.
"""

import os
from pathlib import Path

from demur.site.configuration import read_configuration

DEMUR_DIR = Path(os.environ.get("DEMUR_DIR", "."))
CONFIGURATION = read_configuration(DEMUR_DIR)

DEBUG = False
# Django demands one; nothing here is signed with it, since there are no sessions, cookies or forms that post.
SECRET_KEY = CONFIGURATION.secret
ALLOWED_HOSTS = ["*"]  # addresses are never built from the Host header; the channel's address is configuration
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("id", "Bahasa Indonesia")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
ROOT_URLCONF = "demur.site.urls"
WSGI_APPLICATION = "demur.site.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "demur.entries",
    "demur.notices",
    "demur.people",
    "demur.dissent",
    "demur.web",
    "demur.desk",
    "demur.public",
    "demur.author",
]

MIDDLEWARE = [
    "demur.site.middleware.Ground",
    "demur.web.headers.StrictHeaders",
    "demur.web.assets.Assets",
    "django.middleware.common.CommonMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.i18n"]},
    }
]

# Passphrases of the desk's accounts; those of vaults are never here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DEMUR_DIR / "demur.sqlite3",
        "OPTIONS": {
            # A receipt must never refer to a row that a power cut erased: FULL, not NORMAL.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
        "CONN_MAX_AGE": None,
    }
}

STATIC_URL = "/static/"

# JSON requests are small; bundles are read in pieces by `demur.web.bodies`, against the charter's limit, with a sentence.
# A text of the length that charters allow is sent with CRLF for each of its line ends.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# A page that asks for files names a handler of its own (`author/plain_form.py`).
FILE_UPLOAD_HANDLERS = ["demur.web.bodies.NoFiles"]

# Addresses, hosts and agents of those who ask are never written down, so there is no access log and no request in any message.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    # A logger without any handler falls back to standard error, so silence has a handler of its own.
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "loggers": {
        "demur": {"handlers": ["stderr"], "level": "INFO"},
        "django.request": {"handlers": ["nowhere"], "propagate": False},
        "django.server": {"handlers": ["nowhere"], "propagate": False},
        "django.security": {"handlers": ["nowhere"], "propagate": False},
    },
}
