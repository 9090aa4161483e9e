# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a witness keeps across restarts, kills, damaged disks and wrong clocks."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.cosignature import CosignatureVerifier, Cosigner, LogKeys
from demur.record.errors import NotConsistent, NotLatest, UnknownLog
from demur.record.merkle import CompactRange, consistency_proof, leaf_hash, root_of
from demur.record.note import Note, Signature
from demur.record.witnessing import WitnessRequest
from demur.witness.errors import BadWitness
from demur.witness.state import KnownLog, Witness, found_witness
from serving import demur

KEYS = LogKeys.from_seeds("log.example", ed25519=b"\1" * 32, mldsa=b"\2" * 32)


def body(old: int, size: int, twist: int = -1) -> str:
    rows = [leaf_hash(f"{n}{'x' if n == twist else ''}".encode()) for n in range(size)]

    def read(level: int, index: int) -> bytes:
        edge = CompactRange()
        for leaf in rows[index << level : (index + 1) << level]:
            edge.append(leaf)
        return edge.root()

    proof = consistency_proof(old, size, read) if 0 < old < size else []
    head = Checkpoint(origin="log.example", size=size, root=root_of(rows))
    return WitnessRequest(old, tuple(proof), Note.parse(sign_checkpoint(head, KEYS, now=1000))).text


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    found_witness(tmp_path / "witness", "witness.example", random=os.urandom).add(KEYS.note_signer.verifier)
    return tmp_path / "witness"


def times(lines: str, witness: Witness, text: str) -> list[int]:
    """What each cosignature states; raises unless it holds."""
    note = Note.parse(text.partition("\n\n")[2])
    keys = {row.verifier.id: row.verifier for row in witness.cosigners}
    found = []
    for line in lines.splitlines():
        signature = Signature.parse(line)
        key: CosignatureVerifier = keys[signature.key_id]
        key.verify(note.text, signature.data)
        found.append(key.time(signature.data))
    return found


def test_both_keys_cosign(directory: Path) -> None:
    witness = Witness.read(directory)
    text = body(0, 3)
    assert times(witness.cosign(text, now=lambda: 5000), witness, text) == [5000, 5000]


def test_what_was_cosigned_binds_after_a_restart(directory: Path) -> None:
    Witness.read(directory).cosign(body(0, 5), now=lambda: 5000)
    again = Witness.read(directory)
    with pytest.raises(NotConsistent):
        again.cosign(body(5, 9, twist=2), now=lambda: 5001)
    with pytest.raises(NotLatest) as error:
        again.cosign(body(0, 9), now=lambda: 5001)
    assert error.value.size == 5
    assert again.cosign(body(5, 9), now=lambda: 5001)


def test_a_clock_set_back_states_no_earlier_time(directory: Path) -> None:
    witness = Witness.read(directory)
    witness.cosign(body(0, 3), now=lambda: 9000)
    text = body(3, 4)
    assert times(witness.cosign(text, now=lambda: 10), witness, text) == [9000, 9000]


def test_a_witness_whose_clock_was_ahead_once_says_so(directory: Path, tmp_path: Path) -> None:
    now = int(time.time())
    Witness.read(directory).cosign(body(0, 3), now=lambda: now)
    right = demur("witness", "list", directory, "--json", home=tmp_path)
    assert right.json["logs"][0]["ahead"] is False

    Witness.read(directory).cosign(body(3, 4), now=lambda: now + 3 * 365 * 86_400)
    wrong = demur("witness", "list", directory, home=tmp_path)
    assert "has not come yet" in wrong.out
    assert "new witness" in wrong.out


def test_a_log_that_is_not_watched_gets_nothing(tmp_path: Path) -> None:
    witness = found_witness(tmp_path / "other", "witness.example", random=os.urandom)
    with pytest.raises(UnknownLog):
        witness.cosign(body(0, 3), now=lambda: 1)


def test_a_log_is_never_added_twice(directory: Path) -> None:
    with pytest.raises(BadWitness, match="never made anew"):
        Witness.read(directory).add(KEYS.note_signer.verifier)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", None])
def test_a_damaged_memory_is_never_taken_for_an_empty_one(directory: Path, damage: bytes | None) -> None:
    witness = Witness.read(directory)
    witness.cosign(body(0, 5), now=lambda: 5000)
    [path] = (directory / "logs").glob("*.json")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"5000", b"5001") if damage is None else damage)
    with pytest.raises(BadWitness, match="nothing is signed"):
        witness.cosign(body(0, 9), now=lambda: 5001)


def test_a_full_disk_signs_nothing(directory: Path) -> None:
    witness = Witness.read(directory)
    logs = directory / "logs"
    logs.rename(directory / "away")
    logs.write_bytes(b"")  # no file can be made below a file
    with pytest.raises((BadWitness, UnknownLog)):
        witness.cosign(body(0, 5), now=lambda: 5000)


def test_two_processes_cannot_serve_one_witness(directory: Path) -> None:
    with (
        Witness.read(directory).alone(),
        pytest.raises(BadWitness, match="Another process"),
        Witness.read(directory).alone(),
    ):
        pass


class Disk:
    """The order in which files become durable and names change: what survives when the power goes is what was synced before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.durable: set[tuple[int, int]] = set()  # (inode, bytes) of files whose content was synced
        self.said: list[str] = []
        self.sync, self.rename, self.sign = os.fsync, Path.rename, Cosigner.sign_at
        monkeypatch.setattr(os, "fsync", self.on_sync)
        monkeypatch.setattr(Path, "rename", lambda path, target: self.on_rename(path, target))
        monkeypatch.setattr(Cosigner, "sign_at", lambda key, text, at: self.on_sign(key, text, at))

    def on_sync(self, handle: int) -> None:
        self.sync(handle)
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            self.said.append("directory synced")
        else:
            self.durable.add((found.st_ino, found.st_size))

    def on_rename(self, path: Path, target: Path) -> Path:
        found = path.stat()
        whole = (found.st_ino, found.st_size) in self.durable
        self.said.append("renamed" if whole else "renamed before it was durable")
        return self.rename(path, target)

    def on_sign(self, key: Cosigner, text: str, at: int) -> Signature:
        self.said.append("signed")
        return self.sign(key, text, at)


def test_what_is_signed_is_on_the_disk_before(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power may go between any two steps: no signature exists of what a restart would not remember."""
    witness, text = Witness.read(directory), body(0, 5)
    disk = Disk(monkeypatch)
    witness.cosign(text, now=lambda: 5000)
    order = [word for word in disk.said if word != "directory synced"]
    assert order == ["renamed", "signed", "signed"]
    assert disk.said.index("directory synced", disk.said.index("renamed")) < disk.said.index("signed")


def test_of_two_trees_that_arrive_at_once_one_is_signed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread reads what is known, and waits there for the others: without one lock all of them would find their tree good."""
    witness = Witness.read(directory)
    witness.cosign(body(0, 5), now=lambda: 5000)
    askers = 4
    looked = threading.Barrier(askers)
    log = Witness.log

    def slow(self: Witness, origin: str) -> KnownLog:
        found = log(self, origin)
        with suppress(threading.BrokenBarrierError):
            looked.wait(0.3)
        return found

    monkeypatch.setattr(Witness, "log", slow)
    asked = [body(5, 9)] + [_forked(5, 9, twist) for twist in range(5, 5 + askers - 1)]
    signed: list[str] = []
    refused: list[Exception] = []

    def ask(text: str) -> None:
        try:
            signed.append(witness.cosign(text, now=lambda: 5001))
        except (NotLatest, NotConsistent) as error:
            refused.append(error)

    threads = [threading.Thread(target=ask, args=(text,)) for text in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(signed), len(refused)) == (1, askers - 1)


def _forked(old: int, size: int, twist: int) -> str:
    """Another tree of this size that grew as honestly from the first `old` entries."""
    assert old <= twist < size
    return body(old, size, twist=twist)


SIGNING = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_witness_state import body
from demur.witness.state import Witness
witness = Witness.read(Path(sys.argv[1]))
size = witness.logs()[0].last.size if witness.logs()[0].last else 0
print("ready", flush=True)
while True:
    lines = witness.cosign(body(size, size + 1), now=lambda: 5000)
    size += 1
    print(size, lines.splitlines()[0], flush=True)
"""


def test_killed_while_signing_it_remembers_what_it_signed(directory: Path) -> None:
    """Each round is killed at another moment. Persisted before it answered: it may remember one tree that nobody received, never the
    other way round.
    """
    for pause in (0.02, 0.05, 0.09, 0.14):
        signed = signed_until_killed(directory, pause)
        last = Witness.read(directory).logs()[0].last
        assert last is not None
        assert last.size in {signed[-1], signed[-1] + 1}
        again = Witness.read(directory)
        with pytest.raises(NotConsistent):
            again.cosign(body(last.size, last.size + 1, twist=0), now=lambda: 5000)
        with pytest.raises(NotLatest):  # another tree of a size that it signed
            again.cosign(body(last.size, last.size, twist=0), now=lambda: 5000)


def signed_until_killed(directory: Path, pause: float) -> list[int]:
    """The sizes that a process signed and told, which is killed `pause` seconds after it began to."""
    child = subprocess.Popen(
        [sys.executable, "-c", SIGNING, directory, *Path(__file__).parents[:2]], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    first = child.stdout.readline()
    time.sleep(pause)
    child.send_signal(signal.SIGKILL)
    out = [first, *child.communicate()[0].splitlines(keepends=True)]
    return [int(line.split()[0]) for line in out if line.endswith("\n")]
