# SPDX-License-Identifier: AGPL-3.0-or-later
"""Filing: everything sealed on the author's machine, then one request. Format: `spec/filing.md`.

`prepare` is pure: it takes what is in force, already verified, and makes the bundle and the keys; nothing is sent.
`submit` sends it and believes no answer: promise, opening and head must be signed by the channel's log and name exactly
what was sent. The prepared filing can be kept and sent again: the case id is drawn here, so a lost answer never files
twice.

An attacker who watches learns that somebody filed and about how much. Every seat of the charter gets an item of one
size, a grant or a dummy, so nobody learns who reads, nor whom the author recused.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demur import canonical
from demur.charter.seating import complete_facts
from demur.client.authorkey import AuthorKey
from demur.client.directory import InForce
from demur.client.errors import TooLarge
from demur.client.files import open_new
from demur.client.uploading import SealedUpload
from demur.client.wish import Attachment as Attachment  # the desk's client takes it from here
from demur.client.wish import LargeAttachment, Wish, check_wish
from demur.dissent import events
from demur.dissent.bundle import describe, describe_upload, pack_bundle
from demur.dissent.filing import check_filing, sign_filing
from demur.dissent.manifests import CUSTODY, base_manifest
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity, HybridRecipient
from demur.seal.large import Progress, seal_large
from demur.seal.padme import FLOOR
from demur.seal.returning import ReturnKeys
from demur.seal.words import entropy_to_words

GRANT_FLOOR: Final = 2048  # bytes; spec/filing.md
DISSENT_FILE: Final = "dissent.json"
CASE_FILE: Final = "case.json"
SUBMIT_FILE: Final = "submit.json"

Random = Callable[[int], bytes]
Spool = Callable[[int, LargeAttachment], tuple[Path, Progress]]  # where the n-th is sealed to, and who is told how far


@dataclass(frozen=True, kw_only=True)
class PreparedFiling:
    """A filing, sealed and signed, not yet sent. `draft` holds all of the key file but the log's answer; `at` is when
    it was sealed.
    """

    bundle: bytes
    draft: Mapping[str, Any]
    sealed_body: bytes
    bodies: tuple[str, ...]
    filing: str
    mailbox_item: str
    at: int
    uploads: tuple[SealedUpload, ...] = ()


def prepare(
    wish: Wish,
    in_force: InForce,
    *,
    address: str,
    limits: Mapping[str, object],
    now: int,
    random: Random,
    spool: Spool | None = None,
    custody: str = CUSTODY[0],
) -> PreparedFiling:
    """Seal everything; nothing is sent. `now` is POSIX seconds, `random(n)` gives n secret bytes, `address` goes into
    the key file; `spool` says where large attachments are sealed to; `custody` (one of CUSTODY) who held the plain text.

    Raises what `check_wish` raises, and SealError for file names that cannot be sealed.
    """
    offices = check_wish(in_force, wish, limits=limits)
    entropy = random(16)
    sealing = _Sealing(
        wish=wish,
        in_force=in_force,
        offices={reader.seat.id: reader.recipient for reader in offices if reader.recipient},
        keys=ReturnKeys.from_entropy(entropy, in_force.channel.origin),
        case=random(16).hex(),
        identity=HybridIdentity.generate(random),
        token=random(32).hex(),
        salt=random(32).hex(),
        random=random,
        spool=spool,
        custody=custody,
    )
    return sealing.prepared(words=" ".join(entropy_to_words(entropy)), address=address, now=now)


@dataclass(frozen=True, kw_only=True)
class _Sealing:
    """One filing while it is sealed: the secrets drawn for it, and what they are used on."""

    wish: Wish
    in_force: InForce
    offices: Mapping[str, str]
    keys: ReturnKeys
    case: str
    identity: HybridIdentity
    token: str
    salt: str
    random: Random
    spool: Spool | None
    custody: str

    def prepared(self, *, words: str, address: str, now: int) -> PreparedFiling:
        manifest, body = self._body()
        r = self.random(32)
        event = events.submit_event(
            origin=self.in_force.channel.origin,
            case=self.case,
            charter=self.in_force.directory.charter,
            roster=self.in_force.directory.roster,
            body=events.salted(bytes.fromhex(self.salt), body),
            time=now,
        )
        opening = events.opening(event, r)
        attachments, uploads = self._attached()
        mailbox = self._keep(manifest, opening, body)
        grants = [(f"grant:{seat}", self._grant(seat)) for seat in self._seats()]
        files = [("body", body), *attachments, ("mailbox", mailbox), *grants]
        header = self._header(files, uploads, commitment=events.commitment(event, r).hex())
        origin, limits = self.in_force.channel.origin, self.in_force.frozen.charter.limits
        check_filing(header, files, origin=origin, limits=limits)
        salt = bytes.fromhex(self.salt)
        return PreparedFiling(
            bundle=pack_bundle(header, files),
            draft={
                "origin": origin,
                "address": address,
                "words": words,
                "case": self.case,
                "submit": opening,
                "manifest": manifest,
                "case_key": self.identity.text,
                "token": self.token,
                "salt": self.salt,
            },
            sealed_body=body,
            bodies=tuple(events.salted_hash(salt, row["sha256"]) for row in header["files"]),
            filing=events.salted(salt, canonical.dump(header)),
            mailbox_item=hashlib.sha256(mailbox).hexdigest(),
            at=now,
            uploads=uploads,
        )

    def _seats(self) -> list[str]:
        return sorted(seat.id for seat in self.in_force.frozen.charter.reading_seats)

    def _manifest(
        self, kind: str, names: Sequence[str], *, recipients: Mapping[str, str], seat: str = "", **more: Any
    ) -> dict[str, Any]:
        return base_manifest(
            kind,
            origin=self.in_force.channel.origin,
            case=self.case,
            case_key=self.identity.recipient.text,
            seq=0,
            prev="",
            charter=self.in_force.directory.charter,
            roster=self.in_force.directory.roster,
            seat=seat,
            recipients=recipients,
            names=names,
            custody=self.custody,
            **more,
        )

    def _everybody(self) -> dict[str, str]:
        return {"": self.keys.recipient.text, **self.offices}

    def _body(self) -> tuple[dict[str, Any], bytes]:
        """The submit manifest as signed, and the sealed body."""
        wish = self.wish
        manifest = self._manifest(
            "submit",
            [DISSENT_FILE, wish.dissent.original],
            recipients=self._everybody(),
            facts=complete_facts(self.in_force.frozen.charter, dict(wish.facts)),
            recused=sorted(wish.recused),
            new_keys=sorted(wish.new_keys),
            salt=self.salt,
            markings=wish.dissent.marking,
            attachments=[
                {"n": n, "name": part.name, "sha256": _sha256(part), "size": part.size}
                for n, part in enumerate(self._ordered(), start=1)
            ],
            **{"return": self.keys.recipient.text},
        )
        packed = container.pack(manifest, [wish.dissent.json, wish.original], self.keys.signing, floor=FLOOR)
        signed = container.unpack(packed, by=self.keys.signing.public, floor=FLOOR).manifest
        return signed, self._seal(packed, self.identity.recipient)

    def _ordered(self) -> list[Attachment | LargeAttachment]:
        """Small attachments first: the bundle carries them, and names the large ones after them."""
        return sorted(self.wish.attachments, key=lambda part: isinstance(part, LargeAttachment))

    def _attached(self) -> tuple[list[tuple[str, bytes]], tuple[SealedUpload, ...]]:
        carried, uploads = [], []
        for n, part in enumerate(self._ordered(), start=1):
            if isinstance(part, LargeAttachment):
                uploads.append(self._large(n, part))
            else:
                carried.append(("attachment", self._attachment(n, part)))
        return carried, tuple(uploads)

    def _large(self, n: int, part: LargeAttachment) -> SealedUpload:
        if self.spool is None:
            raise TooLarge(f"The attachment {part.name!r} is too large to be sealed in memory; file it from a disk.")
        manifest = self._manifest("attachment", [part.name], recipients=self._everybody(), n=n)
        path, progress = self.spool(n, part)
        with open_new(path) as target:
            sealed = seal_large(
                part.file,
                target,
                manifest,
                key=self.keys.signing,
                recipient=self.identity.recipient,
                random=self.random,
                progress=progress,
            )
        return SealedUpload(path=path, size=sealed.size, sha256=sealed.sha256)

    def _attachment(self, n: int, part: Attachment) -> bytes:
        manifest = self._manifest("attachment", [part.name], recipients=self._everybody(), n=n)
        return self._seal(
            container.pack(manifest, [part.data], self.keys.signing, floor=FLOOR), self.identity.recipient
        )

    def _keep(self, submitted: Mapping[str, Any], opening: Mapping[str, Any], body: bytes) -> bytes:
        # `sealed` lets the words alone find the author's own sealed text among the mailbox's files again.
        manifest = self._manifest(
            "keep",
            [CASE_FILE, SUBMIT_FILE],
            recipients={"": self.keys.recipient.text},
            sealed=hashlib.sha256(body).hexdigest(),
        )
        parts = [canonical.dump({**self._case(), "manifest": dict(submitted)}), canonical.dump(dict(opening))]
        return self._seal(container.pack(manifest, parts, self.keys.signing, floor=FLOOR), self.keys.recipient)

    def _grant(self, seat: str) -> bytes:
        # A seat that does not read gets the same shape, sealed to a key that nobody keeps.
        recipient = self.offices.get(seat) or HybridIdentity.generate(self.random).recipient.text
        manifest = self._manifest("grant", [CASE_FILE], recipients={seat: recipient}, seat=seat)
        packed = container.pack(manifest, [canonical.dump(self._case())], self.keys.signing, floor=GRANT_FLOOR)
        return self._seal(packed, HybridRecipient.parse(recipient))

    def _case(self) -> dict[str, Any]:
        return {
            "v": 1,
            "type": "case",
            "case": self.case,
            "case_key": self.identity.text,
            "token": self.token,
            "salt": self.salt,
            "author": self.keys.signing.public.hex(),
        }

    def _header(
        self, files: list[tuple[str, bytes]], uploads: tuple[SealedUpload, ...], *, commitment: str
    ) -> dict[str, Any]:
        header = {
            "v": 1,
            "type": "filing",
            "origin": self.in_force.channel.origin,
            "case": self.case,
            "charter": self.in_force.directory.charter,
            "roster": self.in_force.directory.roster,
            "author": self.keys.signing.public.hex(),
            "mailbox": self.keys.mailbox,
            "bearer": self.keys.bearer_hash,
            "token": hashlib.sha256(bytes.fromhex(self.token)).hexdigest(),
            "salt": self.salt,
            "commitment": commitment,
            "files": _described(files, uploads),
        }
        return sign_filing(header, self.keys.signing)

    def _seal(self, plain: bytes, recipient: HybridRecipient) -> bytes:
        return age.encrypt(plain, [recipient], random=self.random)


def _described(files: list[tuple[str, bytes]], uploads: tuple[SealedUpload, ...]) -> list[dict[str, Any]]:
    rows = [describe(role, data) for role, data in files]
    at = next(n for n, row in enumerate(rows) if row["role"] == "mailbox")
    return [*rows[:at], *(describe_upload(part.sha256, part.size) for part in uploads), *rows[at:]]


def _sha256(part: Attachment | LargeAttachment) -> str:
    return part.file.sha256 if isinstance(part, LargeAttachment) else hashlib.sha256(part.data).hexdigest()


def key_of(draft: Mapping[str, Any], received: Mapping[str, Any]) -> AuthorKey:
    """The key file of a filing that the log has answered."""
    return AuthorKey(received=received, **draft)
