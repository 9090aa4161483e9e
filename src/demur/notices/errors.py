# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can go wrong with the doorbell. Nothing else ever fails because of it.

NoticesError
 +-- BadDoorbell     the table [doorbell] of demur.toml cannot be used
 +-- NotDelivered    the bell was pulled and did not ring; a `Failure` is the word for why
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from demur.errors import DemurError


class NoticesError(DemurError):
    """Root of this family."""


class BadDoorbell(NoticesError):  # noqa: N818 -- named as the fact
    """The table [doorbell] holds something that is no doorbell."""


class Failure(StrEnum):
    """Why a delivery failed, in one word: all that is kept of it. What a server said is not kept; it repeats addresses."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    TLS = "tls"
    LOGIN = "login"
    PASSWORD = "password"  # noqa: S105 -- a word for a failure
    LATER = "later"
    REFUSED = "refused"
    MISSING = "missing"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


REMEDIES: Final[Mapping[Failure, str]] = {
    Failure.UNREACHABLE: "The mail server could not be reached, or hung up; check `smtp` in [doorbell], and the network.",
    Failure.SLOW: "The doorbell did not come to an end in time; find out what holds up the mail server or the command.",
    Failure.TLS: "No trusted TLS connection to the mail server came about; check its certificate, and `tls` in [doorbell].",
    Failure.LOGIN: "The mail server did not let us in; check `user` and the password file in [doorbell].",
    Failure.PASSWORD: "The password file cannot be used; make it one line of ASCII that its owner alone can read (chmod 600).",
    Failure.LATER: "The mail server asked to come back later; wait, or ask its postmaster.",
    Failure.REFUSED: "The mail server refused the notice for good; check `from` and `to` in [doorbell].",
    Failure.MISSING: "The command of the doorbell cannot be started; check that it is there and may be run.",
    Failure.FAILED: "The command of the doorbell ended with a failure; run it by hand with the word `test`.",
    Failure.INTERRUPTED: "The server was ended while it rang; try again.",
}


class NotDelivered(NoticesError):  # noqa: N818 -- named as the fact
    """The bell did not ring; `failure` is why."""

    def __init__(self, failure: Failure) -> None:
        """The sentence follows from the word."""
        super().__init__(REMEDIES[failure])
        self.failure = failure
