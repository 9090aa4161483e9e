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
