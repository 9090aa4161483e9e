# SPDX-License-Identifier: AGPL-3.0-or-later
"""Events: what is recorded of a case. Format and table: `spec/event.md`.

Invariants: an event has exactly the members of its type; a type is never reused; members are only ever added under a new
`v`. The act (an event without `time` and `signature`) is what the actor signs, so the server can neither invent an act nor
move one to another place, case or channel.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final

from demur import canonical
from demur.dissent.errors import EventError
from demur.record.entry import commit
from demur.seal.errors import SealError
from demur.seal.signing import SigningKey, verify

ACT_DOMAIN: Final = "demur/act/v1"
LAST_TIME: Final = 253_402_300_799  # the last second of the year 9999, the last that calendars can show
OUTCOMES: Final = ("accepted", "in_part", "rejected", "overtaken", "out_of_scope")

_COMMON: Final = frozenset({"v", "type", "origin", "case", "seq", "prev", "charter", "roster", "seat", "body"})
_STAMPED: Final = frozenset({"time", "signature"})

# Members beside the common ones. Types are permanent; see the module docstring.
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "submit": frozenset(),
    "received": frozenset({"commitment", "bodies", "filing"}),
    "grant": frozenset({"to", "sealed"}),
    "fetch": frozenset({"item"}),
    "acknowledge": frozenset(),
    "message": frozenset(),
    "reply": frozenset({"outcome", "answered", "referred", "declined"}),
    "countersign": frozenset({"reply"}),
    "extend": frozenset({"clock", "until"}),
    "withdraw": frozenset(),
    "close": frozenset(),
    "unreadable": frozenset({"item"}),
    "mismatch": frozenset({"item", "fact"}),
}
UNSIGNED: Final = frozenset({"submit", "received"})
AUTHOR_ACTS: Final = frozenset({"message", "withdraw", "mismatch"})
SEAT_ACTS: Final = frozenset(FIELDS) - UNSIGNED - {"withdraw"}

_INTEGERS: Final = frozenset({"v", "seq", "time", "item", "answered", "referred", "declined", "reply", "until"})
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_HEX128: Final = re.compile(r"[0-9a-f]{128}")
_SEAT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def make_act(
    kind: str,
    *,
    origin: str,
    case: str,
    seq: int,
    prev: str,
    charter: str,
    roster: str,
    seat: str,
    body: str = "",
    **fields: Any,
) -> dict[str, Any]:
    """The act of type `kind`, checked. Raises EventError."""
    act = {
        "v": 1,
        "type": kind,
        "origin": origin,
        "case": case,
        "seq": seq,
        "prev": prev,
        "charter": charter,
        "roster": roster,
        "seat": seat,
        "body": body,
        **fields,
    }
    _check(act, FIELDS.get(kind, frozenset()) | _COMMON)
    return act


def submit_event(*, origin: str, case: str, charter: str, roster: str, body: str, time: int) -> dict[str, Any]:
    """The author's own event, seq 0: it stays with the author and the readers, the record holds its commitment."""
    act = make_act(
        "submit", origin=origin, case=case, seq=0, prev="", charter=charter, roster=roster, seat="", body=body
    )
    return check_event({**act, "time": time})


def received_event(
    *, origin: str, case: str, charter: str, roster: str, commitment: str, bodies: list[str], filing: str, time: int
) -> dict[str, Any]:
    """The log's event that starts the clocks, seq 1. `bodies` are salted hashes in the filing's order, `filing` that of its header:
    so keys, mailbox and token of a case stand in the record too, and a row changed by hand can be told.
    """
    return check_event(
        {
            "v": 1,
            "type": "received",
            "origin": origin,
            "case": case,
            "seq": 1,
            "prev": commitment,
            "charter": charter,
            "roster": roster,
            "seat": "",
            "body": "",
            "commitment": commitment,
            "bodies": bodies,
            "filing": filing,
            "time": time,
        }
    )


def sign_act(act: Mapping[str, Any], key: SigningKey) -> str:
    """The actor's signature over the act, 128 hex digits."""
    return key.sign(ACT_DOMAIN, canonical.dump(dict(act))).hex()


def event_from_act(act: Mapping[str, Any], signature: str, time: int) -> dict[str, Any]:
    """The event that records a signed act at `time` (POSIX seconds). Raises EventError."""
    return check_event({**act, "time": time, "signature": signature})


def verify_act(event: Mapping[str, Any], public: bytes) -> None:
    """Raises EventError unless the holder of `public` signed this event's act."""
    act = {name: value for name, value in event.items() if name not in _STAMPED}
    try:
        verify(public, ACT_DOMAIN, canonical.dump(act), bytes.fromhex(event["signature"]))
    except SealError:
        raise EventError(
            f"The signature of event {event['seq']} ({event['type']}) is not by the one it names; the record was tampered with."
        ) from None


def check_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as a dict, if it has exactly the members of its type; raises EventError."""
    kind = str(event.get("type"))
    stamped = {"time"} if kind in UNSIGNED else _STAMPED
    _check(event, FIELDS.get(kind, frozenset()) | _COMMON | stamped)
    return dict(event)


def check_act(act: Mapping[str, Any]) -> dict[str, Any]:
    """The act as a dict, if it has exactly the members of its type; raises EventError."""
    kind = str(act.get("type"))
    if kind in UNSIGNED:
        raise EventError(f"Nobody can act {kind!r}; use one of {', '.join(sorted(SEAT_ACTS))}.")
    _check(act, FIELDS.get(kind, frozenset()) | _COMMON)
    return dict(act)


def commitment(event: Mapping[str, Any], r: bytes) -> bytes:
    """HMAC-SHA256(r, event): what the record holds. Without r, not even a guessed event can be tested against it."""
    return commit(dict(event), r)


def opening(event: Mapping[str, Any], r: bytes) -> dict[str, Any]:
    """The event with the key that opens its commitment."""
    return {"event": dict(event), "r": r.hex()}


def check_opening(value: object) -> tuple[dict[str, Any], bytes]:
    """The event and r of an opening; raises EventError."""
    if not isinstance(value, dict) or set(value) != {"event", "r"} or not isinstance(value["event"], dict):
        raise EventError("This is not an opening of an event; ask for the file again.")
    if not isinstance(value["r"], str) or not _HEX64.fullmatch(value["r"]):
        raise EventError("The key of an opening is not 64 lower-case hex digits; the file is damaged.")
    return check_event(value["event"]), bytes.fromhex(value["r"])


def salted(salt: bytes, sealed: bytes) -> str:
    """The salted hash of a sealed file, hex: oversight, who reads openings, cannot match it with stored files."""
    return salted_hash(salt, hashlib.sha256(sealed).hexdigest())


def salted_hash(salt: bytes, sha256: str) -> str:
    """As `salted`, of a file whose SHA-256 (hex) is known."""
    return hmac.digest(salt, bytes.fromhex(sha256), "sha256").hex()


def item_hash(n: int, *, body: str, event: Mapping[str, Any] | None = None, r: str = "") -> bytes:
    """What a mailbox head chains for item n: the sealed file's hash for item 0, else the hash of the whole item."""
    if event is None:
        return bytes.fromhex(body)
    return hashlib.sha256(canonical.dump({"body": body, "event": dict(event), "n": n, "r": r})).digest()


def _check(value: Mapping[str, Any], members: frozenset[str]) -> None:
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise EventError(f"There is no event of type {kind!r}; this version knows {', '.join(sorted(FIELDS))}.")
    if set(value) != members:
        odd = ", ".join(sorted(set(value) ^ members))
        raise EventError(f"An event of type {kind!r} has other members than it should ({odd}); see spec/event.md.")
    for name, part in value.items():
        _check_member(kind, name, part)
    if value["v"] != 1:
        raise EventError("This event is of a later version; use a newer Demur to read it.")


def _check_member(kind: str, name: str, part: object) -> None:
    if name == "bodies":
        good = isinstance(part, list) and all(isinstance(row, str) and _HEX64.fullmatch(row) for row in part)
    elif name in _INTEGERS:
        good = _number_is_good(name, part)
    else:
        good = isinstance(part, str) and _text_is_good(name, part)
    if not good:
        raise EventError(f"The member {name!r} of an event of type {kind!r} has a wrong value; see spec/event.md.")


def _number_is_good(name: str, part: object) -> bool:
    most = LAST_TIME if name in {"time", "until"} else canonical.MAX_INTEGER
    return isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= most


def _text_is_good(name: str, text: str) -> bool:
    if name == "case":
        return bool(_HEX32.fullmatch(text))
    if name in {"charter", "roster", "commitment", "filing", "sealed"}:
        return bool(_HEX64.fullmatch(text))
    if name in {"prev", "body"}:
        return text == "" or bool(_HEX64.fullmatch(text))
    if name == "signature":
        return bool(_HEX128.fullmatch(text))
    if name == "to":
        return bool(_SEAT.fullmatch(text))
    if name == "seat":
        return text == "" or bool(_SEAT.fullmatch(text))
    if name == "outcome":
        return text in OUTCOMES
    return 0 < len(text) <= 200  # type, origin, clock, fact
