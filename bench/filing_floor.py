# SPDX-License-Identifier: AGPL-3.0-or-later
"""The floor of filing: Django without middleware, one view, one blob of what arrived, the same writer, the same settings of SQLite."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "demur.site.settings"

from django.conf import settings

settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "bench.filing_floor"

from django.core.wsgi import get_wsgi_application  # noqa: E402 -- needs the settings
from django.db import connection  # noqa: E402 -- needs the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402 -- needs the settings
from django.urls import path  # noqa: E402 -- needs the settings

from bench.filing_server import behind_gateway, serve  # noqa: E402 -- needs the settings
from demur.entries.writer import GroupCommit  # noqa: E402 -- needs the settings

_WRITER = GroupCommit()


def floor(request: HttpRequest) -> HttpResponse:
    """Keep the blob, answer after the commit."""
    data = request.read()
    _WRITER.write(lambda: _keep(data))
    return HttpResponse(b"kept", status=201, headers={"Content-Length": "4"})


def _keep(data: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO floor (data) VALUES (%s)", [data])


def _table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, data BLOB NOT NULL)")
    connection.close()


urlpatterns = [path("floor", floor)]
application = behind_gateway(get_wsgi_application())
_table()

if __name__ == "__main__":
    serve("bench.filing_floor:application")
