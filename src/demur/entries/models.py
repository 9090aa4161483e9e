# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rows of the record. They are the truth; tiles on disk are a projection that can be rebuilt from them.

No row holds an arrival time: with one, a thief of the database could match a filing with a badge reader's log to the second.
"""

from django.db import models


class Entry(models.Model):
    """One entry. `index` is its place in the log, given at the tick; until then it is promised, not published."""

    data = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32, unique=True)
    index = models.PositiveBigIntegerField(null=True, unique=True)

    def __str__(self) -> str:
        """Its place, for the developer's console."""
        return f"entry {self.index}"


class Checkpoint(models.Model):
    """A signed checkpoint. The primary key is the size: there can never be two roots for one size."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    time = models.PositiveBigIntegerField()  # by the policy: the lower median of witnesses, once they have signed
    cosigned = models.BooleanField(default=True)  # whether the note meets the policy: only then it counts for a clock

    class Meta:
        """Those that meet the policy are found by size, however many a witness that is away leaves without."""

        indexes = (models.Index(fields=("cosigned", "size"), name="cosigned_by_size"),)

    def __str__(self) -> str:
        """Its size, for the developer's console."""
        return f"checkpoint {self.size}"


class Cover(models.Model):
    """The opening of a cover entry, for oversight and for nobody else. To all others it looks like any other entry."""

    n = models.PositiveBigIntegerField(primary_key=True)
    r = models.CharField(max_length=64)
    leaf_hash = models.BinaryField(max_length=32, unique=True)

    def __str__(self) -> str:
        """Its number, for the developer's console."""
        return f"cover {self.n}"


class Head(models.Model):
    """The one row that says how far the log has come: the sequencer's lock, and the tree's right edge.

    `floor` is the largest size that anybody is known to have seen signed: after a restore it can be beyond the rows, and then
    nothing is signed before the rows reach it.
    """

    SOLE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SOLE)
    edge = models.BinaryField()
    floor = models.PositiveBigIntegerField(default=0)
    ticked = models.PositiveBigIntegerField(default=0)  # when everything that waited was last published, POSIX seconds

    class Meta:
        """There is one head."""

        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_head"),)

    def __str__(self) -> str:
        """What it is, for the developer's console."""
        return "head"
