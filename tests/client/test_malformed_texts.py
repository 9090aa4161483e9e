# SPDX-License-Identifier: AGPL-3.0-or-later
"""A text that a changed client of an office sealed never ends a reader: whatever is in it, the author is told a fault and goes on."""

import os
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from demur import canonical
from demur.client.texts import UNREADABLE, Opening, open_text
from demur.dissent import events
from demur.dissent.documents import reading
from demur.dissent.documents.dissent import from_text
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.padme import padded_length
from demur.seal.signing import SigningKey

pytestmark = pytest.mark.adversary
KEY = SigningKey(b"7" * 32)
SALT = b"\1" * 32
PLACE = {"origin": "o", "case": "0" * 32, "charter": "4" * 64, "roster": "5" * 64, "seat": "custodian"}
ANSWER = {"claim": 1, "kind": "answered", "text": "x", "to": ""}
REPLY: dict[str, Any] = {
    "v": 1,
    "type": "reply",
    "outcome": "rejected",
    "text": "No.",
    "signed_by": "",
    "appeal": "",
    "answers": [ANSWER],
    "commitments": [],
}
ODD: dict[str, Any] = {
    "a text that is a number": {**REPLY, "text": 5},
    "an answer that is an object": {**REPLY, "answers": [{**ANSWER, "text": {"a": 1}}]},
    "a claim that is a list": {**REPLY, "answers": [{**ANSWER, "claim": []}]},
    "a claim with the terminal's own letters": {**REPLY, "answers": [{**ANSWER, "claim": "1\x1b[2J"}]},
    "a claim that is true": {**REPLY, "answers": [{**ANSWER, "claim": True}]},
    "no answers": {**REPLY, "answers": 0},
    "another version": {**REPLY, "v": True},
}


def sealed(kind: str, files: list[bytes], identity: HybridIdentity) -> bytes:
    """A container that no check looked at before it was signed."""
    rows = [
        {"name": f"{n}.json", "sha256": container.hashlib.sha256(data).hexdigest(), "size": len(data)}
        for n, data in enumerate(files)
    ]
    recipients = [{"seat": "", "key": "6" * 64}]
    more = {"case_key": "2" * 64, "seq": 4, "prev": "3" * 64, "recipients": recipients, "custody": "client-cli"}
    head = canonical.dump({"v": 1, "type": kind, **PLACE, **more, "files": rows, "by": KEY.public.hex()})
    whole = b"".join([len(head).to_bytes(8, "big"), head, KEY.sign(container.DOMAIN, head), *files])
    return age.encrypt(whole.ljust(padded_length(len(whole)), b"\0"), [identity.recipient], random=os.urandom)


def opened(kind: str, files: list[bytes]) -> str:
    """The fault that a reader is told, or the name of the error that ends it."""
    identity = HybridIdentity.generate(Random(1).randbytes)
    data = sealed(kind, files, identity)
    counts = {"outcome": "rejected", "answered": 1, "referred": 0, "declined": 0} if kind == "reply" else {}
    event = {"v": 1, "type": kind, **PLACE, "seq": 4, "prev": "3" * 64, "body": events.salted(SALT, data), **counts}
    dissent = from_text(b"One.\n\nTwo.\n", name="a.txt", claims=[1])
    opening = Opening(identities=[identity], salt=SALT, dissent=dissent, most=9)
    try:
        return open_text(data, SimpleNamespace(n=4, event=event), opening, by=KEY.public).fault  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 -- the name of the error is what is looked at
        return type(error).__name__


def test_no_text_of_an_office_ends_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    good = opened("reply", [canonical.dump(REPLY)])
    texts = {name: opened("reply", [canonical.dump(row)]) for name, row in ODD.items()}
    texts["no file at all"] = opened("message", [])
    texts["two files"] = opened("message", [b"a", b"b"])
    monkeypatch.setattr(reading, "document_fault", lambda *_: "")
    without = {name: opened("reply", [canonical.dump(row)]) for name, row in ODD.items()}

    harmed = sorted(name for name, fault in without.items() if fault not in {UNREADABLE, "answers"})
    print(f"without the schema {len(harmed)} of {len(ODD)} end the reader or pass: {harmed}; with it 0 of {len(texts)}")
    assert good == ""
    assert set(texts.values()) == {UNREADABLE}, texts
    assert len(harmed) >= 3
