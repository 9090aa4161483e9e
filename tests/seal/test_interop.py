# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other people's age opens our files, and we theirs: typage (npm age-encryption) and Debian's age."""

import base64
import json
import os
import pty
import subprocess
import time
from pathlib import Path

import pytest

from demur.dissent.documents.dissent import from_text
from demur.seal import container
from demur.seal.age import files
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.age.scrypt import ScryptIdentity, ScryptRecipient
from demur.seal.age.x25519 import X25519Identity
from demur.seal.signing import SigningKey

pytestmark = pytest.mark.foreign

HERE = Path(__file__).parent
ASSETS = HERE.parents[1] / "assets"
PLAIN = [b"", b"one line\n", bytes(range(256)) * 800]  # empty, small, more than three chunks
PQ, CLASSIC = HybridIdentity(b"\7" * 32), X25519Identity(b"\7" * 32)


def typage(**asked: object) -> bytes:
    """What stock typage answers."""
    data = asked.pop("data")
    assert isinstance(data, bytes)
    request = json.dumps({**asked, "data": base64.b64encode(data).decode()})
    done = subprocess.run(
        ["node", str(HERE / "node" / "typage.mjs")],
        cwd=ASSETS,
        input=request,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"node or age-encryption is missing or failed; run script/setup dev. {done.stderr[-400:]}"
    )
    return base64.b64decode(done.stdout)


@pytest.mark.parametrize("plain", PLAIN, ids=len)
@pytest.mark.parametrize("identity", [PQ, CLASSIC], ids=["age1pq", "age1"])
def test_typage_opens_ours_and_we_open_typages(plain: bytes, identity: HybridIdentity | X25519Identity) -> None:
    assert typage(do="decrypt", data=files.encrypt(plain, [identity.recipient]), identity=identity.text) == plain
    assert files.decrypt(typage(do="encrypt", data=plain, recipient=identity.recipient.text), [identity]) == plain


def test_passphrases_go_both_ways_with_typage() -> None:
    ours = files.encrypt(b"text", [ScryptRecipient("correct horse", work_factor=10)])

    assert typage(do="decrypt", data=ours, passphrase="correct horse") == b"text"
    theirs = typage(do="encrypt", data=b"text", passphrase="correct horse", factor=10)
    assert files.decrypt(theirs, [ScryptIdentity("correct horse")]) == b"text"


def test_the_sealed_body_of_a_dissent_opens_with_stock_typage() -> None:
    original = b"Subject\n\nA claim.\n"
    manifest = {
        "v": 1,
        "type": "submit",
        "origin": "o",
        "case": "0" * 32,
        "files": [{"name": "dissent.json"}, {"name": "d.txt"}],
    }
    author = SigningKey(b"\1" * 32)
    packed = container.pack(manifest, [from_text(original, name="d.txt", claims=[2]).json, original], author)

    opened = typage(do="decrypt", data=files.encrypt(packed, [PQ.recipient]), identity=PQ.text)

    assert container.unpack(opened, by=author.public).files["d.txt"] == original


@pytest.mark.parametrize("plain", PLAIN, ids=len)
def test_debians_age_opens_ours_and_we_open_its(plain: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(CLASSIC.text + "\n")
    (tmp_path / "ours").write_bytes(files.encrypt(plain, [CLASSIC.recipient]))
    opened = subprocess.run(["age", "-d", "-i", "key", "ours"], cwd=tmp_path, capture_output=True, check=True).stdout
    theirs = subprocess.run(["age", "-r", CLASSIC.recipient.text], input=plain, capture_output=True, check=True).stdout

    assert opened == plain
    assert files.decrypt(theirs, [CLASSIC]) == plain


def test_debians_age_opens_our_key_file_with_its_passphrase(tmp_path: Path) -> None:
    (tmp_path / "ours").write_bytes(files.encrypt(b"key", [ScryptRecipient("correct horse", work_factor=10)]))

    # age asks for a passphrase on a terminal only, so it gets one.
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvp("age", ["age", "-d", "-o", "opened", "ours"])
    time.sleep(0.5)
    os.write(terminal, b"correct horse\n")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)

    assert status == 0
    assert (tmp_path / "opened").read_bytes() == b"key"
