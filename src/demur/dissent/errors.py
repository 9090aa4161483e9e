# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about a case.

DissentError
 +-- NotPossible     the procedure has no such step from here
 +-- NotAllowed      the step exists, but not for this actor
 +-- NotVisible      the thing is not for this role's eyes
 +-- MovedOn         something that matters for the act came after what the actor had read
 +-- TooMany         the actor did so many acts on the case today that the rest wait
 +-- Erased          the case was erased here on purpose
 +-- Conflict        the same name for two different things
 +-- EventError      an event that is not one
 +-- BundleError     a bundle that is not one
 +-- MissingPart     a large file that has not arrived whole
 +-- Busy            no room at this moment
 +-- NoRoom          the disk keeps what it has left for rows and record
 +-- StandsStill     the record is disputed, so nothing can be promised
 +-- WorkWanted      many ask at once, and this request shows no work
 +-- DocumentError   a dissent, reply or other document that is not one
      +-- NoPassage  a passage that does not stand in the text once
"""

from demur.errors import DemurError


class DissentError(DemurError):
    """Root of this family."""


class NotPossible(DissentError):  # noqa: N818 -- named as the fact, not as a fault
    """The procedure has no such step from the state the case is in."""


class NotAllowed(DissentError):  # noqa: N818 -- named as the fact
    """The charter gives this step to somebody else."""


class NotVisible(DissentError):  # noqa: N818 -- named as the fact
    """The thing is not for this role's eyes."""


class Erased(DissentError):  # noqa: N818 -- named as the fact
    """The case was erased here on purpose, as a readable entry of the record says."""

    def __init__(self) -> None:
        super().__init__(
            "This case was erased here on purpose and does not come back; a readable entry of the record names its entries. What you hold, "
            "receipt and copies, still proves what it proved."
        )


class MovedOn(DissentError):  # noqa: N818 -- named as the fact
    """The case has moved on since the actor read it; read again, then act."""


class TooMany(DissentError):  # noqa: N818 -- named as the fact
    """One actor did as many acts on one case today as one may; `again` is in how many seconds it goes on. `replies`: it was a reply."""

    def __init__(self, again: int, *, replies: bool = False) -> None:
        hours = max(1, -(-again // 3600))
        when = f"send this one again in {hours} {'hour' if hours == 1 else 'hours'}"
        super().__init__(
            f"You have given as many replies on this case today as one may; {when}. Replies that answer a point have places of their own."
            if replies
            else f"You have sent as many acts of this kind on this case today as one may; {when}. To reply, to dispute a reply and to "
            "withdraw is possible at any time."
        )
        self.again = again


class Conflict(DissentError):  # noqa: N818 -- named as the fact
    """The same id was used for something else before."""


class EventError(DissentError):
    """An event, act or opening that does not hold."""


class BundleError(DissentError):
    """Bytes that are not a bundle, or a bundle whose parts do not fit."""


class MissingPart(DissentError):  # noqa: N818 -- named as the fact
    """A part of an upload comes out of order, or is not there yet."""


class Busy(DissentError):  # noqa: N818 -- named as the fact
    """No room at this moment; what is small can still be filed."""


class NoRoom(DissentError):  # noqa: N818 -- named as the fact
    """The disk keeps what it has left for rows and record; nothing of a filing was kept."""

    def __init__(self) -> None:
        super().__init__(
            "The disk of this server is as good as full, so nothing can be filed at this moment and nothing was kept; send it again later, "
            "or use one of the other doors that the channel's page names."
        )


class StandsStill(DissentError):  # noqa: N818 -- named as the fact
    """A witness says that it cosigned another record: the log signs nothing, and so can promise nothing, until that is decided."""

    def __init__(self) -> None:
        super().__init__(
            "A witness says that it cosigned another record than this log holds, so nothing can be promised and nothing was kept; send it "
            "again once that is decided, or use one of the other doors that the channel's page names."
        )


class WorkWanted(DissentError):  # noqa: N818 -- named as the fact
    """Many ask at once, and this request shows too little work: `bits` are asked, under `challenge`."""

    def __init__(self, sentence: str, *, bits: int, challenge: str) -> None:
        super().__init__(sentence)
        self.bits, self.challenge = bits, challenge


class DocumentError(DissentError):
    """A dissent, reply or other document that does not hold; the message says what to write."""


class NoPassage(DocumentError):  # noqa: N818 -- named as the fact
    """A passage that was to be a claim does not stand in the text, or stands there more than once."""
