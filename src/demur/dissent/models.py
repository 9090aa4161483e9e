# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is kept of a case: ciphertext, commitments, and openings of what the server itself recorded.

What an attacker learns who steals these rows: that a case exists, its padded size, its events and their days. Not: text, names,
who can read, which inbox item belongs to which case. `tests/dissent/test_leaks.py` holds this table by table.
"""

from django.db import models


class Case(models.Model):
    """One case. Ids are random: there is no running number that would tell the order of filings."""

    id = models.CharField(max_length=32, primary_key=True)
    charter = models.CharField(max_length=64)  # leaf hash of the charter entry, for life
    author = models.CharField(max_length=64)  # Ed25519 public key, used for this case only
    mailbox = models.CharField(max_length=32, unique=True)
    bearer = models.CharField(max_length=64)  # SHA-256: a thief of the database cannot open the mailbox
    token = models.CharField(max_length=64)  # SHA-256 of what stands inside the grants
    salt = models.CharField(max_length=64)
    filing = models.CharField(max_length=64)  # SHA-256 of the filing's header: same id, same filing or refused
    header = models.TextField(
        default=""
    )  # the header itself, signed by the author: every column above is checked against it
    commitment = models.CharField(max_length=64)  # of the author's own event
    seq = models.PositiveIntegerField()
    last = models.CharField(max_length=64)  # commitment of the last event
    chain = models.BinaryField(max_length=32)  # running hash of the mailbox, for heads
    state = models.CharField(max_length=16)
    # What the events say together, kept so that no act reads them all (`demur.dissent.snapshots`), and the version of that fold.
    story = models.TextField(null=True)  # noqa: DJ001 -- a column that may be empty is added without copying the table
    story_v = models.PositiveSmallIntegerField(null=True)

    def __str__(self) -> str:
        """The random id, which says nothing."""
        return self.id


class Event(models.Model):
    """An event with its opening. The row can be checked against the record: `demur doctor` does."""

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="events", db_index=False
    )  # the constraint's serves
    seq = models.PositiveIntegerField()
    text = models.TextField()  # RFC 8785 JSON
    r = models.CharField(max_length=64)
    leaf_hash = models.BinaryField(max_length=32, unique=True)
    body = models.CharField(max_length=64)  # SHA-256 of the sealed file, or ""
    promise = models.TextField()
    act = models.BinaryField(max_length=32, null=True)  # hash of the signed act: one act stands in a case once

    class Meta:
        """One event for each place in a case, and one place for each act."""

        ordering = ("case", "seq")
        constraints = (
            models.UniqueConstraint(fields=("case", "seq"), name="one_event_per_place"),
            models.UniqueConstraint(
                fields=("case", "act"), condition=models.Q(act__isnull=False), name="one_place_per_act"
            ),
        )

    def __str__(self) -> str:
        """Its place, for the developer's console."""
        return f"event {self.seq}"


class SealedFile(models.Model):
    """One age file of a case, given out by its hash. `role` as in the filing; `seq` the event it came with.

    A large one came in parts and lies as a file of its own (`demur.dissent.uploads`); `data` is then None.
    """

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="files", db_index=False
    )  # the constraint's serves
    seq = models.PositiveIntegerField()
    role = models.CharField(max_length=16)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    data = models.BinaryField(null=True)
    # A large one that was lost at a restore, and that the author has not sent again: known to be gone, not removed by hand.
    missing = models.BooleanField(db_default=False)

    class Meta:
        """A file stands in a case once."""

        constraints = (models.UniqueConstraint(fields=("case", "sha256"), name="one_file_per_hash"),)

    def __str__(self) -> str:
        """Its role, for the developer's console."""
        return self.role


class InboxItem(models.Model):
    """One opaque item in a seat's inbox. It names no case: only the seat's client can tell what it is for, if anything."""

    seat = models.CharField(max_length=64)
    n = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        """Items of a seat are numbered from 1."""

        constraints = (models.UniqueConstraint(fields=("seat", "n"), name="one_item_per_number"),)

    def __str__(self) -> str:
        """Its number, for the developer's console."""
        return f"item {self.n}"


class CaseTally(models.Model):
    """What one case adds to the public counts, as far as it is published (`demur.dissent.queries`): nothing that its events do not say.
    No backup holds it: it is counted again from the events, which backups wrap.
    """

    case = models.CharField(max_length=32, primary_key=True)  # of no constraint: it may outlive the case by a moment
    text = models.TextField()  # JSON

    def __str__(self) -> str:
        """The random id, which says nothing."""
        return self.case


class Tally(models.Model):
    """The sums of `CaseTally` over the first `size` entries of the record, as JSON; counted anew where `version` is another."""

    SOLE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SOLE)
    version = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    text = models.TextField()

    class Meta:
        """There is one."""

        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_tally"),)

    def __str__(self) -> str:
        """What it is, for the developer's console."""
        return "tally"


class Erased(models.Model):
    """What was erased here on purpose, so that it does not come back: leaf hashes of its entries, which the record shows anyway, and hashes
    made of names that only author, readers and server knew (`demur.dissent.erased`). Nothing of the case can be found from them.
    """

    what = models.BinaryField(max_length=32, primary_key=True)

    def __str__(self) -> str:
        """Nothing but the fact."""
        return "erased"


class QuarterCounts(models.Model):
    """The counts with which a quarter began, as JSON: what the public page tells of how many wrote, until the next one begins."""

    quarter = models.CharField(max_length=7, primary_key=True)  # "2026-Q4", of UTC
    text = models.TextField()

    def __str__(self) -> str:
        """Which, for the developer's console."""
        return self.quarter
