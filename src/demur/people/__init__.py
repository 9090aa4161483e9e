# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seats and their holders, charters in force, the requests that seats sign."""
