# SPDX-License-Identifier: AGPL-3.0-or-later
"""Some of what stands at the edge knows models."""

import django

django.setup()
