# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur demo`: a throw-away channel with invented people, and what happens in it."""
