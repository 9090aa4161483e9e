# SPDX-License-Identifier: AGPL-3.0-or-later
"""The app of the desk's accounts, sessions and vaults, and of its templates."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk's room."""

    name = "demur.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
