# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log's side of witnessing: all witnesses are asked at once, all have the same few seconds, and only what verifies is kept.

A witness that is down or slow costs a checkpoint its cosignature and nothing else: the log goes on, and says who is missing. One that
says it cosigned another record is told apart (`Disputed`): whoever asks must stop signing until a person has looked.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import CosignatureVerifier
from demur.record.errors import NoteError, RecordError
from demur.record.note import Note, Signature
from demur.record.policy import Policy
from demur.record.policyfile import LOG_PQ
from demur.record.texts import MAX_NUMBER
from demur.record.witnessing import WitnessRequest
from demur.witness.errors import Answered, Disputed, NoAnswer
from demur.witness.exchange import Connect, ask_all, exchange

TIMEOUT: Final = 5.0  # seconds for all witnesses together; a forced tick has a minute
_OK, _CONFLICT, _NO_EXTENSION = 200, 409, 422

Prove = Callable[[int, int], list[bytes]]
Places = Mapping[str, Sequence[CosignatureVerifier]]


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A note with the cosignatures that could be had, and why others could not, by witness address.

    `heard` are those of the missing that answered all the same; `disputed` those that say they cosigned another record, by the size that
    they name.
    """

    note: str
    missing: Mapping[str, str]
    heard: frozenset[str] = frozenset()
    disputed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Behind:
    """The witness cosigned a tree of another size last."""

    size: int


@dataclass(frozen=True)
class _NotExtended:
    """The witness holds the tree to be no extension of the one that it cosigned last."""


def gather(
    note_text: str,
    places: Places,
    *,
    prove: Prove,
    known: dict[str, int],
    connect: Connect,
    skip: Collection[str] = (),
    timeout: float = TIMEOUT,
) -> Gathered:
    """Ask the witnesses at `places` (`addresses`), all at once. `prove(old, new)` gives the hashes of a consistency proof; `known`
    remembers the size that each witness cosigned last, and is changed; `connect` makes the
    connections (`exchange`); those at the addresses in `skip` are not asked. After `timeout`
    seconds it returns with what came until then.
    """
    note = Note.parse(note_text)
    checkpoint = Checkpoint.parse(note.text)
    missing = {url: "it did not answer a moment ago" for url in places if url in skip}
    places = {url: keys for url, keys in places.items() if url not in skip}
    if not places:
        return Gathered(note=note_text, missing=missing)
    end = time.monotonic() + timeout
    questions = {
        url: partial(_ask, url, note, checkpoint, keys, prove=prove, old=known.get(url, 0), end=end, connect=connect)
        for url, keys in places.items()
    }
    have = {(signature.name, signature.key_id) for signature in note.signatures}
    refused: dict[str, NoAnswer] = {}
    for url, answer in ask_all(questions, timeout=timeout).items():
        if isinstance(answer, NoAnswer):
            refused[url] = answer
            continue
        known[url] = checkpoint.size
        note = note.adding(*(row for row in answer if (row.name, row.key_id) not in have))
    return _gathered(note, missing, refused)


def _gathered(note: Note, missing: Mapping[str, str], refused: Mapping[str, NoAnswer]) -> Gathered:
    return Gathered(
        note=note.serialized,
        missing={**missing, **{url: str(error) for url, error in refused.items()}},
        heard=frozenset(url for url, error in refused.items() if isinstance(error, Answered)),
        disputed={url: error.size for url, error in refused.items() if isinstance(error, Disputed)},
    )


def addresses(*policies: Policy) -> dict[str, list[CosignatureVerifier]]:
    """The keys of every witness that one of `policies` names, by the address at which it is asked."""
    places: dict[str, list[CosignatureVerifier]] = {}
    for policy in policies:
        for name, url in policy.urls.items():
            if name != LOG_PQ:
                places.setdefault(url, []).append(policy.witnesses[name])
    return places


def last_size(url: str, note_text: str, *, connect: Connect, timeout: float = TIMEOUT) -> int:
    """The size of the tree that the witness says it cosigned last, asked with a checkpoint that it need not like. Raises NoAnswer.

    The number is signed by nobody: a reason to stop and look, never a fact to write down as one.
    """
    note = Note.parse(note_text)
    answer = _post(url, WitnessRequest(0, (), note).text, end=time.monotonic() + timeout, connect=connect)
    return answer.size if isinstance(answer, _Behind) else Checkpoint.parse(note.text).size


def _ask(
    url: str,
    note: Note,
    checkpoint: Checkpoint,
    keys: Sequence[CosignatureVerifier],
    *,
    prove: Prove,
    old: int,
    end: float,
    connect: Connect,
) -> list[Signature]:
    """The witness's cosignatures, verified. Raises NoAnswer; Disputed where it says that it cosigned another record."""
    for _ in range(2):
        try:
            proof = tuple(prove(old, checkpoint.size)) if 0 < old < checkpoint.size else ()
        except RecordError as error:
            raise Answered(f"the way from its tree to this log's cannot be shown ({error})") from None
        answer = _post(url, WitnessRequest(old, proof, note).text, end=end, connect=connect)
        if isinstance(answer, str):
            return _verified(answer, note, keys)
        old = _last_cosigned(answer, old, checkpoint.size)
    raise Answered("it changes its mind about what it cosigned last")


def _last_cosigned(answer: _Behind | _NotExtended, old: int, size: int) -> int:
    """The size from which the witness wants the way shown. Raises Disputed if that can be no beginning of this log's tree of `size`."""
    if isinstance(answer, _NotExtended):
        if old == 0:
            raise Answered("it asks for a proof where none can be")
        raise Disputed(f"it says that this log's {size} entries do not extend the {old} that it cosigned", old)
    if answer.size > size:
        raise Disputed(f"it says that it has cosigned {answer.size} entries, more than this log holds", answer.size)
    if answer.size == old == size:
        raise Disputed("it says that it has cosigned another tree of this size: two records are being shown", size)
    return answer.size


def _verified(lines: str, note: Note, keys: Sequence[CosignatureVerifier]) -> list[Signature]:
    known = {(key.name, key.id): key for key in keys}
    found = []
    try:
        for line in lines.removesuffix("\n").split("\n"):
            signature = Signature.parse(line)
            key = known.pop((signature.name, signature.key_id), None)
            if key is not None:
                key.verify(note.text, signature.data)
                found.append(signature)
    except NoteError as error:
        raise Answered(f"its cosignature does not hold ({error})") from None
    if not found:
        raise Answered("it cosigned with keys that the policy does not name")
    return found


def _post(url: str, body: str, *, end: float, connect: Connect) -> str | _Behind | _NotExtended:
    status, text = exchange(url, body, end=end, connect=connect)
    if status == _OK:
        return text
    if status == _NO_EXTENSION:
        return _NotExtended()
    digits = text.removesuffix("\n")
    if status == _CONFLICT and digits.isascii() and digits.isdigit() and len(digits) < 17 and int(digits) <= MAX_NUMBER:
        return _Behind(int(digits))
    raise Answered(f"it answers {status}")
