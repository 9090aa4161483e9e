# SPDX-License-Identifier: AGPL-3.0-or-later
"""What anybody may see: the channel, its charter, the record."""
