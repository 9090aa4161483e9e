# SPDX-License-Identifier: AGPL-3.0-or-later
"""The floor of starting: one page of Django without middleware or database, on the same server: `python -m bench.start_floor PORT`."""

from bench.filing_server import behind_gateway, serve

if __name__ == "__main__":
    serve("bench.start_floor:application")
else:  # the server's worker imports it once more, and only there Django is set up
    from django.conf import settings

    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="bench", MIDDLEWARE=[])  # noqa: S106 -- of nothing

    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    urlpatterns = [path("", lambda _request: HttpResponse(b"a page", headers={"Content-Length": "6"}))]
    application = behind_gateway(get_wsgi_application())
