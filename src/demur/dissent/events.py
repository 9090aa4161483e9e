# SPDX-License-Identifier: AGPL-3.0-or-later
"""Events: what is recorded of a case. Format and table: `spec/event.md`.

Invariants: an event has exactly the members of its type and version; a type is never reused; members are only ever added under a new
`v`. The **act** is what the actor signs, so the server can neither invent an act nor move one to another case or channel. In version 1
the act names its place (`seq`, `prev`). In version 2 it names what its actor had read (`seen`) and the key that signs, and the log
gives the place: so nobody who acts can keep others from acting.

Writing is strict. Reading is lenient (`spec/compatibility.md`): an event of a later version, or of a type that this version does not
know, is read with its common members, verified and counted, and changes nothing.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final, TypedDict

from demur import canonical
from demur.dissent.errors import EventError
from demur.record.entry import commit
from demur.seal.errors import SealError
from demur.seal.signing import SigningKey, verify

ACT_DOMAIN: Final = "demur/act/v1"
ACT_DOMAINS: Final = {1: ACT_DOMAIN, 2: "demur/act/v2"}
VERSION: Final = 2  # of the acts that this version makes
LAST_TIME: Final = 253_402_300_799  # the last second of the year 9999, the last that calendars can show
OUTCOMES: Final = ("accepted", "in_part", "rejected", "overtaken", "out_of_scope")

_COMMON: Final = frozenset({"v", "type", "origin", "case", "charter", "roster", "seat", "body"})
_PLACE: Final = frozenset({"seq", "prev"})
_STAMPED: Final = frozenset({"time", "signature"})
# What the actor signs beside the common members and those of the type, and what the log adds to it.
_SIGNED_BESIDE: Final = {1: _PLACE, 2: frozenset({"key", "seen", "attachments"})}
_ADDED: Final = {1: _STAMPED, 2: _STAMPED | _PLACE}

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
    "readable": frozenset({"item"}),
}
UNSIGNED: Final = frozenset({"submit", "received"})
FIRST_TYPES: Final = frozenset(FIELDS) - {"readable"}  # of the first version, which no `keeps` entry announced
SINCE: Final[Mapping[str, int]] = {"readable": 2}  # types that an earlier version of an event does not have
AUTHOR_ACTS: Final = frozenset({"message", "withdraw", "mismatch", "unreadable", "readable"})
SEAT_ACTS: Final = frozenset(FIELDS) - UNSIGNED - {"withdraw"}
MOST_ATTACHMENTS: Final = 100
MOST_FILES: Final = 10_000  # sealed files of one filing; a bundle holds no more rows (spec/filing.md)
_LISTS: Final = {"bodies": MOST_FILES, "attachments": MOST_ATTACHMENTS}  # of hashes, and how many
MOST_LETTERS: Final = 200  # of a type, an origin, a clock, a fact

_INTEGERS: Final = frozenset({"v", "seq", "time", "item", "answered", "referred", "declined", "reply", "until"})
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_HEX128: Final = re.compile(r"[0-9a-f]{128}")
_SEAT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Seen(TypedDict):
    """The last event that an actor had read: its `seq`, and its commitment (64 hex digits)."""

    seq: int
    commitment: str


def make_act(
    kind: str,
    *,
    origin: str,
    case: str,
    charter: str,
    roster: str,
    seat: str,
    body: str = "",
    **members: Any,
) -> dict[str, Any]:
    """The act of type `kind`, checked. `members` are those of its type, and of its version: `seen` and `key` (64 hex digits, the Ed25519
    public key that will sign) for version 2, `seq` and `prev` for version 1. Raises EventError.
    """
    version = 2 if "seen" in members else 1
    act = {
        "v": version,
        "type": kind,
        "origin": origin,
        "case": case,
        "charter": charter,
        "roster": roster,
        "seat": seat,
        "body": body,
        **({"attachments": []} if version > 1 else {}),
        **members,
    }
    _check(act, _act_members(kind, version))
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
    """The actor's signature over the act, 128 hex digits. Raises EventError for an act of version 2 that names another key."""
    if act["v"] > 1 and act["key"] != key.public.hex():
        raise EventError("The act names another key than the one that signs it; name the signing key.")
    return key.sign(ACT_DOMAINS[act["v"]], canonical.dump(dict(act))).hex()


def event_from_act(
    act: Mapping[str, Any], signature: str, time: int, *, place: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The event that records a signed act at `time` (POSIX seconds). `place` is the `seq` and `prev` that the log gives to an act of
    version 2; one of version 1 names its own. Raises EventError.
    """
    return check_event({**act, **(place or {}), "time": time, "signature": signature})


def act_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the actor signed of an event that was read."""
    added = _ADDED[1] if event["v"] == 1 else _ADDED[2]
    return {name: value for name, value in event.items() if name not in added}


def verify_act(event: Mapping[str, Any], public: bytes) -> None:
    """Raises EventError unless the holder of `public` signed this event's act."""
    domain = ACT_DOMAINS.get(event["v"], f"demur/act/v{event['v']}")
    try:
        if event["v"] > 1 and event["key"] != public.hex():
            raise EventError("another key")
        verify(public, domain, canonical.dump(act_of(event)), bytes.fromhex(event["signature"]))
    except (SealError, EventError):
        raise EventError(
            f"The signature of event {event['seq']} ({event['type'][:60]}) is not by the one it names; the record was tampered with."
        ) from None


def act_hash(event: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the signed act of an event or act: the same act sent again has the same, wherever it stands."""
    return hashlib.sha256(canonical.dump(act_of(event))).hexdigest()


def check_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as a dict, if it has exactly the members of its type and version; raises EventError."""
    kind, version = str(event.get("type")), _version_of(event)
    if kind in UNSIGNED:
        _check(event, FIELDS[kind] | _COMMON | _PLACE | {"time"})
    else:
        _check(event, _act_members(kind, version) | _ADDED[version])
    return dict(event)


def read_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as a dict, read leniently: one that this version does not know (`is_known`) needs only the members that all events of
    version 2 have, each in form. Raises EventError.
    """
    kind, version = event.get("type"), event.get("v")
    if not isinstance(kind, str) or not 0 < len(kind) <= MOST_LETTERS or type(version) is not int or version < 1:
        raise EventError("An event has no type or no version; see spec/event.md.")
    if is_known(event):
        return check_event(event)
    shape = min(version, VERSION)
    needed = _COMMON | _SIGNED_BESIDE[shape] | _ADDED[shape]
    if not set(event) >= needed:
        raise EventError("An event of a later version lacks a member that every event has; see spec/compatibility.md.")
    for name in needed:
        _check_member(kind, name, event[name])
    try:
        canonical.dump(dict(event))
    except canonical.CanonicalError:
        raise EventError("An event holds something that no record can hold; ask for it again.") from None
    return dict(event)


def is_known(event: Mapping[str, Any]) -> bool:
    """Whether this version of Demur knows events of this type in this version (`v`)."""
    kind, version = event["type"], event["v"]
    if kind in UNSIGNED:
        return bool(version == 1)
    return kind in FIELDS and SINCE.get(kind, 1) <= version <= VERSION


def check_act(act: Mapping[str, Any]) -> dict[str, Any]:
    """The act as a dict, if it has exactly the members of its type and version; raises EventError."""
    kind = str(act.get("type"))
    if kind in UNSIGNED:
        raise EventError(f"Nobody can act {kind!r}; use one of {', '.join(sorted(SEAT_ACTS))}.")
    _check(act, _act_members(kind, _version_of(act)))
    return dict(act)


def _version_of(value: Mapping[str, Any]) -> int:
    version = value.get("v")
    if type(version) is not int or version not in ACT_DOMAINS:
        raise EventError("This event is of a later version; use a newer Demur to read it.")
    return version


def _act_members(kind: str, version: int) -> frozenset[str]:
    if version < SINCE.get(kind, 1):
        raise EventError(f"An event of type {kind!r} has version {SINCE[kind]} or later; use a newer Demur to make it.")
    return FIELDS.get(kind, frozenset()) | _COMMON | _SIGNED_BESIDE[version]


def commitment(event: Mapping[str, Any], r: bytes) -> bytes:
    """HMAC-SHA256(r, event): what the record holds. Without r, not even a guessed event can be tested against it."""
    return commit(dict(event), r)


def opening(event: Mapping[str, Any], r: bytes) -> dict[str, Any]:
    """The event with the key that opens its commitment."""
    return {"event": dict(event), "r": r.hex()}


def check_opening(value: object) -> tuple[dict[str, Any], bytes]:
    """The event, read leniently (`read_event`), and r of an opening; raises EventError."""
    if not isinstance(value, dict) or set(value) != {"event", "r"} or not isinstance(value["event"], dict):
        raise EventError("This is not an opening of an event; ask for the file again.")
    if not isinstance(value["r"], str) or not _HEX64.fullmatch(value["r"]):
        raise EventError("The key of an opening is not 64 lower-case hex digits; the file is damaged.")
    return read_event(value["event"]), bytes.fromhex(value["r"])


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
        raise EventError(
            f"There is no event of type {str(kind)[:60]!r}; this version knows {', '.join(sorted(FIELDS))}."
        )
    if set(value) != members:
        odd = ", ".join(sorted(str(name)[:60] for name in set(value) ^ members)[:8])
        raise EventError(f"An event of type {kind!r} has other members than it should ({odd}); see spec/event.md.")
    for name, part in value.items():
        _check_member(kind, name, part)


def _check_member(kind: str, name: str, part: object) -> None:
    if name in _LISTS:
        good = _hashes_are_good(part, _LISTS[name])
    elif name == "seen":
        good = isinstance(part, dict) and set(part) == {"seq", "commitment"} and _seen_is_good(part)
    elif name in _INTEGERS:
        good = _number_is_good(name, part)
    else:
        good = isinstance(part, str) and _text_is_good(name, part)
    if not good:
        raise EventError(f"The member {name!r} of an event of type {kind[:60]!r} has a wrong value; see spec/event.md.")


def _hashes_are_good(part: object, most: int) -> bool:
    short = isinstance(part, list) and len(part) <= most
    return short and all(isinstance(row, str) and _HEX64.fullmatch(row) for row in part)  # type: ignore[attr-defined]


def _seen_is_good(seen: Mapping[str, Any]) -> bool:
    named = seen["commitment"]
    return _number_is_good("seq", seen["seq"]) and isinstance(named, str) and bool(_HEX64.fullmatch(named))


def _number_is_good(name: str, part: object) -> bool:
    most = LAST_TIME if name in {"time", "until"} else canonical.MAX_INTEGER
    return isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= most


def _text_is_good(name: str, text: str) -> bool:
    if form := _FORMS.get(name):
        return bool(form.fullmatch(text))
    if name == "outcome":
        return text in OUTCOMES
    return 0 < len(text) <= MOST_LETTERS  # type, origin, clock, fact


_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "case": _HEX32,
    **dict.fromkeys(("charter", "roster", "commitment", "filing", "sealed", "key"), _HEX64),
    **dict.fromkeys(("prev", "body"), re.compile(r"([0-9a-f]{64})?")),
    "signature": _HEX128,
    "to": _SEAT,
    "seat": re.compile(rf"({_SEAT.pattern})?"),
}
