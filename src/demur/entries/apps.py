# SPDX-License-Identifier: AGPL-3.0-or-later
"""The app that owns the rows of the record."""

from django.apps import AppConfig


class EntriesConfig(AppConfig):
    """Entries, checkpoints, head."""

    name = "demur.entries"
    label = "entries"
    default_auto_field = "django.db.models.BigAutoField"
