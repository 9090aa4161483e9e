# SPDX-License-Identifier: AGPL-3.0-or-later
"""The closed list of what the doorbell can say. A word more, and a mailbox would know more than its reader may."""

from enum import StrEnum


class Kind(StrEnum):
    """Why the custodian is rung. `test` is rung by the administrator, and says so."""

    NEW = "new"
    DUE = "due"
    OVERDUE = "overdue"
    TEST = "test"
