# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person's own machine does: trust, filing, following, verifying. Runs no server code."""
