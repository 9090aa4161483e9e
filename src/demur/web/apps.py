# SPDX-License-Identifier: AGPL-3.0-or-later
"""The app that holds base template and stylesheet."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """How every page looks."""

    name = "demur.web"
    label = "web"
