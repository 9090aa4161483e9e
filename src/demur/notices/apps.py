# SPDX-License-Identifier: AGPL-3.0-or-later
"""The app of the doorbell's outbox."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Notices that wait, were sent, or died."""

    name = "demur.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
