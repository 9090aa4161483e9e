# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tags for the templates of every room."""
