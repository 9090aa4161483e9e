# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public room."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """What anybody may see."""

    name = "demur.public"
    label = "public"
