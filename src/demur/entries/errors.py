# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about the rows of the record.

EntriesError
 +-- BelowFloor     a larger record than these rows was signed before
"""

from demur.errors import DemurError


class EntriesError(DemurError):
    """Root of this family."""


class BelowFloor(EntriesError):  # noqa: N818 -- named as the fact
    """Signing now could show two records to two people."""
