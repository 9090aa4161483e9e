# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether an exhibit holds: pure, offline, no Django. Format and rules: `spec/exhibit.md`.

The promise names two entries; proofs place them in the record. Each further part hangs on those two by a hash or by a
signature, so no part can be moved to another case, and no byte can change without a sentence that says so.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.client.errors import BadExhibit, BadReceipt
from demur.client.exhibit import Exhibit, Placed
from demur.client.exhibit_parts import OpenedEvent, check_salted, opened_event, proven, signed_entry, unsealed
from demur.client.exhibit_thread import ExhibitedThread
from demur.client.exhibited import Authorship, Shown, Text
from demur.client.receipt import Findings, Receipt
from demur.dissent import events
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DissentError
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash
from demur.seal.container import Opened
from demur.seal.errors import SealError
from demur.seal.signing import verify

AUTHORSHIP_DOMAIN: Final = "demur/authorship/v1"
MAX_TO: Final = 2000  # letters of "to whom and what for"
_AUTHORSHIP: Final = frozenset({"v", "type", "origin", "entry", "exhibit", "to", "time", "by", "signature"})
_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_HEX128: Final = re.compile(r"[0-9a-f]{128}")
_DISSENT_FILES: Final = ("dissent.json", 2)  # its name, and how many files there are with the original
_ATTACHMENT: Final = frozenset({"n", "name", "sha256", "size"})


def verify_exhibit(exhibit: Exhibit, known: Channel | None, *, now: int) -> Shown:
    """Check everything, offline. `known` is the channel the verifier trusts, None for the exhibit's own; `now` is POSIX
    seconds.

    Raises BadExhibit with one sentence for the first thing that does not hold.
    """
    findings = _existence(exhibit, known, now=now)
    received = _received(exhibit, findings)
    text = _text(exhibit, findings, received.event if received else None)
    frozen = _charter(exhibit.charter, received, exhibit.channel)
    return Shown(
        findings=findings,
        shows=exhibit.shows,
        received=received.event if received else None,
        frozen=frozen,
        text=text,
        answers=tuple(ExhibitedThread.of(exhibit, received, text, frozen).answers()) if received else (),
        authorship=_authorship(exhibit, findings, text),
    )


def signed_part(statement: Mapping[str, Any]) -> bytes:
    """What the author signs of a statement of authorship."""
    return canonical.dump({name: value for name, value in statement.items() if name != "signature"})


def _existence(exhibit: Exhibit, known: Channel | None, *, now: int) -> Findings:
    receipt = Receipt(channel=exhibit.channel, promise=exhibit.promise, proofs=exhibit.proofs)
    try:
        findings = receipt.verify(known, now=now)
    except BadReceipt as error:
        raise BadExhibit(f"What the exhibit takes from the receipt does not hold: {error}") from None
    for text, leaf in zip(exhibit.proofs, findings.promise.entries, strict=False):
        proven(text, leaf, exhibit.channel)
    return findings


def _received(exhibit: Exhibit, findings: Findings) -> OpenedEvent | None:
    if exhibit.received is None:
        return None
    opened = opened_event(exhibit.received)
    event, promise = opened.event, findings.promise
    facts = (event["type"], opened.leaf, event["origin"], event["time"], event["seq"])
    if facts != ("received", promise.entries[1], promise.origin, promise.time, 1):
        raise BadExhibit("The log's event in the exhibit is not the one that its promise names; do not rely on it.")
    if leaf_hash(case_entry(bytes.fromhex(event["commitment"]))) != promise.entries[0]:
        raise BadExhibit("The log's event in the exhibit is about another filing; do not rely on it.")
    return opened


def _charter(placed: Placed | None, received: OpenedEvent | None, channel: Channel) -> Frozen | None:
    if placed is None or received is None:
        return None
    leaf, _ = signed_entry(placed, channel)
    if leaf != received.event["charter"]:
        raise BadExhibit("The charter in the exhibit is not the one the case was filed under; do not rely on it.")
    try:
        return Frozen.from_entry(placed.statement)
    except CharterError as error:
        raise BadExhibit(f"The charter in the exhibit cannot be read: {error}") from None


def _text(exhibit: Exhibit, findings: Findings, received: Mapping[str, Any] | None) -> Text | None:
    if exhibit.submit is None or exhibit.text is None:
        return None
    opened = opened_event(exhibit.submit)
    event, promise = opened.event, findings.promise
    if (event["type"], opened.leaf, event["origin"]) != ("submit", promise.entries[0], promise.origin):
        raise BadExhibit("The author's event in the exhibit is not the one that its promise names; do not rely on it.")
    if received is not None and any(event[name] != received[name] for name in ("case", "charter", "roster")):
        raise BadExhibit("The author's and the log's events in the exhibit contradict each other; do not rely on it.")
    inside = unsealed(exhibit.text, event, by=None)
    salt = inside.manifest.get("salt")
    if not isinstance(salt, str) or not _HEX64.fullmatch(salt):
        raise BadExhibit("The text in the exhibit names no salt, so it is not bound to the record; do not rely on it.")
    check_salted(exhibit.text, event, salt)
    dissent, original = _dissent(inside)
    attachments = _attachments(inside.manifest.get("attachments"))
    return Text(dissent=dissent, original=original, by=inside.manifest["by"], salt=salt, attachments=attachments)


def _dissent(inside: Opened) -> tuple[Dissent, bytes]:
    names = list(inside.files)
    if (names[:1], len(names)) != ([_DISSENT_FILES[0]], _DISSENT_FILES[1]):
        raise BadExhibit("The text holds other files than a dissent and its original; it was not filed with Demur.")
    try:
        dissent = Dissent.parse(inside.files[names[0]])
    except DissentError as error:
        raise BadExhibit(f"The text in the exhibit cannot be read: {error}") from None
    if dissent.original != names[1]:
        raise BadExhibit("The dissent names another original than the one beside it; it was not filed with Demur.")
    try:
        dissent.check_original(inside.files[names[1]])
    except DissentError as error:
        raise BadExhibit(f"The text in the exhibit does not hold: {error}") from None
    return dissent, inside.files[names[1]]


def _attachments(rows: object) -> list[Mapping[str, Any]]:
    if not isinstance(rows, list) or not all(_is_attachment(n, row) for n, row in enumerate(rows, start=1)):
        raise BadExhibit("The text's list of attachments is not one; it was not filed with Demur.")
    return rows


def _is_attachment(n: int, row: object) -> bool:
    """Whether a row is that of attachment `n`: each member of its own type, since sentences are made of them."""
    if not isinstance(row, dict) or set(row) != _ATTACHMENT or type(row["n"]) is not int or row["n"] != n:
        return False
    size, texts = row["size"], (row["name"], row["sha256"])
    if type(size) is not int or size < 0 or not all(isinstance(text, str) for text in texts):
        return False
    return _HEX64.fullmatch(row["sha256"]) is not None


def _authorship(exhibit: Exhibit, findings: Findings, text: Text | None) -> Authorship | None:
    made = exhibit.authorship
    if made is None:
        return None
    if set(made) != _AUTHORSHIP or not _authorship_is_formed(made):
        raise BadExhibit("The statement of authorship in the exhibit is not in form; use an undamaged copy.")
    about = (made["v"], made["type"], made["origin"], made["entry"], made["exhibit"])
    entry = findings.promise.entries[0].hex()
    if about != (1, "authorship", exhibit.channel.origin, entry, exhibit.digest):
        raise BadExhibit("The statement of authorship was signed for another exhibit than this; do not rely on it.")
    try:
        verify(bytes.fromhex(made["by"]), AUTHORSHIP_DOMAIN, signed_part(made), bytes.fromhex(made["signature"]))
    except SealError as error:
        raise BadExhibit(f"The statement of authorship does not hold: {error}") from None
    if text is not None and text.by != made["by"]:
        raise BadExhibit("The statement of authorship is by another key than the one that signed the text.")
    return Authorship(to=made["to"], time=made["time"], by=made["by"], filed=text is not None)


def _authorship_is_formed(made: Mapping[str, Any]) -> bool:
    texts = all(isinstance(made[name], str) for name in _AUTHORSHIP - {"v", "time"})
    numbers = all(type(made[name]) is int for name in ("v", "time"))
    return (
        texts
        and numbers
        and 0 <= made["time"] <= events.LAST_TIME
        and 0 < len(made["to"].strip()) <= len(made["to"]) <= MAX_TO
        and bool(_HEX64.fullmatch(made["by"]))
        and bool(_HEX128.fullmatch(made["signature"]))
    )
