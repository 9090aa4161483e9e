# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an exhibit shows, once `exhibit_checks` found that everything in it holds. Format: `spec/exhibit.md`."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.client.receipt import Findings
from demur.dissent.documents.dissent import Dissent

FIRST_ACT: Final = 2  # seq 0 and 1 are the filing itself
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


@dataclass(frozen=True, kw_only=True)
class Text:
    """What was filed. `by` is the key that signed it, hex; `attachments` are rows `{"n","name","sha256","size"}`."""

    dissent: Dissent
    original: bytes
    by: str
    salt: str
    attachments: Sequence[Mapping[str, Any]]

    @property
    def filed(self) -> dict[str, str]:
        """SHA-256 (hex) of everything filed -> its place."""
        rows = {hashlib.sha256(data).hexdigest(): "text" for data in (self.dissent.json, self.original)}
        return rows | {str(row["sha256"]): f"attachment {row['n']}" for row in self.attachments}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One event after the filing. `recorded` is the time (POSIX seconds) of the checkpoint that proves it, `office` the
    holder as the officers named them ("" for the author), `document` what was sealed with it, b"" where it is not shown;
    `fault` names what the document says otherwise than the event ("" if nothing): both are signed by the same seat.
    """

    event: Mapping[str, Any]
    office: str
    index: int
    recorded: int
    witnesses: tuple[str, ...]
    document: bytes = b""
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Authorship:
    """A signed word of who made the exhibit. `filed` says whether the text here is signed by the same key."""

    to: str
    time: int
    by: str
    filed: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What an exhibit proves. What is not shown is None or empty; `received` is the log's event."""

    findings: Findings
    shows: tuple[str, ...]
    received: Mapping[str, Any] | None = None
    frozen: Frozen | None = None
    text: Text | None = None
    answers: tuple[Answered, ...] = ()
    authorship: Authorship | None = None
    given: Mapping[str, str] = field(default_factory=dict)  # name of a file beside -> its place in the filing

    @property
    def hidden(self) -> list[int]:
        """Numbers of the events before the last one shown that are not shown themselves."""
        there = {row.event["seq"] for row in self.answers}
        return [seq for seq in range(FIRST_ACT, max(there, default=0)) if seq not in there]

    @property
    def files(self) -> dict[str, bytes]:
        """Everything readable in it, under names of ours: name -> bytes."""
        files = {}
        if self.text is not None:
            ending = _ENDING.search(self.text.dissent.original)
            files = {"dissent.json": self.text.dissent.json}
            files[f"original{ending[0] if ending else ''}"] = self.text.original
        said = {f"{row.event['seq']}-{row.event['type']}.json": row.document for row in self.answers if row.document}
        return files | said

    @property
    def document(self) -> dict[str, Any]:
        """The findings for `--json`."""
        base = {name: value for name, value in self.findings.document.items() if name not in {"heads", "acts"}}
        document: dict[str, Any] = {**base, "kind": "exhibit", "shows": list(self.shows)}
        if self.received is not None:
            document["time_and_charter"] = _received_document(self.received, self.frozen)
        if self.text is not None:
            document["text"] = {
                "subject": self.text.dissent.subject,
                "claims": len(self.text.dissent.claims),
                "original": hashlib.sha256(self.text.original).hexdigest(),
                "attachments": [dict(row) for row in self.text.attachments],
                "key": self.text.by,
            }
            document["given"] = dict(self.given)
        if self.authorship is not None:
            made = self.authorship
            document["authorship"] = {"to": made.to, "time": made.time, "key": made.by, "filed_by_this_key": made.filed}
        if self.answers:
            document["answers"] = [_answer_document(row) for row in self.answers]
            document["hidden"] = self.hidden
        return document


def _received_document(received: Mapping[str, Any], frozen: Frozen | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "case": received["case"],
        "charter": received["charter"],
        "received_at": received["time"],
        "sealed_files": len(received["bodies"]),
    }
    if frozen is not None:
        charter = frozen.charter
        document |= {"charter_id": charter.id, "charter_title": charter.title, "charter_version": frozen.version}
    return document


def _answer_document(row: Answered) -> dict[str, Any]:
    return {
        "seq": row.event["seq"],
        "type": row.event["type"],
        "seat": row.event["seat"],
        "office": row.office,
        "claimed_at": row.event["time"],
        "recorded_at": row.recorded,
        "index": row.index,
        "witnesses": list(row.witnesses),
        "text_shown": bool(row.document),
        "fault": row.fault,
        "event": dict(row.event),
    }
