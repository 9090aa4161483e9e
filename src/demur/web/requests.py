# SPDX-License-Identifier: AGPL-3.0-or-later
"""The request as the rooms see it: with the installation it came to and the time it came, and without who sent it."""

from django.http import HttpRequest

from demur.entries.installation import Installation


class DemurRequest(HttpRequest):
    """Set up by `demur.site.middleware`: the rooms read no settings and no clock."""

    ground: Installation
    at: int  # POSIX seconds
