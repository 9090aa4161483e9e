# SPDX-License-Identifier: AGPL-3.0-or-later
"""Some of these tests use the rows of the record directly, in a database of their own."""

import django

django.setup()
