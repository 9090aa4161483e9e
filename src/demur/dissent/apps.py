# SPDX-License-Identifier: AGPL-3.0-or-later
"""The app of cases."""

from django.apps import AppConfig


class DissentConfig(AppConfig):
    """Cases, events, sealed files, inboxes."""

    name = "demur.dissent"
    label = "dissent"
    default_auto_field = "django.db.models.BigAutoField"
