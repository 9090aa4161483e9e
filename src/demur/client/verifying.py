# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offline verification: receipts, exhibits, evidence, and with the key file what was filed. No network, no Django, no
clock of its own.

A receipt says that an entry exists. The key file opens the two commitments: under which charter, when. The author's
sealed copy binds the text: its salted hash stands in the committed event, and it opens with the case key to a manifest
that the author signed.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from demur.charter.channel import Channel
from demur.client import evidence, exhibit, receipt
from demur.client.authorkey import AuthorKey
from demur.client.errors import BadExhibit, BadKeyFile, BadReceipt, ClientError
from demur.client.evidence import Conviction, verify_evidence
from demur.client.exhibit import Exhibit
from demur.client.exhibit_checks import verify_exhibit
from demur.client.exhibited import Shown
from demur.client.healing import same_text
from demur.client.receipt import Findings, Receipt
from demur.dissent import events
from demur.dissent.errors import DissentError
from demur.dissent.manifests import check_manifest
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.errors import SealError
from demur.seal.padme import FLOOR


@dataclass(frozen=True, kw_only=True)
class WithKey:
    """What the key file adds to a receipt: the charter's leaf hash, the log's time, and which exhibits are the filed
    ones.
    """

    findings: Findings
    case: str
    charter: str
    received_at: int
    exhibits: Mapping[str, str] = field(default_factory=dict)  # name of the exhibit -> its place in the filing

    @property
    def document(self) -> dict[str, Any]:
        """The findings for `--json`."""
        added = {
            "case": self.case,
            "charter": self.charter,
            "received_at": self.received_at,
            "exhibits": dict(self.exhibits),
        }
        return {**self.findings.document, **added}


def verify_file(
    data: bytes, trusts: Callable[[Channel], bool], *, must_be_known: bool, now: int
) -> Findings | Conviction | Shown:
    """Verify a receipt, an exhibit or evidence by its first line. `trusts` says whether the verifier knows a channel.

    With `must_be_known` a file of any other channel is refused; else it holds "by its own channel". `now` is POSIX
    seconds. Raises BadReceipt, BadExhibit, BadEvidence.
    """
    if data.startswith(evidence.FIRST_LINE.encode() + b"\n"):
        own = evidence.channel_of(data)
        return verify_evidence(data, _pick(own, trusts, must_be_known=must_be_known))
    if data.startswith(exhibit.FIRST_LINE.encode() + b"\n"):
        made = Exhibit.parse(data)
        return verify_exhibit(made, _pick(made.channel, trusts, must_be_known=must_be_known), now=now)
    parsed = Receipt.parse(data)
    return parsed.verify(_pick(parsed.channel, trusts, must_be_known=must_be_known), now=now)


def is_verifiable(data: bytes) -> bool:
    """Whether the file says of itself that it is a receipt, an exhibit or evidence."""
    lines = (receipt.FIRST_LINE, exhibit.FIRST_LINE, evidence.FIRST_LINE)
    return data.startswith(tuple(line.encode() + b"\n" for line in lines))


def verify_with_exhibit(shown: Shown, given: Mapping[str, bytes]) -> Shown:
    """The exhibit with which of the files `given` (by name) it proves to be filed. Raises BadExhibit for any other."""
    if not given:
        return shown
    if shown.text is None:
        raise BadExhibit("The exhibit does not show the text, so no file can be compared with it; verify it alone.")
    found = {}
    for name, data in given.items():
        place = shown.text.filed.get(hashlib.sha256(data).hexdigest())
        if place is None:
            _refuse_changed(name, data, shown.text.filed, BadExhibit)
            raise BadExhibit(f"The file {name!r} is not what was filed, byte for byte; use the file that was filed.")
        found[name] = place
    return replace(shown, given=found)


def _refuse_changed(name: str, data: bytes, filed: Mapping[str, str], family: type[ClientError]) -> None:
    """Raises `family` where a file differs from a filed one in its line ends alone: it is the same text, and no byte may be passed over."""
    for other in same_text(data):
        place = filed.get(hashlib.sha256(other).hexdigest())
        if place is not None:
            raise family(
                f"The file {name!r} is the filed {place} but for its line ends or a mark at its beginning, which another program changed; "
                "compare the file as it was filed."
            )


def verify_with_key(
    findings: Findings, key: AuthorKey, *, sealed: bytes | None, exhibits: Mapping[str, bytes]
) -> WithKey:
    """What the key file proves beside the receipt; `exhibits` are files said to be filed, by name.

    Raises BadKeyFile where the two do not fit, where `sealed` is missing, or where an exhibit was not filed.
    """
    if key.origin != findings.channel.origin:
        raise BadKeyFile(
            "The key file and the receipt are of different channels; name the two that were written together."
        )
    key.check_promise(findings.promise)
    filed = _filed(key, sealed) if exhibits else {}
    found = {}
    for name, data in exhibits.items():
        place = filed.get(hashlib.sha256(data).hexdigest())
        if place is None:
            _refuse_changed(name, data, filed, BadKeyFile)
            raise BadKeyFile(
                f"The file {name!r} is not what was filed, byte for byte; use the file that was given to `demur file`."
            )
        found[name] = place
    event = key.received_event
    return WithKey(
        findings=findings, case=key.case, charter=event["charter"], received_at=event["time"], exhibits=found
    )


def _filed(key: AuthorKey, sealed: bytes | None) -> dict[str, str]:
    """SHA-256 (hex) of everything filed -> its place, proven by the sealed copy that the record commits to."""
    if sealed is None:
        raise BadKeyFile(
            "The sealed copy of the text is missing, and only it binds a text to the record; put R.sealed beside R.key."
        )
    if events.salted(key.salt_bytes, sealed) != key.submitted["body"]:
        raise BadKeyFile(
            "The sealed copy beside the key file is not the one that was filed; use the one `demur file` wrote."
        )
    try:
        opened = container.unpack(age.decrypt(sealed, [key.case_identity]), by=key.keys.signing.public, floor=FLOOR)
        check_manifest(
            opened.manifest, type="submit", origin=key.origin, case=key.case, charter=key.submitted["charter"]
        )
        if opened.manifest != dict(key.manifest):
            raise BadKeyFile(
                "The key file's manifest is not the one that was filed; rebuild it with `demur status --words`."
            )
    except (SealError, DissentError) as error:
        raise BadKeyFile(f"The sealed copy beside the key file does not open: {error}") from None
    rows = {hashlib.sha256(data).hexdigest(): "text" for data in opened.files.values()}
    return rows | {row["sha256"]: f"attachment {row['n']}" for row in opened.manifest["attachments"]}


def _pick(own: Channel, trusts: Callable[[Channel], bool], *, must_be_known: bool) -> Channel | None:
    if trusts(own):
        return own
    if must_be_known:
        raise BadReceipt(
            f"This file belongs to another channel, which calls itself {own.origin}, than the one you named; do not "
            "rely on it."
        )
    return None
