# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every age test vector of C2SP (npm `cctv-age`): what must open opens, what must not is refused for the right reason.

The vectors are installed, not committed; without them this test fails and says how to get them.
"""

import hashlib
import io
import json
import subprocess
import zlib
from pathlib import Path

import pytest

from demur.seal.age import files
from demur.seal.age.armor import dearmor
from demur.seal.age.files import decrypt_stream
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.age.keys import Identity
from demur.seal.age.scrypt import ScryptIdentity
from demur.seal.age.x25519 import X25519Identity
from demur.seal.errors import CannotOpen, FormatError, KeyFormatError

pytestmark = pytest.mark.vectors

ASSETS = Path(__file__).parents[2] / "assets"
READ = """
import * as all from "cctv-age";
const text = {};
for (const [name, data] of Object.entries(all.default ?? all))
    if (data instanceof Uint8Array) text[name] = Buffer.from(data).toString("base64");
process.stdout.write(JSON.stringify(text));
"""


def vectors() -> dict[str, bytes]:
    """Every vector by name."""
    import base64

    done = subprocess.run(
        ["node", "--input-type=module", "-e", READ], cwd=ASSETS, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {}
    return {name: base64.b64decode(data) for name, data in json.loads(done.stdout).items()}


VECTORS = vectors()


def test_the_vectors_are_installed() -> None:
    assert len(VECTORS) >= 140, "The age vectors are missing; run script/setup dev."


class Vector:
    """One vector: its header's keys, and the age file."""

    def __init__(self, data: bytes) -> None:
        head, _, body = data.partition(b"\n\n")
        rows = [line.split(": ", 1) for line in head.decode().splitlines()]
        self.keys: dict[str, list[str]] = {}
        for name, value in rows:
            self.keys.setdefault(name, []).append(value)
        self.body = zlib.decompress(body) if self.keys.get("compressed") == ["zlib"] else body

    @property
    def identities(self) -> list[Identity]:
        """Everything that is to be tried."""
        found: list[Identity] = [ScryptIdentity(text) for text in self.keys.get("passphrase", [])]
        for text in self.keys.get("identity", []):
            found.append(
                HybridIdentity.parse(text) if text.startswith("AGE-SECRET-KEY-PQ-") else X25519Identity.parse(text)
            )
        return found


# What each verdict is with us. A header failure may show while a key is read, a file is parsed, or a stanza is opened.
VERDICTS: dict[str, tuple[type[Exception], ...]] = {
    "no match": (CannotOpen,),
    "HMAC failure": (FormatError,),
    "header failure": (FormatError, KeyFormatError),
    "armor failure": (FormatError,),
    "payload failure": (FormatError,),
}


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_a_vector_gives_its_verdict(name: str) -> None:
    vector = Vector(VECTORS[name])
    (expected,) = vector.keys["expect"]
    out = io.BytesIO()

    def opened() -> None:
        data = dearmor(vector.body) if vector.keys.get("armored") == ["yes"] else vector.body
        decrypt_stream(io.BytesIO(data), out, vector.identities)

    if expected == "success":
        opened()
    else:
        with pytest.raises(VERDICTS[expected]):
            opened()
    if expected == "success":
        assert hashlib.sha256(out.getvalue()).hexdigest() == vector.keys["payload"][0]


def test_what_opens_is_sealed_again_and_opens() -> None:
    for name, data in VECTORS.items():
        vector = Vector(data)
        identity = next(iter(vector.identities), None)
        if vector.keys["expect"] == ["success"] and isinstance(identity, HybridIdentity | X25519Identity):
            assert files.decrypt(files.encrypt(b"again", [identity.recipient]), [identity]) == b"again", name
