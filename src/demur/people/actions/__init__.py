# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be done about charters and seats: one verb a module."""
