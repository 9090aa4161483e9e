# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's key file: what acts and reads. Format: `spec/receipt.md`, "Key file".

Everything in it follows from the twelve return words and mailbox item 0, so the words alone rebuild it. It never goes
over the wire: requests carry the mailbox bearer, signatures and sealed files, each derived from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from demur import canonical
from demur.client.address import normal_address
from demur.client.errors import BadKeyFile
from demur.dissent import events
from demur.dissent.errors import EventError
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash
from demur.record.promise import Promise
from demur.schema import manifest_fault
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.errors import SealError
from demur.seal.returning import ReturnKeys
from demur.seal.words import words_to_entropy

TYPE: Final = "demur/author-key"
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_HEX64: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class AuthorKey:
    """`R.key`. `submit` and `received` are openings; `manifest` is the submit manifest; the rest is text."""

    origin: str
    address: str
    words: str
    case: str
    submit: Mapping[str, Any]
    received: Mapping[str, Any]
    manifest: Mapping[str, Any]
    case_key: str
    token: str
    salt: str

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        return canonical.dump(
            {"v": 1, "type": TYPE, **{field.name: getattr(self, field.name) for field in fields(self)}}
        )

    @classmethod
    def parse(cls, data: bytes) -> "AuthorKey":
        """Read a key file; raises BadKeyFile unless all its parts fit each other."""
        try:
            document = canonical.load_object(data)
        except canonical.CanonicalError as error:
            raise BadKeyFile(f"The key file cannot be read: {error}") from None
        if (document.pop("v", None), document.pop("type", None)) != (1, TYPE):
            raise BadKeyFile("This is not an author's key file; name the R.key that `demur file` wrote.")
        if set(document) != {field.name for field in fields(cls)}:
            raise BadKeyFile("The key file lacks a part; rebuild it with `demur status --words`.")
        key = cls(**document)
        _check(key)
        return key

    @property
    def keys(self) -> ReturnKeys:
        """The author's keys. Raises BadKeyFile if the words are not twelve good ones."""
        return keys_of(self.words, self.origin)

    @property
    def case_identity(self) -> HybridIdentity:
        """The case key C. Raises BadKeyFile."""
        try:
            return HybridIdentity.parse(self.case_key)
        except SealError as error:
            raise BadKeyFile(f"The case key in the key file cannot be read: {error}") from None

    @property
    def salt_bytes(self) -> bytes:
        """The case's salt, 32 bytes."""
        return bytes.fromhex(self.salt)

    @property
    def submitted(self) -> dict[str, Any]:
        """The author's own event. Raises BadKeyFile."""
        return _opened(self.submit)[0]

    @property
    def received_event(self) -> dict[str, Any]:
        """The log's event that starts the clocks. Raises BadKeyFile."""
        return _opened(self.received)[0]

    @property
    def entries(self) -> tuple[bytes, bytes]:
        """Leaf hashes of the filing's two entries, in the promise's order. Raises BadKeyFile."""
        return entry_of(self.submit), entry_of(self.received)

    def check_promise(self, promise: Promise) -> None:
        """Raises BadKeyFile unless `promise` is the one of this key's filing."""
        if promise.origin != self.origin or promise.entries != self.entries:
            raise BadKeyFile(
                "The key file and the receipt belong to different cases; name the two that were written together."
            )
        if promise.time != self.received_event["time"]:
            raise BadKeyFile(
                "The receipt's promise and the log's own event differ in time; use the files you were given."
            )


def keys_of(words: str, origin: str) -> ReturnKeys:
    """The keys that twelve return words make for `origin`. Raises BadKeyFile."""
    try:
        return ReturnKeys.from_entropy(words_to_entropy(words), origin)
    except SealError as error:
        raise BadKeyFile(f"The return words do not hold: {error}") from None


def entry_of(opening: Mapping[str, Any]) -> bytes:
    """Leaf hash of the entry that an opening opens. Raises BadKeyFile."""
    event, r = _opened(opening)
    return leaf_hash(case_entry(events.commitment(event, r)))


def _opened(opening: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return events.check_opening(opening)
    except EventError as error:
        raise BadKeyFile(f"An opening in the key file does not hold: {error}") from None


def _check(key: AuthorKey) -> None:
    texts = (key.origin, key.address, key.words, key.case, key.case_key, key.token, key.salt)
    if not all(isinstance(text, str) for text in texts) or not isinstance(key.manifest, dict):
        raise BadKeyFile("A part of the key file is of the wrong kind; rebuild it with `demur status --words`.")
    if not _HEX32.fullmatch(key.case) or not _HEX64.fullmatch(key.token) or not _HEX64.fullmatch(key.salt):
        raise BadKeyFile("A number in the key file is damaged; rebuild it with `demur status --words`.")
    if manifest_fault(key.manifest):
        raise BadKeyFile("The manifest in the key file is damaged; rebuild it with `demur status --words`.")
    normal_address(key.address, insecure=True)
    _check_events(key)


def _check_events(key: AuthorKey) -> None:
    key.case_identity  # noqa: B018 -- reading it is what checks it
    public = key.keys.signing.public.hex()
    submit, r = _opened(key.submit)
    received, _ = _opened(key.received)
    kinds = (submit["type"], received["type"])
    places = {(event["case"], event["origin"], event["charter"]) for event in (submit, received)}
    if kinds != ("submit", "received") or places != {(key.case, key.origin, submit["charter"])}:
        raise BadKeyFile("The key file's events are of another case; rebuild it with `demur status --words`.")
    if received["commitment"] != events.commitment(submit, r).hex():
        raise BadKeyFile(
            "The log's event in the key file does not name the author's; rebuild it with `demur status --words`."
        )
    manifest = (
        key.manifest.get("case"),
        key.manifest.get("origin"),
        key.manifest.get("by"),
        key.manifest.get("charter"),
    )
    if manifest != (key.case, key.origin, public, submit["charter"]):
        raise BadKeyFile("The manifest in the key file is of another case; rebuild it with `demur status --words`.")
