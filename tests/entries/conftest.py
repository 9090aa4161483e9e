# SPDX-License-Identifier: AGPL-3.0-or-later
"""The writer's tests use a database of their own."""

import django

django.setup()
