# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the desk's script says."""

SAYINGS: dict[str, str] = {}
