# SPDX-License-Identifier: AGPL-3.0-or-later
"""Working days, frozen calendars and deadlines. Knows no Django, no database, no clock of its own."""
