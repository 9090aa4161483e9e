# SPDX-License-Identifier: AGPL-3.0-or-later
"""Grants: a case's key sealed to one seat. Format: `spec/filing.md`; PROTOCOL section 3.

The first grants come from the author, with the filing. One that a seat adds later is signed by that seat, carries its
reason, and counts only beside the `grant` event that everybody sees: a reader who passes the key on in silence makes no
reader of the channel. What a seat cannot open is not for it: a recused or vacant seat gets the same shape sealed to
nobody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.client.errors import BadAnswer
from demur.client.filing import CASE_FILE, GRANT_FLOOR, Random
from demur.dissent.documents.case import read_case
from demur.dissent.errors import DissentError
from demur.dissent.manifests import base_manifest, check_form, check_manifest, key_fingerprint
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity, HybridRecipient
from demur.seal.container import Opened
from demur.seal.errors import SealError
from demur.seal.keyfile import SeatKey
from demur.seal.signing import SigningKey

_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_HEX64: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, repr=False)
class Grant:
    """What lets one seat read one case. Hex but for `case_key`, an age identity's text; `author` is an Ed25519 public
    key.

    `giver` is the seat that added the grant, "" for the author; `signer` (hex) signed it. `seq` and `prev` are, for a grant of version 2,
    the number and commitment of the last event that the giver had read; for one of version 1 the place of its own event; 0 and "" for the
    author's. `v` is the version.
    """

    case: str
    case_key: str
    token: str
    salt: str
    author: str
    giver: str = ""
    signer: str = ""
    seq: int = 0
    prev: str = ""
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse parts that cannot be used; raises BadAnswer."""
        if not _HEX32.fullmatch(self.case) or not all(
            _HEX64.fullmatch(part) for part in (self.token, self.salt, self.author)
        ):
            raise BadAnswer("A grant holds a part that is not what it should be; the author's client was not Demur.")
        try:
            HybridIdentity.parse(self.case_key)
        except SealError:
            raise BadAnswer("A grant holds no usable case key; the author's client was not Demur.") from None

    @property
    def identity(self) -> HybridIdentity:
        """The case key C."""
        return HybridIdentity.parse(self.case_key)

    @property
    def salt_bytes(self) -> bytes:
        """The case's salt, 32 bytes."""
        return bytes.fromhex(self.salt)

    @property
    def document(self) -> dict[str, Any]:
        """`case.json`."""
        return {
            "v": 1,
            "type": "case",
            "case": self.case,
            "case_key": self.case_key,
            "token": self.token,
            "salt": self.salt,
            "author": self.author,
        }


def open_grant(item: bytes, key: SeatKey, *, seat: str, origin: str) -> Grant | None:
    """The grant in an inbox item; None for what this seat cannot open. Pure.

    Raises BadAnswer for an item that opens but does not hold: signature, channel, seat, or case key differ from what it
    says.
    """
    try:
        plain = age.decrypt(item, [key.identity])
    except SealError:
        return None
    try:
        opened = container.unpack(plain, by=None, floor=GRANT_FLOOR)
        case = _case(opened)
        check_manifest(
            opened.manifest,
            type="grant",
            origin=origin,
            case=case["case"],
            case_key=key_fingerprint(HybridIdentity.parse(case["case_key"]).recipient.text),
            seat=seat,
            recipients=[{"seat": seat, "key": key_fingerprint(key.identity.recipient.text)}],
        )
    except (SealError, DissentError) as error:
        raise BadAnswer(f"A grant in the inbox does not hold: {error}") from None
    return _grant(opened.manifest, case)


def _case(opened: Opened) -> dict[str, Any]:
    check_form(opened.manifest)
    if list(opened.files) != [CASE_FILE]:
        raise BadAnswer("A grant in the inbox has other parts than it should; the author's client was not Demur.")
    return read_case(opened.files[CASE_FILE])


def _grant(manifest: Mapping[str, Any], case: Mapping[str, Any]) -> Grant:
    parts: dict[str, Any] = {name: case[name] for name in ("case", "case_key", "token", "salt", "author")}
    seen = (
        manifest.get("seen") if manifest["v"] > 1 else {"seq": manifest.get("seq"), "commitment": manifest.get("prev")}
    )
    giver, seen = manifest.get("giver", ""), seen if isinstance(seen, dict) else {}
    seq, prev = seen.get("seq"), seen.get("commitment")
    if giver == "":
        if (manifest["by"], seq, prev) != (parts["author"], 0, ""):
            raise BadAnswer("A grant in the inbox is signed neither by its author nor by a seat; it was forged.")
        return Grant(**parts)
    if not isinstance(giver, str) or type(seq) is not int or not isinstance(prev, str):
        raise BadAnswer("A grant that a seat added does not say where it stands in the case; it was forged.")
    return Grant(**parts, giver=giver, signer=manifest["by"], seq=seq, prev=prev, v=manifest["v"])


def is_granted(grant: Grant, event: Mapping[str, Any], *, seat: str) -> bool:
    """Whether `event`, whose signature is verified, is the one that tells everybody of a seat's later grant."""
    if (event["type"], event["seat"], event.get("to"), event["v"]) != ("grant", grant.giver, seat, grant.v):
        return False
    if grant.v == 1:
        return (event["prev"], event["seq"]) == (grant.prev, grant.seq)
    return bool(event["seen"] == {"seq": grant.seq, "commitment": grant.prev})


def seal_grant(
    grant: Grant,
    *,
    to: str,
    recipient: str,
    giver: str,
    reason: str,
    place: Mapping[str, Any],
    key: SigningKey,
    random: Random,
) -> bytes:
    """A grant that the seat `giver` adds for the seat `to`, whose age recipient is `recipient`. Pure.

    `place` holds origin, charter, roster, seen and key of the grant's event. Raises SealError.
    """
    manifest = base_manifest(
        "grant",
        case=grant.case,
        case_key=grant.identity.recipient.text,
        seat=to,
        recipients={to: recipient},
        names=[CASE_FILE],
        giver=giver,
        reason=reason,
        **place,
    )
    packed = container.pack(manifest, [canonical.dump(grant.document)], key, floor=GRANT_FLOOR)
    return age.encrypt(packed, [HybridRecipient.parse(recipient)], random=random)
