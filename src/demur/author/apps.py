# SPDX-License-Identifier: AGPL-3.0-or-later
"""The app that holds the author's templates."""

from django.apps import AppConfig


class AuthorConfig(AppConfig):
    """The author's room."""

    name = "demur.author"
    label = "author"
