# SPDX-License-Identifier: AGPL-3.0-or-later
"""The checks that every part of an exhibit shares: openings, proofs, officers' statements, sealed files. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.officers import check_statement
from demur.client.errors import BadExhibit
from demur.client.exhibit import Placed, Unsealed
from demur.client.receipt import Proven
from demur.dissent import events
from demur.dissent.errors import DissentError, EventError
from demur.dissent.manifests import check_manifest, place_of
from demur.record.entry import case_entry, readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import leaf_hash
from demur.record.note import Note
from demur.record.proof import Proof
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.container import Opened
from demur.seal.errors import SealError
from demur.seal.padme import FLOOR


class OpenedEvent(NamedTuple):
    """An opened event: its members, its commitment, and the leaf hash of its entry."""

    event: dict[str, Any]
    commitment: bytes
    leaf: bytes


def opened_event(opening: Mapping[str, Any]) -> OpenedEvent:
    """What an opening opens. Raises BadExhibit."""
    try:
        event, r = events.check_opening(opening)
    except EventError as error:
        raise BadExhibit(f"An opening in the exhibit does not hold: {error}") from None
    commitment = events.commitment(event, r)
    return OpenedEvent(event, commitment, leaf_hash(case_entry(commitment)))


def signed_entry(placed: Placed, channel: Channel) -> tuple[str, Proven]:
    """Leaf hash (hex) and place of a statement that the officers signed. Raises BadExhibit."""
    statement = dict(placed.statement)
    try:
        check_statement(statement, channel)
        leaf = leaf_hash(readable_entry(statement))
    except (CharterError, RecordError) as error:
        raise BadExhibit(f"The officers did not sign what the exhibit shows: {error}") from None
    return leaf.hex(), proven(placed.proof, leaf, channel)


def proven(text: str, leaf: bytes, channel: Channel) -> Proven:
    """The place of the entry with this leaf hash, by a tlog-proof without a byte too many. Raises BadExhibit."""
    policy = channel.policy_object
    try:
        proof = Proof.parse(text)
        signers = {(row.name, row.key_id) for row in Note.parse(proof.checkpoint_text).signatures}
        accepted = proof.verify(leaf, policy)
        allowed = policy.signers(accepted.checkpoint.size)
    except RecordError as error:
        raise BadExhibit(f"A proof in the exhibit does not hold: {error}") from None
    if proof.extra or not signers <= allowed:
        # Neither is vouched for by anybody, so nobody would notice if it changed.
        raise BadExhibit("A proof in the exhibit holds more than it proves; use the copy you were given.")
    return Proven(index=proof.index, accepted=accepted)


def check_salted(shown: Unsealed, event: Mapping[str, Any], salt: str) -> None:
    """Raises BadExhibit unless the event names this sealed file."""
    if events.salted(bytes.fromhex(salt), shown.sealed) != event["body"]:
        raise BadExhibit(f"A sealed text in the exhibit is not the one that event {event['seq']} names.")


def unsealed(shown: Unsealed, event: Mapping[str, Any], *, by: bytes | None) -> Opened:
    """The container in a sealed file, signed by `by` (None: by whom its manifest names) and made for the event.

    Raises BadExhibit.
    """
    try:
        opened = container.unpack(age.decrypt_with_file_key(shown.sealed, shown.key), by=by, floor=FLOOR)
        check_manifest(opened.manifest, **place_of(event))
    except (SealError, DissentError) as error:
        raise BadExhibit(f"A sealed text in the exhibit does not hold: {error}") from None
    return opened
