# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's addresses, in each language."""

from django.conf import settings
from django.urls import path

from demur.author.pages import case_page, file_page

urlpatterns = [
    route
    for code, _ in settings.LANGUAGES
    for route in (
        path(f"{code}/file/", file_page, {"language": code}),
        path(f"{code}/case/", case_page, {"language": code}),
    )
]
