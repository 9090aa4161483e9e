# SPDX-License-Identifier: AGPL-3.0-or-later
"""The app of charters, seats and their requests."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Statements in force, nonces of signed requests."""

    name = "demur.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
