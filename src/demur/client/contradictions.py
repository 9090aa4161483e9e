# SPDX-License-Identifier: AGPL-3.0-or-later
"""What cannot all be true of one honest log: predicates over things that it signed. Pure; rules in `spec/receipt.md`, "Evidence".

Both sides use them: whoever talks to a server, to notice; whoever verifies evidence, to be convinced. Times are compared only with times
that the same log stated, and one counts as later than another only if they lie more than MARGIN seconds apart: an honest log's own
slowness, never a guess about clocks of others.
"""

from collections.abc import Sequence
from typing import Final

from demur.record.head import MARGIN, START, Head, item_chain
from demur.record.merkle import root_of
from demur.record.policy import Accepted
from demur.record.policyfile import LOG_PQ

# Seconds from signing a checkpoint to showing it: witnesses that do not answer, a full disk, a machine that is down. A head names the
# size that is shown, so a checkpoint signed before the head can appear after it.
SHOWN_LATE: Final = 25 * 3600


def contradict(older: Head, newer: Head) -> bool:
    """Whether two heads of one mailbox cannot both be honest: `newer` counts fewer, or the same with another last item.

    Two heads of one minute may have been signed in either order, so a smaller count counts only when it is later by more than MARGIN.
    """
    if older.mailbox != newer.mailbox:
        return False
    if older.count == newer.count:
        return older.last != newer.last
    return newer.count < older.count and newer.time > older.time + MARGIN


def chain_of(items: Sequence[bytes]) -> list[bytes]:
    """The running hashes of a mailbox with these item hashes: entry n is that after n items. Raises HeadError."""
    chain = [START]
    for item in items:
        chain.append(item_chain(chain[-1], item))
    return chain


def replaced(older: Head, newer: Head, items: Sequence[bytes]) -> bool:
    """Whether `items`, the item hashes of `newer`, show that it does not extend `older`. Raises HeadError.

    Chains only grow, so this holds in whichever order the two were signed.
    """
    chain = chain_of(items)
    fits = (len(items), chain[-1]) == (newer.count, newer.last)
    return fits and older.mailbox == newer.mailbox and older.count < newer.count and chain[older.count] != older.last


def withheld(head: Head, n: int, *, index: int, recorded: int) -> bool:
    """Whether `head` leaves out item `n`, which stood at `index` in the record that the head itself names, since `recorded`.

    `recorded` is the log's own time (POSIX seconds) of a checkpoint that holds it. An item is in its mailbox before it is in a
    checkpoint; index and size say so without any clock, and the margin leaves room for one slow request.
    """
    return head.count <= n and index < head.size and head.time > recorded + MARGIN


def log_time(accepted: Accepted) -> int:
    """When the log says that it signed a checkpoint, whatever witnesses say: the time in its `log-pq` signature, POSIX seconds."""
    return accepted.times[LOG_PQ]


def later_than(not_after: int, accepted: Accepted) -> bool:
    """Whether a checkpoint was signed after a promise was due: by the log's own time, and by what witnesses say.

    A witness whose clock runs ahead convicts nobody; a log that states an early time to escape is contradicted by its next one.
    """
    return min(accepted.time, log_time(accepted)) > not_after + MARGIN


def two_roots(first: Accepted, second: Accepted) -> bool:
    """Whether two checkpoints of one size have different roots: two records."""
    return first.checkpoint.size == second.checkpoint.size and first.checkpoint.root != second.checkpoint.root


def rewritten(older: Accepted, newer: Accepted, leaves: Sequence[bytes]) -> bool:
    """Whether `leaves`, all leaf hashes of `newer`'s tree, show that it does not extend `older`'s."""
    size = older.checkpoint.size
    fits = len(leaves) == newer.checkpoint.size and root_of(leaves) == newer.checkpoint.root
    return fits and size < len(leaves) and root_of(leaves[:size]) != older.checkpoint.root


def went_back(smaller: Accepted, larger: Accepted) -> bool:
    """Whether the log states an earlier time for a checkpoint that it must have signed later, because it is larger."""
    later = larger.checkpoint.size > smaller.checkpoint.size
    return later and log_time(larger) + MARGIN < log_time(smaller)


def went_back_after(head: Head, larger: Accepted) -> bool:
    """Whether a checkpoint larger than the record that `head` names states a time long before the head's."""
    return larger.checkpoint.size > head.size and log_time(larger) + SHOWN_LATE < head.time
