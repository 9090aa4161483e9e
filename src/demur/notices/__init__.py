# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every message that leaves the system: a closed, content-free list."""
