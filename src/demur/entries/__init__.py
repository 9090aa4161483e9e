# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rows of the record: entries, checkpoints, the head. Written only by modules named `recording`."""
