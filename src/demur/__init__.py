# SPDX-License-Identifier: AGPL-3.0-or-later
"""Demur: a dissent channel as software."""

__version__ = "0.1.0"
