# SPDX-License-Identifier: AGPL-3.0-or-later
"""age v1 files (c2sp.org/age): X25519, scrypt and mlkem768x25519 recipients, armor, streaming in constant memory."""
