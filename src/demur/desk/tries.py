# SPDX-License-Identifier: AGPL-3.0-or-later
"""Wrong tries, limited for each account and for nothing else: no address is known here, so none can be held against anybody.

After four wrong tries in a row each further one must wait, a minute at first, an hour at most; other accounts go on. An attacker who
keeps one account waiting cannot keep its owner out: a recovery code is looked at all the same (`demur.desk.accounts`). Names that no
account has share rows, which wait in the same way.

Nobody who asks learns that a name waits: what is not looked at is answered as what was wrong, in the same time and with a row written.
Otherwise four wrong tries, and two more the next day, would tell whether the owner signed in between and so ended the wait.
"""

import hashlib
import hmac
from typing import Final

from django.db import transaction

from demur.desk.models import Account, Tries

FREE: Final = 4  # wrong tries in a row before waiting begins
_FIRST_WAIT, _LONGEST_WAIT = 60, 3600  # seconds
_STRANGERS: Final = 65_536  # rows for all names that no account has


def row_for(name: str, account: Account | None, secret: bytes) -> str:
    """Whose tries a sign-in under `name` counts as."""
    if account is not None:
        return f"account {account.name}"
    drawn = hmac.digest(secret, b"demur/v1/desk/stranger" + name.encode(), hashlib.sha256)
    return f"stranger {int.from_bytes(drawn[:4], 'big') % _STRANGERS}"


def take(who: str, *, at: int) -> int:
    """Take one try, counted as wrong until `forgive` is called, so that tries at the same moment cannot share one; 0, or the time
    (POSIX seconds) until which nothing is looked at.
    """
    with transaction.atomic():
        row, _ = Tries.objects.select_for_update().get_or_create(who=who)
        waits = row.until if row.until > at else 0
        if not waits:
            row.wrong += 1
            row.until = at + _wait(row.wrong) if row.wrong > FREE else 0
        row.save()  # also where nothing changed: the flush would tell by its time
    return waits


def forgive(who: str) -> None:
    """The try was right: those before it are forgotten."""
    Tries.objects.filter(who=who).delete()


def _wait(wrong: int) -> int:
    return min(_LONGEST_WAIT, _FIRST_WAIT << min(wrong - FREE - 1, 10))
