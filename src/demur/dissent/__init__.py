# SPDX-License-Identifier: AGPL-3.0-or-later
"""The dissent, its documents, events and procedure."""
