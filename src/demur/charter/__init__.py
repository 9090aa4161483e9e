# SPDX-License-Identifier: AGPL-3.0-or-later
"""The channel's rules as data: loading, freezing, linting, and what a channel is known by."""
