# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sealing and signing: age v1 files, containers, return words, keys."""
