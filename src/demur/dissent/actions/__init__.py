# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be done to a case: one verb a module, keyword-only, `by=` and `at=` explicit, one transaction."""
