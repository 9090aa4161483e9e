# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening what an author filed, and comparing it with what was recorded. Pure: bytes in, documents and faults out. Texts written since
are opened by `texts`.

Three things can be wrong. A text that does not open, or was not signed by who the event says, raises: it is
*unreadable*. A text that opens but says something else than its event is a *mismatch*, and `fault` names the fact:
`manifest`, `attachments` or `recipients`. A filing that no honest client would make,
because it goes beyond the charter of its case, is a mismatch with the charter: the fact is `limits.` and the limit's name. One whose author
left no key that anything can be sealed to opens, and nobody can answer it: the fault is `return`, and seats tell it as unreadable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO, Final

from demur.charter.model import Limits
from demur.client.desk import CaseView
from demur.client.errors import BadAnswer
from demur.client.filing import DISSENT_FILE
from demur.client.wish import Attachment
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DissentError, DocumentError
from demur.dissent.manifests import check_form, check_manifest, key_fingerprint
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridRecipient
from demur.seal.container import Opened
from demur.seal.errors import SealError
from demur.seal.large import open_large
from demur.seal.padme import FLOOR

UNANSWERABLE: Final = "return"  # the fault of a filing to whose author nothing can be written


@dataclass(frozen=True, kw_only=True)
class Unopened:
    """A large attachment as the author's manifest names it; it is fetched and opened as a stream (`opening_large`)."""

    n: int
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What the author filed, opened.

    `manifest` is the signed submit manifest; `faults` say what differs from the record.
    """

    dissent: Dissent
    original: bytes
    attachments: tuple["Attachment | Unopened", ...]
    manifest: Mapping[str, Any]
    faults: tuple[str, ...] = ()

    @property
    def author(self) -> HybridRecipient:
        """Where answers to the author are sealed to. Raises BadAnswer."""
        if UNANSWERABLE in self.faults:
            raise BadAnswer("The author left no key that answers could be sealed to; nothing can be written to them.")
        return HybridRecipient.parse(self.manifest["return"])

    @property
    def recused(self) -> frozenset[str]:
        """The seats that the author left out."""
        return frozenset(self.manifest["recused"])

    @property
    def readers(self) -> list[dict[str, str]]:
        """Whom the author sealed it to, as the manifest lists them."""
        rows: list[dict[str, str]] = self.manifest["recipients"]
        return rows


def open_filing(body: bytes, attachments: Sequence[bytes | None], view: CaseView, *, seat: str) -> Filing:
    """Open the sealed files of a filing, as the seat `seat`. An attachment that is None is large: it stays unopened.

    Raises SealError or DocumentError where they are unreadable.
    """
    author = bytes.fromhex(view.grant.author)
    opened = _open(body, view, author)
    parts = [None if part is None else _open(part, view, author) for part in attachments]
    dissent, original = _dissent_in(opened)
    rows = _attachment_rows(opened.manifest, len(parts))
    attached = tuple(map(_attached, range(1, len(parts) + 1), parts, rows))
    faults = _filing_faults(opened.manifest, [part.manifest if part else None for part in parts], view)
    measured = measure(original, dissent, [part.size for part in attached])
    filing = Filing(
        dissent=dissent,
        original=original,
        attachments=attached,
        manifest=opened.manifest,
        faults=(*faults, *beyond(measured, view.frozen.charter.limits), *_unanswerable(opened.manifest)),
    )
    listed = view.grant.giver or seat in {row.get("seat") for row in filing.readers}
    return filing if listed else replace(filing, faults=(*filing.faults, "recipients"))


def _unanswerable(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Sealing tells it: a key can be well formed and still be none that anything is sealed to."""
    try:
        HybridRecipient.parse(str(manifest.get("return"))).wrap(bytes(16))
    except (SealError, ValueError):
        return (UNANSWERABLE,)
    return ()


def measure(original: bytes, dissent: Dissent, sizes: Sequence[int]) -> dict[str, int]:
    """What the charter limits in a filing, by the limits' names: `sizes` are the attachments', in bytes."""
    texts = (
        dissent.text,
        "".join(claim.text for claim in dissent.claims),
    )  # both were made of the original, so neither is longer
    return {
        "text_bytes": max(len(original), *(len(text.encode()) for text in texts)),
        "claims": len(dissent.claims),
        "files": len(sizes),
        "file_bytes": max(sizes, default=0),
        "total_bytes": sum(sizes),
    }


def beyond(measured: Mapping[str, int], limits: Limits) -> list[str]:
    """The facts of a mismatch with the charter: each limit that a filing goes beyond."""
    allowed = {**asdict(limits), "total_bytes": limits.total}
    return [f"limits.{name}" for name, size in measured.items() if size > allowed[name]]


def _attachment_rows(manifest: Mapping[str, Any], count: int) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = manifest.get("attachments", [])
    if manifest["type"] != "submit" or len(rows) != count:
        raise DocumentError("The filing names other attachments than came with it; the author's client was not Demur.")
    return rows


def _attached(n: int, part: Opened | None, row: Mapping[str, Any]) -> Attachment | Unopened:
    if part is not None and len(part.files) != 1:
        raise DocumentError("An attachment of the filing holds several files; the author's client was not Demur.")
    if part is not None:
        [(name, data)] = part.files.items()
        return Attachment(name=name, data=data)
    container.check_name(row["name"])
    return Unopened(n=n, name=row["name"], size=row["size"], sha256=row["sha256"])


def open_large_attachment(source: BinaryIO, target: BinaryIO, part: Unopened, view: CaseView) -> None:
    """Write a large attachment to `target`. Raises SealError where it is unreadable, DocumentError where it is another."""
    opened = open_large(source, target, view.grant.identity, by=bytes.fromhex(view.grant.author))
    try:
        check_manifest(opened.manifest, type="attachment", n=part.n, **_common(view))
    except DissentError as error:
        raise DocumentError(f"A large attachment is not the one that was filed: {error}") from None
    if opened.manifest["files"] != [{"name": part.name, "sha256": part.sha256, "size": part.size}]:
        raise DocumentError("A large attachment is another than the filing names; do not rely on it.")


def _dissent_in(opened: Opened) -> tuple[Dissent, bytes]:
    names = list(opened.files)
    if len(names) != 2 or names[0] != DISSENT_FILE:
        raise DocumentError("The filing holds other files than a dissent and its original; the client was not Demur.")
    dissent = Dissent.parse(opened.files[DISSENT_FILE])
    if dissent.original != names[1]:
        raise DocumentError("The dissent names another original than the one beside it; the client was not Demur.")
    dissent.check_original(opened.files[names[1]])
    return dissent, opened.files[names[1]]


def _open(sealed: bytes, view: CaseView, by: bytes) -> Opened:
    opened = container.unpack(age.decrypt(sealed, [view.grant.identity]), by=by, floor=FLOOR)
    check_form(opened.manifest)
    return opened


def _common(view: CaseView) -> dict[str, Any]:
    """What every manifest of the filing must say."""
    first = view.items[0].event
    common = {name: first[name] for name in ("origin", "case", "charter", "roster")}
    return common | {"seq": 0, "prev": "", "seat": "", "case_key": key_fingerprint(view.grant.identity.recipient.text)}


def _filing_faults(body: Mapping[str, Any], attached: Sequence[Mapping[str, Any] | None], view: CaseView) -> list[str]:
    common, found = _common(view), []
    opened = {n: manifest for n, manifest in enumerate(attached, start=1) if manifest is not None}
    try:
        check_manifest(body, type="submit", salt=view.grant.salt, **common)
        for n, manifest in opened.items():
            check_manifest(manifest, type="attachment", n=n, **common)
    except DissentError:
        found.append("manifest")
    if any(body["attachments"][n - 1] != {"n": n, **part["files"][0]} for n, part in opened.items()):
        found.append("attachments")
    return found
