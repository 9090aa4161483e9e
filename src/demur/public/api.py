# SPDX-License-Identifier: AGPL-3.0-or-later
"""What any machine may ask: the channel, what is in force, the limits, proofs from the record."""

import base64
import dataclasses
import re
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.http import HttpResponse
from ninja import Field, Router, Schema
from ninja.decorators import decorate_view

from demur import canonical
from demur.charter.directory import Directory, LatelySigned
from demur.charter.ticks import publishes_at_once
from demur.dissent.errors import BundleError, NoRoom, NotVisible, StandsStill
from demur.dissent.uploads import PART
from demur.dissent.work import challenges
from demur.entries.errors import ClocksApart
from demur.entries.models import Checkpoint
from demur.entries.moments import at_one_moment
from demur.entries.queries import accepted_checkpoint, consistency, first_checkpoint_holding, proof_of, proofs_of
from demur.people.errors import NotOpen
from demur.people.policies import channel_now
from demur.people.queries import Rules, assets_text, keeps_texts, proven_rosters, rules_in_force, statement_text
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash
from demur.record.tiles import read_checkpoint_size
from demur.web.answers import Refusal
from demur.web.load import FILINGS, upload_load, work_asked
from demur.web.packing import packed
from demur.web.requests import DemurRequest

router = Router(tags=["everybody"])

_LEAF = re.compile(r"[0-9a-f]{64}")
MOST_PROOFS = 500  # in one answer
_signed = LatelySigned()


class ChannelAnswer(Schema):
    """The channel document, and whether filing is open."""

    channel: dict[str, Any]
    address: str
    open: bool
    reason: str


class Proven(Schema):
    """A statement, its proof at the first checkpoint that held it, and the way from there to the current one."""

    entry: dict[str, Any] = Field(default_factory=dict)
    proof: str = ""
    consistency: list[str] = Field(default_factory=list)


class PolicyChange(Schema):
    """A change of the trust policy in force: the officers' statement, and its proof under the policy before it."""

    statement: dict[str, Any]
    proof: str


class PoliciesAnswer(Schema):
    """Every change of the trust policy in force, in order."""

    policies: list[PolicyChange]


class DirectoryAnswer(Schema):
    """What is in force, signed by the log; see spec/channel.md."""

    directory: str
    checkpoint: str
    charter: Proven
    roster: Proven
    policies: list[PolicyChange]


class AssetsAnswer(Schema):
    """The record's entry of the files that browsers are sent, and its proof; see spec/assets.md."""

    entry: dict[str, Any]
    proof: str


class KeepsRow(Schema):
    """One entry that says what the server keeps, and its proof in the first checkpoint that held it."""

    entry: dict[str, Any]
    proof: str


class KeepsAnswer(Schema):
    """Every entry that says what the server keeps, in the order of the record; see spec/entry.md."""

    keeps: list[KeepsRow]


class WorkAnswer(Schema):
    """The proof of work that a filing and a part must show now; 0 bits: none. See spec/filing.md."""

    filing_bits: int
    part_bits: int
    challenge: str


class Limits(Schema):
    """What a filing may hold, and whether one is taken at all, and why not; told before anything is written or sealed. Bytes and counts.

    `code` is "" where it is open, otherwise "not-open", "clocks-apart", "in-dispute" or "no-room".
    """

    open: bool
    reason: str
    code: str
    text_bytes: int
    claims: int
    files: int
    file_bytes: int
    request_bytes: int
    total_bytes: int
    part_bytes: int
    upload_room: int
    work: WorkAnswer


class Rosters(Schema):
    """Leaf hashes (hex) of the `seats` entries that were in force, by serial."""

    rosters: list[str]


class AskedProofs(Schema):
    """The leaf hashes (hex) of the entries whose proofs are asked for, at most 500."""

    leaves: list[str]


class PlacedEntry(Schema):
    """An entry's place and the hashes (base64) that lead to the root of checkpoint number `checkpoint` of the answer, from 0."""

    leaf: str
    index: int
    hashes: list[str]
    checkpoint: int


class Proofs(Schema):
    """Checkpoints, ascending, and the published ones of the entries asked for, by place; each at the first checkpoint that held it."""

    checkpoints: list[str]
    proofs: list[PlacedEntry]


class Hashes(Schema):
    """Hashes of a consistency proof, base64."""

    hashes: list[str]


@router.get("/channel", response={200: ChannelAnswer})
@decorate_view(packed)
def read_channel(request: DemurRequest) -> dict[str, Any]:
    """The channel. Compare its words with the poster: this answer proves nothing by itself."""
    is_open, reason, _ = _openness(request)
    document = request.ground.channel.document()
    return {"channel": document, "address": request.ground.address, "open": is_open, "reason": reason}


@router.get("/directory", response={200: DirectoryAnswer, 503: Refusal})
@decorate_view(packed)
def read_directory(request: DemurRequest) -> dict[str, Any]:
    """Charter and roster in force, with their proofs."""
    (rules, current, policy), at = at_one_moment(partial(_in_force, request), request.clock)
    if current is None:
        raise NotOpen("The record has no checkpoint yet; try again in a minute.")
    directory = Directory(
        origin=request.ground.channel.origin,
        charter=rules.charter,
        roster=rules.roster_leaf,
        time=at,
        size=current.size,
        policy=policy,
    )
    return {
        "directory": _signed.sign(directory, request.ground.signer),
        "checkpoint": current.note,
        "charter": _proven(request, rules.charter, current),
        "roster": _proven(request, rules.roster_leaf, current) if rules.roster_leaf else {},
        "policies": _policies(request),
    }


@router.get("/rosters", response={200: Rosters})
def read_rosters(request: DemurRequest) -> dict[str, Any]:  # noqa: ARG001 -- the router gives it
    """Every roster that came into force: whoever reads a case can tell under which of them an act still counted."""
    return {"rosters": [leaf.hex() for leaf in proven_rosters()]}


@router.get("/policies", response={200: PoliciesAnswer})
def read_policies(request: DemurRequest) -> dict[str, Any]:
    """The changes of the trust policy in force: whoever holds the channel checks each under the one before."""
    return {"policies": _policies(request)}


@router.get("/assets", response={200: AssetsAnswer, 503: Refusal})
def read_assets(request: DemurRequest) -> dict[str, Any]:
    """Which files browsers are sent, as the record holds it: `demur verify-site` compares."""
    text = assets_text()
    proof = (
        proof_of(leaf_hash(readable_entry(canonical.load_object(text.encode()))), request.ground.store)
        if text
        else None
    )
    if text is None or proof is None:
        raise NotOpen("The record does not yet hold which files are served here; try again in a minute.")
    return {"entry": canonical.load_object(text.encode()), "proof": proof}


@router.get("/keeps", response={200: KeepsAnswer})
def read_keeps(request: DemurRequest) -> dict[str, Any]:
    """What this server has announced that it keeps, each with its proof: what is not yet published is not shown."""
    entries = [canonical.load_object(text.encode()) for text in keeps_texts()]
    proofs = [proof_of(leaf_hash(readable_entry(entry)), request.ground.store) for entry in entries]
    rows = [{"entry": entry, "proof": proof} for entry, proof in zip(entries, proofs, strict=True) if proof]
    return {"keeps": rows}


@router.get("/limits", response={200: Limits, 503: Refusal})
def read_limits(request: DemurRequest) -> dict[str, Any]:
    """The charter's limits, the room that large files have in all, and the work that is asked now.

    Never the room that is left: whoever asked over and over would see when somebody files, and how much. Work is told as it was at the
    last tick; what a filing must show now is told by the refusal of that filing.
    """
    limits = rules_in_force().frozen.charter.limits
    told = _told(request)
    is_open, reason, code = _openness(request)
    return {
        "open": is_open,
        "reason": reason,
        "code": code,
        **dataclasses.asdict(limits),
        "total_bytes": limits.total,
        "part_bytes": PART,
        "upload_room": request.uploads.room,
        "work": {
            "filing_bits": told.filing_bits,
            "part_bits": told.part_bits,
            "challenge": challenges(request.secret, request.at)[0],
        },
    }


@router.get("/record/proof/{leaf}", response={200: str, 404: Refusal})
def read_proof(request: DemurRequest, leaf: str) -> HttpResponse:
    """The tlog-proof of an entry by its leaf hash, in the first checkpoint that held it."""
    text = proof_of(bytes.fromhex(leaf), request.ground.store) if _LEAF.fullmatch(leaf) else None
    if text is None:
        raise NotVisible("The record has no published entry with this leaf hash; it may follow at the next tick.")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@router.post("/record/proofs", response={200: Proofs, 400: Refusal, 413: Refusal})
def read_proofs(request: DemurRequest, asked: AskedProofs) -> dict[str, Any]:
    """The proofs of many entries at once, each in the first checkpoint that held it; what is not published is left out."""
    if len(asked.leaves) > MOST_PROOFS or not all(_LEAF.fullmatch(leaf) for leaf in asked.leaves):
        raise BundleError(
            f"Proofs are asked for by at most {MOST_PROOFS} leaf hashes, each 64 lower-case hex digits; ask in several requests."
        )
    notes, placed = proofs_of([bytes.fromhex(leaf) for leaf in asked.leaves], request.ground.store)
    sizes = sorted(notes)
    return {
        "checkpoints": [notes[size] for size in sizes],
        "proofs": [
            {
                "leaf": row.leaf.hex(),
                "index": row.index,
                "hashes": _base64(list(row.hashes)),
                "checkpoint": sizes.index(row.size),
            }
            for row in placed
        ],
    }


@router.get("/record/consistency", response={200: Hashes, 400: Refusal})
def read_consistency(request: DemurRequest, old: int, new: int) -> dict[str, list[str]]:
    """The hashes that show the tree of size `new` to extend that of size `old`."""
    return {"hashes": _base64(consistency(old, new, request.ground.store))}


def _in_force(request: DemurRequest) -> tuple[Rules, Checkpoint | None, str]:
    return rules_in_force(), accepted_checkpoint(request.ground.store), _policy_leaf(request)


def _openness(request: DemurRequest) -> tuple[bool, str, str]:
    """Whether anything can be filed now, and why not, as a sentence and as a code."""
    try:
        is_open, reason = rules_in_force().open
    except NotOpen as error:
        is_open, reason = False, str(error)
    if not is_open:
        return False, reason, "not-open"
    try:
        request.ground.check_clocks()
    except ClocksApart as error:
        return False, str(error), "clocks-apart"
    if request.ground.in_dispute():
        return False, str(StandsStill()), "in-dispute"
    return (False, str(NoRoom()), "no-room") if _told(request).full else (True, reason, "")


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What follows from what others file, and is therefore told to everybody as it was at the last tick alone."""

    filing_bits: int
    part_bits: int
    full: bool


_TOLD: Final = dict[tuple[str, int], _Told]()


def _told(request: DemurRequest) -> _Told:
    """What is told now. A disk that has room again is told at once, for no filing makes it so; that it is full is told at the next tick:
    until then each filing is refused with the sentence. Where entries are published at once, each is a tick.
    """
    if publishes_at_once(rules_in_force().frozen):
        return _now(request)
    tick = (str(request.ground.address), read_checkpoint_size(request.ground.store))
    told = _TOLD.get(tick)
    if told is None or (told.full and not request.ground.is_full()):
        told = _now(request)
        _TOLD.clear()
        _TOLD[tick] = told
    return told


def _now(request: DemurRequest) -> _Told:
    filing = work_asked(request.secret, FILINGS.load(request.at), at=request.at)
    part = work_asked(request.secret, upload_load(request.uploads), at=request.at)
    return _Told(filing_bits=filing.bits, part_bits=part.bits, full=request.ground.is_full())


def _policies(request: DemurRequest) -> list[dict[str, Any]]:
    changes = channel_now(request.ground.channel, request.ground.store).changes
    return [{"statement": dict(change.statement), "proof": change.proof} for change in changes]


def _policy_leaf(request: DemurRequest) -> str:
    changes = channel_now(request.ground.channel, request.ground.store).changes
    return leaf_hash(readable_entry(dict(changes[-1].statement))).hex() if changes else ""


def _proven(request: DemurRequest, leaf: str, current: Checkpoint) -> dict[str, Any]:
    first = first_checkpoint_holding(bytes.fromhex(leaf))
    text = statement_text(leaf)
    if first is None or text is None or first.size > current.size:
        raise NotOpen("The record does not yet hold what is in force; try again in a minute.")
    return {
        "entry": canonical.load_object(text.encode()),
        "proof": proof_of(bytes.fromhex(leaf), request.ground.store) or "",
        "consistency": _base64(consistency(first.size, current.size, request.ground.store)),
    }


def _base64(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(part).decode("ascii") for part in hashes]
