# SPDX-License-Identifier: AGPL-3.0-or-later
"""One installation: settings, addresses, checks."""
