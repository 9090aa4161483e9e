# SPDX-License-Identifier: AGPL-3.0-or-later
"""The addresses of one installation: the rooms, joined."""

from django.urls import include, path

from demur.site.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("demur.web.looks")),
    path("", include("demur.author.urls")),
    path("", include("demur.desk.urls")),
    path("", include("demur.public.urls")),
]
handler404 = "demur.public.views.not_found"
handler500 = "demur.public.views.server_error"
