# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public addresses: the page in each language, the charter's text, the record."""

from django.urls import path

from demur.public.record import urlpatterns as record
from demur.public.views import charter_text, front, front_in

urlpatterns = [
    path("", front),
    *(path(f"{code}/", front_in, {"language": code}) for code in ("en", "id")),
    path("charter.toml", charter_text),
    *record,
]
