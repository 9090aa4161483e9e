# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person's own machine refuses.

    ClientError
     +-- Unreachable          no answer from the server
     +-- Insecure             the address would send the filing in clear over a network
     +-- ServerRefused        the server answered with an error
     +-- BadAnswer            the server answered with something that is not in the protocol
     +-- NotTrusted           the channel is not known here, or is another than the words say
     +-- NotOpen              the channel takes no filing now
     +-- KeyTooNew            a seat's key has not waited in public long enough
     +-- ClockDiffers         the log's clock and this machine's differ
     +-- TooLarge             more than the charter's limits
     +-- CarriesMetadata      a file would give away more than its text
     +-- NotImportable        a document whose text cannot be taken
     +-- BadReceipt           a receipt that does not hold
     +-- BadKeyFile           a key file that does not hold, or belongs to another receipt
     +-- BadEvidence          evidence that proves nothing
     +-- BadExhibit           an exhibit that does not hold, or cannot be made
     +-- FileInTheWay         a file would be overwritten
     +-- NotWritable          what an act would leave behind could not be written; nothing was sent
     +-- Dishonest            what an honest server cannot have signed; carries the evidence
          +-- SwappedKey      the log named a roster that its officers did not sign
          +-- ThreadShorter   items were taken away from the author's thread
          +-- ItemChanged     an item of the author's thread was replaced by another
          +-- PromiseBroken   an entry promised by a time is not in the tree signed after it
          +-- RecordForked    two signed checkpoints are not of one record
          +-- BackDated       the log's own times run backwards
          +-- RolledBack      the log named again what it had replaced

A `Dishonest` error carries `evidence`, a text in the format of `spec/receipt.md` that convinces `demur verify` on any
machine.
"""

from demur.errors import DemurError


class ClientError(DemurError):
    """Root of this family."""


class Unreachable(ClientError):  # noqa: N818 -- named as the fact
    """No answer came; nothing is known about what the server did."""


class Insecure(ClientError):  # noqa: N818 -- named as the fact
    """The address is neither https nor on this machine."""


class ServerRefused(ClientError):  # noqa: N818 -- named as the fact
    """The server answered with an error: HTTP `status`, the stable word `code`, and its `sentence`."""

    def __init__(self, status: int, code: str, sentence: str, *, work: tuple[object, object] = (None, None)) -> None:
        """`work` are the bits and the challenge that the answer asks for, as it says them: not yet looked at."""
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.work = work


class BadAnswer(ClientError):  # noqa: N818 -- named as the fact
    """An answer that is not in the protocol, or not signed by the channel's log."""


class NotTrusted(ClientError):  # noqa: N818 -- named as the fact
    """The channel is not known here, or the server shows another one."""


class NotOpen(ClientError):  # noqa: N818 -- named as the fact
    """The channel takes no filing now; the message says why."""


class KeyTooNew(ClientError):  # noqa: N818 -- named as the fact
    """A seat's key is younger than the charter's waiting time; `seats` names them."""

    def __init__(self, sentence: str, seats: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.seats = seats


class ClockDiffers(ClientError):  # noqa: N818 -- named as the fact
    """A promise lies more than five minutes from this machine's clock."""


class TooLarge(ClientError):  # noqa: N818 -- named as the fact
    """More than the charter's limits allow."""


class CarriesMetadata(ClientError):  # noqa: N818 -- named as the fact
    """A file that tells more than its text, such as who wrote it on which machine."""


class NotImportable(ClientError):  # noqa: N818 -- named as the fact
    """A file that holds no text of a word processor's document, or too much of it."""


class BadReceipt(ClientError):  # noqa: N818 -- named as the fact
    """A receipt that is not one, or that does not hold."""


class BadKeyFile(ClientError):  # noqa: N818 -- named as the fact
    """A key file that is not one, or that does not fit its receipt."""


class BadEvidence(ClientError):  # noqa: N818 -- named as the fact
    """Evidence that is not in form, or that proves nothing."""


class BadExhibit(ClientError):  # noqa: N818 -- named as the fact
    """An exhibit that is not in form, does not hold, or cannot be made from what is at hand."""


class FileInTheWay(ClientError):  # noqa: N818 -- named as the fact
    """A file exists already, and Demur overwrites none."""


class NotWritable(ClientError):  # noqa: N818 -- named as the fact
    """What an act would leave behind could not be written; nothing was sent."""


class Dishonest(ClientError):  # noqa: N818 -- named as the fact
    """What an honest server cannot have signed; `evidence` is the text that proves it."""

    def __init__(self, sentence: str, evidence: str) -> None:
        super().__init__(sentence)
        self.evidence = evidence


class SwappedKey(Dishonest):
    """The log named as in force a roster that its officers did not sign."""


class ThreadShorter(Dishonest):
    """A newer mailbox head takes away what an older one counted."""


class ItemChanged(Dishonest):
    """A newer mailbox head counts more, and other, than an older one."""


class PromiseBroken(Dishonest):
    """An entry promised by a time is not in the tree that was signed after it."""


class RecordForked(Dishonest):
    """Two checkpoints, both signed as the channel's policy demands, cannot be of one record."""


class BackDated(Dishonest):
    """The log states an earlier time for what it must have signed later."""


class RolledBack(Dishonest):
    """The log named as in force a charter or seats that it had replaced before."""
