# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about the record.

RecordError
 +-- NoteError         a note that is not one, or that no known key signed
 +-- CheckpointError   a checkpoint that is not one
 +-- ProofError        a proof that does not lead to the signed root
 +-- PolicyError       a trust policy that is not one, or a checkpoint that does not meet it
 +-- EntryError        an entry that is not one, or is too large
 +-- PromiseError      a promise that is not one
 +-- HeadError         a mailbox head that is not one, or that contradicts an older one
 +-- TileError         a tile that is missing or was changed
 +-- WitnessError      a request that a witness refuses
      +-- UnknownLog      of a log that it does not watch
      +-- NotTheLog       not signed by the log it names
      +-- NotLatest       not from the tree that it cosigned last
      +-- NotConsistent   not an extension of that tree
"""

from demur.errors import DemurError


class RecordError(DemurError):
    """Root of this family."""


class NoteError(RecordError):
    """Text that is not a signed note, or a note that no known key signed."""


class CheckpointError(RecordError):
    """Text that is not a checkpoint."""


class ProofError(RecordError):
    """A proof that does not lead to the signed root."""


class PolicyError(RecordError):
    """A trust policy that is not one, or a checkpoint that does not meet it."""


class EntryError(RecordError):
    """An entry that is not one, is too large, or does not open."""


class PromiseError(RecordError):
    """A promise that is not one."""


class HeadError(RecordError):
    """A mailbox head that is not one, or that contradicts an older one."""


class TileError(RecordError):
    """A tile that is missing or was changed."""


class WitnessError(RecordError):
    """A request that a witness refuses."""


class UnknownLog(WitnessError):  # noqa: N818 -- named as the fact
    """The witness does not watch this log."""


class NotTheLog(WitnessError):  # noqa: N818 -- named as the fact
    """The checkpoint is not signed by the log it names."""


class NotLatest(WitnessError):  # noqa: N818 -- named as the fact
    """The request does not start from the tree that was cosigned last; `size` is that tree's."""

    def __init__(self, sentence: str, size: int) -> None:
        super().__init__(sentence)
        self.size = size


class NotConsistent(WitnessError):  # noqa: N818 -- named as the fact
    """The tree does not extend the one that was cosigned last."""
