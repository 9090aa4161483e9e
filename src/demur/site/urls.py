# SPDX-License-Identifier: AGPL-3.0-or-later
"""The addresses of one installation: the rooms, joined."""

from django.urls import include, path, re_path

from demur.site.api import api
from demur.web.slashes import meant

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("demur.web.looks")),
    path("", include("demur.author.urls")),
    path("", include("demur.desk.urls")),
    path("", include("demur.public.urls")),
    re_path(r"^(?P<path>[A-Za-z]+(?:/[A-Za-z]+)*/?)$", meant),
]
handler404 = "demur.public.views.not_found"
handler500 = "demur.public.views.server_error"
