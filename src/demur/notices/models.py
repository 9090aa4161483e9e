# SPDX-License-Identifier: AGPL-3.0-or-later
"""The outbox of the doorbell.

A row tells a thief that the custodian was rung on a day, and why in one word of a closed list: no case, no count, no address.
There is one row for each kind and day, however many cases came: not even the number of rows counts anything.
"""

from django.db import models


class Notice(models.Model):
    """One notice, or what is left of it."""

    WAITING, SENT, DEAD = "waiting", "sent", "dead"

    key = models.CharField(max_length=64, primary_key=True)  # what it is for: ringing twice for one thing makes one row
    kind = models.CharField(max_length=8)  # `demur.notices.kinds.Kind`
    day = models.PositiveIntegerField()  # when it was rung, in days since 1970-01-01 UTC: nothing finer is kept
    state = models.CharField(max_length=8, default=WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # POSIX seconds before which it is not tried. 0 once that is past: else the row would remember when it was rung.
    next_at = models.PositiveBigIntegerField(default=0)
    failure = models.CharField(max_length=16, default="")  # `demur.notices.errors.Failure`, or nothing

    def __str__(self) -> str:
        """Its kind and state, for the developer's console."""
        return f"{self.kind} {self.state}"
