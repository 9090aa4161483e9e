# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changing the trust policy: signed by the officers, proven under the policy that it replaces (PROTOCOL section 1). Pure.

A real channel starts without an outside witness and gains one; a witness ends, another comes. Whoever holds the channel words accepts a new
policy only if it hangs on the first by a chain in which each link is signed by k officers and stands in a checkpoint that the policy before
it accepts: so neither the server alone, nor the officers without the record, can put a weaker one in its place unseen. The log's own
keys never change in this version. Format: `spec/policy.md`, "Change".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Change, Channel
from demur.charter.errors import CharterError
from demur.charter.officers import check_statement
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import leaf_hash
from demur.record.policy import Changed, Policy
from demur.record.proof import Proof

MEMBERS: Final = frozenset({"v", "type", "origin", "serial", "previous", "policy", "officers"})


class PolicyChangeError(CharterError):
    """A change of policy that does not hold, or does not follow what was in force."""


def policy_statement(channel: Channel, policy: Policy) -> dict[str, Any]:
    """The unsigned statement by which `policy` replaces the one of `channel`. Raises PolicyChangeError."""
    _check_same_log(channel, policy)
    return {
        "v": 1,
        "type": "policy",
        "origin": channel.origin,
        "serial": len(channel.changes) + 1,
        "previous": channel.policy_object.sha256.hex(),
        "policy": policy.text,
    }


def check_change(statement: Mapping[str, Any], channel: Channel) -> Policy:
    """The new policy of a signed statement that follows what is in force in `channel`; members that are not known are passed over.

    Raises CharterError.
    """
    check_statement(dict(statement), channel)
    if statement.get("type") == "policy" and type(statement.get("v")) is int and statement["v"] != 1:
        raise PolicyChangeError(
            f"This change of policy has form {statement['v']}, which this version does not know; update Demur."
        )
    if not set(statement) >= MEMBERS or (statement["v"], statement["type"]) != (1, "policy"):
        raise PolicyChangeError("This is not a change of policy; use the file that `demur policy request` wrote.")
    due = (len(channel.changes) + 1, channel.policy_object.sha256.hex())
    if (statement["serial"], statement["previous"]) != due:
        raise PolicyChangeError(f"This change does not follow the policy in force, number {due[0] - 1}; make it anew.")
    try:
        policy = Policy.parse(str(statement["policy"]))
    except RecordError as error:
        raise PolicyChangeError(f"The new policy cannot be used: {error}") from None
    _check_same_log(channel, policy)
    return policy


def check_to_adopt(statement: Mapping[str, Any], channel: Channel) -> Policy:
    """As `check_change`, for a change that is to be adopted: members that this version does not know are refused. Raises CharterError."""
    policy = check_change(statement, channel)
    if odd := set(statement) - MEMBERS:
        raise PolicyChangeError(
            f"The change of policy holds {min(odd)!r}, which this version does not know; make it anew."
        )
    return policy


def with_change(channel: Channel, statement: Mapping[str, Any], proof: str) -> Channel:
    """The channel after one more change. Raises CharterError unless it is signed, follows, and is proven under the policy before it."""
    if not isinstance(statement, dict) or not isinstance(proof, str):  # a stranger's file may hold anything
        raise PolicyChangeError("A change of policy is a statement and its proof; use an undamaged copy.")
    policy = check_change(statement, channel)
    before = channel.policy_object
    # By that policy's own text, whatever the size: a checkpoint small enough for a still older policy would need none of the
    # witnesses that this change may be about to remove.
    plain = Policy.parse(before.text)
    try:
        leaf = leaf_hash(readable_entry(dict(statement)))
        size = Proof.parse(proof).verify(leaf, plain).checkpoint.size
    except (RecordError, canonical.CanonicalError) as error:
        raise PolicyChangeError(f"The change of policy is not proven under the policy before it: {error}") from None
    older = before.before if isinstance(before, Changed) else ()
    after = Changed.after(policy, [*older, (plain, size)])
    change = Change(statement=dict(statement), proof=proof, size=size, policy=after)
    return replace(channel, changes=(*channel.changes, change))


def with_changes(channel: Channel, rows: Sequence[tuple[Mapping[str, Any], str]]) -> Channel:
    """The channel after all of `rows`, statement and proof each, from its first policy on. Raises CharterError."""
    bare = replace(channel, changes=())
    for statement, proof in rows:
        bare = with_change(bare, statement, proof)
    return bare


def check_follows(older: Channel, newer: Channel) -> None:
    """Raises PolicyChangeError unless `newer` knows every change that `older` knows: a server that leaves one out serves an old policy."""
    mine = [dict(change.statement) for change in older.changes]
    theirs = [dict(change.statement) for change in newer.changes]
    if theirs[: len(mine)] != mine:
        raise PolicyChangeError(
            f"The server shows trust policy number {len(theirs)}, and number {len(mine)} was seen here before: it serves an old or another "
            "policy; do not use it, and tell the officers."
        )


def agreed(older: Channel, newer: Channel) -> Channel:
    """`newer`, each change that `older` knows too proven in the smaller of the two checkpoints. Raises CharterError unless it follows.

    The log can prove an old change once more in a larger tree that it signs alone, and everything smaller would be judged by the old
    policy again. A restored server may have to; it costs it nothing here, because what was seen is kept.
    """
    check_follows(older, newer)
    if not older.changes:
        return newer
    pairs = zip(older.changes, newer.changes, strict=False)
    first = [min(pair, key=lambda change: change.size) for pair in pairs]
    kept = [*first, *newer.changes[len(first) :]]
    return with_changes(newer, [(change.statement, change.proof) for change in kept])


def _check_same_log(channel: Channel, policy: Policy) -> None:
    if (policy.log_vkey, policy.log_pq_vkey) != (channel.ed25519_vkey, channel.mldsa_vkey):
        raise PolicyChangeError("The new policy names another log; the log's keys cannot be changed by a policy.")
