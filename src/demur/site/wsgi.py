# SPDX-License-Identifier: AGPL-3.0-or-later
"""The WSGI entry point: plain, so that any WSGI server can run it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demur.site.settings")
application = get_wsgi_application()

from demur.site.starting import start  # noqa: E402 -- needs Django set up

start()
