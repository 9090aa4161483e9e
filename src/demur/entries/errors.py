# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about the rows of the record.

EntriesError
 +-- BelowFloor     a larger record than these rows was signed before
 +-- ClocksApart    the clocks of server and database differ too much for anything to be signed with a time
"""

from demur.errors import DemurError


class EntriesError(DemurError):
    """Root of this family."""


class ClocksApart(EntriesError):  # noqa: N818 -- named as the fact
    """What would be signed could convict the log: its own clocks do not agree."""


class BelowFloor(EntriesError):  # noqa: N818 -- named as the fact
    """Signing now could show two records to two people."""
