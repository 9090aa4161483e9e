# SPDX-License-Identifier: AGPL-3.0-or-later
"""Measurements: how fast and how large, beside what this machine could do at best. Run by `script/bench`; never part of the tests."""
