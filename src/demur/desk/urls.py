# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's addresses, in each language. All lie below `/LANGUAGE/desk/`: the only place that its cookie is sent to."""

from django.conf import settings
from django.urls import path

from demur.desk.pages import desk_page, vault
from demur.desk.signing_in import account_page, first_time, sign_in, sign_out

_PAGES = (
    ("", desk_page),
    ("in/", sign_in),
    ("first/", first_time),
    ("account/", account_page),
    ("out/", sign_out),
    ("vault", vault),
)
urlpatterns = [
    path(f"{code}/desk/{place}", view, {"language": code}) for code, _ in settings.LANGUAGES for place, view in _PAGES
]
