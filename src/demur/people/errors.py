# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about people.

PeopleError
 +-- RequestRefused     a request that no seat in force signed, or not for this
 +-- NotOpen            the channel has no charter or too few seats
 +-- NotKept            a seat keeps nothing under this name
 +-- KeptElsewhere      another window of the seat has replaced what this one read
 +-- NoRoom             a seat keeps as much as it may
"""

from demur.errors import DemurError


class PeopleError(DemurError):
    """Root of this family."""


class RequestRefused(PeopleError):  # noqa: N818 -- named as the fact
    """The request is not signed by a seat in force, or was used before."""


class NotOpen(PeopleError):  # noqa: N818 -- named as the fact
    """Nothing can be filed here yet; the message says why."""


class NotKept(PeopleError):  # noqa: N818 -- named as the fact
    """The seat keeps nothing under this name."""


class KeptElsewhere(PeopleError):  # noqa: N818 -- named as the fact
    """What is kept under this name is not what the request says it replaces."""


class NoRoom(PeopleError):  # noqa: N818 -- named as the fact
    """The seat keeps as many blobs or bytes as it may."""
