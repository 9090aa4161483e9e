# SPDX-License-Identifier: AGPL-3.0-or-later
"""A witness: countersigns what a log shows, and never two records. Runs outside the institution, on the standard library alone."""
