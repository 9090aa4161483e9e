# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's addresses, in each language."""

from django.conf import settings
from django.urls import path

from demur.author.pages import case_page, file_page, file_sayings, steps_sayings
from demur.author.plain import case_plain, file_plain

urlpatterns = [
    route
    for code, _ in settings.LANGUAGES
    for route in (
        path(f"{code}/file/", file_page, {"language": code}),
        path(f"{code}/file/sayings/", file_sayings, {"language": code}),
        path(f"{code}/file/sayings/steps/", steps_sayings, {"language": code}),
        path(f"{code}/case/", case_page, {"language": code}),
        path(f"{code}/file/plain/", file_plain, {"language": code}),
        path(f"{code}/case/plain/", case_plain, {"language": code}),
    )
]
