# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log asks witnesses that lie or drip: it keeps no cosignature that does not hold, and waits for nobody beyond the end."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from liars import DRIPS, answering, dripping, saying
from test_witness_server import running
from test_witness_state import KEYS, body

from demur.record.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, Cosigner
from demur.record.note import Note, Signature
from demur.record.policy import Named, Policy
from demur.witness.asking import Gathered, addresses, gather, last_size
from demur.witness.errors import NoAnswer
from demur.witness.exchange import direct
from demur.witness.state import Witness, found_witness

pytestmark = pytest.mark.adversary

NOTE = body(0, 5).partition("\n\n")[2]
OTHER = body(0, 5, twist=1).partition("\n\n")[2]
UNION = tuple(Cosigner("union.example", kind, b"\5" * 32) for kind in (COSIGNATURE_ED25519, COSIGNATURE_MLDSA44))
STRANGER = Cosigner("stranger.example", COSIGNATURE_ED25519, b"\6" * 32)
NAMESAKE = Cosigner("union.example", COSIGNATURE_ED25519, b"\7" * 32)
END = 0.6  # seconds that the log waits here


def named(name: str, vkeys: tuple[str, ...], url: str) -> Named:
    return Named(name=name, vkeys=vkeys, url=url)


def asked(url: str, text: str = NOTE) -> tuple[Gathered, dict[str, int]]:
    """What the log gathers from the one witness, whose keys the policy names, at `url`; and what it remembers of it."""
    policy = Policy.for_log(KEYS.vkeys, [named("union.example", tuple(key.verifier.vkey for key in UNION), url)], 1)
    known: dict[str, int] = {}
    return gather(text, addresses(policy), prove=lambda *_: [], known=known, connect=direct, timeout=END), known


def line(key: Cosigner, note: str = NOTE, *, at: int = 5000) -> str:
    return key.sign_at(Note.parse(note).text, at).line


def flipped(text: str, at: int) -> str:
    """The line with one bit of its signature turned: of the time it states, or of the signature itself."""
    signature = Signature.parse(text)
    data = bytearray(signature.data)
    data[at] ^= 1
    return Signature(signature.name, signature.key_id, bytes(data)).line


def test_a_cosignature_that_holds_is_kept() -> None:
    lines = "".join(f"{line(key)}\n" for key in UNION)
    with answering(saying(200, lines)) as url:
        found, known = asked(url)
    assert (found.missing, known) == ({}, {url: 5})
    assert [row.line for row in Note.parse(found.note).signatures][-2:] == lines.splitlines()


FALSE = {
    "of another tree": line(UNION[0], OTHER),
    "of another tree, post-quantum": line(UNION[1], OTHER),
    "with another time": flipped(line(UNION[0]), 7),
    "with a turned bit": flipped(line(UNION[0]), 40),
    "by another key of its name": Signature(
        "union.example", UNION[0].verifier.id, NAMESAKE.sign_at(Note.parse(NOTE).text, 5000).data
    ).line,
    "cut short": Signature("union.example", UNION[0].verifier.id, b"\0" * 8).line,
}


@pytest.mark.parametrize("lie", FALSE)
@pytest.mark.parametrize("beside", ["", line(UNION[1])], ids=["alone", "beside a good one"])
def test_a_cosignature_that_does_not_hold_is_not_kept(lie: str, beside: str) -> None:
    """Nobody could use the checkpoint any more: every client refuses a note with a signature that does not fit."""
    if beside and UNION[1].verifier.id == Signature.parse(FALSE[lie]).key_id:
        beside = line(UNION[0])
    lines = [row for row in (beside, FALSE[lie]) if row]
    with answering(saying(200, "\n".join(lines) + "\n")) as url:
        found, known = asked(url)
    assert "does not hold" in found.missing[url]
    assert (found.note, known) == (NOTE, {})


@pytest.mark.parametrize("lines", [line(STRANGER), line(NAMESAKE)])
def test_a_cosignature_by_a_key_that_the_policy_does_not_name_is_not_kept(lines: str) -> None:
    with answering(saying(200, lines + "\n")) as url:
        found, known = asked(url)
    assert "does not name" in found.missing[url]
    assert (found.note, known) == (NOTE, {})


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, ""),
        (200, "what?\n"),
        (200, "\udcff"),
        (409, "many\n"),
        (409, "-1\n"),
        (409, "9" * 17),
        (500, "no\n"),
        (204, ""),
    ],
    ids=str,
)
def test_an_answer_that_is_none_costs_the_cosignature_and_nothing_else(status: int, text: str) -> None:
    reply = (
        saying(status, text) if text != "\udcff" else dripping_once(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff")
    )
    with answering(reply) as url:
        found, known = asked(url)
    assert list(found.missing) == [url]
    assert (found.note, known) == (NOTE, {})


def dripping_once(data: bytes):  # type: ignore[no-untyped-def]
    return lambda where, _: where.sendall(data)


# a witness that drips


@pytest.fixture
def honest(tmp_path: Path) -> Iterator[tuple[Witness, str]]:
    witness = found_witness(tmp_path / "witness", "witness.example", random=os.urandom)
    witness.add(KEYS.note_signer.verifier)
    with running(witness) as url:
        yield witness, url


@pytest.mark.alone
@pytest.mark.parametrize("drip", DRIPS)
def test_a_witness_that_drips_is_left_at_the_end_and_costs_no_other_its_word(
    drip: str, honest: tuple[Witness, str]
) -> None:
    witness, good = honest
    ended: list[float] = []
    with answering(dripping(DRIPS[drip], ended)) as url:
        slow = named("union.example", (UNION[0].verifier.vkey,), url)
        policy = Policy.for_log(KEYS.vkeys, [named("witness.example", witness.vkeys, good), slow], 1)
        began = time.monotonic()
        found = gather(NOTE, addresses(policy), prove=lambda *_: [], known={}, connect=direct, timeout=END)
        assert time.monotonic() - began < END + 1
        assert found.missing == {url: "it gives no answer in time"}
        assert policy.accept(found.note).witnesses == ["witness.example"]
        while not ended and time.monotonic() - began < END + 10:
            time.sleep(0.05)
    assert ended, "the connection stays open for as long as the witness drips"
    assert ended[0] - began < END + 2


@pytest.mark.alone
@pytest.mark.parametrize("drip", DRIPS)
def test_a_witness_that_drips_holds_up_no_restore(drip: str) -> None:
    with answering(dripping(DRIPS[drip])) as url:
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="in time"):
            last_size(url, NOTE, connect=direct, timeout=END)
        assert time.monotonic() - began < END + 1


@pytest.mark.alone
def test_one_end_holds_for_all_that_is_asked_of_a_witness() -> None:
    """It answers at the last moment, again and again: what is asked a second time begins no second wait."""

    def late(where, _):  # type: ignore[no-untyped-def]
        time.sleep(END * 0.7)
        saying(409, "3\n")(where, b"")

    with answering(late) as url:
        began = time.monotonic()
        found, _ = asked(url)
        assert time.monotonic() - began < END * 1.3
    assert found.missing == {url: "it gives no answer in time"}


@pytest.mark.alone
def test_many_witnesses_that_drip_are_waited_for_once() -> None:
    with answering(dripping(DRIPS["headers"])) as url:
        keys = [Cosigner(f"w{n}.example", COSIGNATURE_ED25519, bytes([n + 20]) * 32) for n in range(20)]
        rows = [named(key.verifier.name, (key.verifier.vkey,), f"{url}/{n}") for n, key in enumerate(keys)]
        began = time.monotonic()
        found = gather(
            NOTE,
            addresses(Policy.for_log(KEYS.vkeys, rows, 1)),
            prove=lambda *_: [],
            known={},
            connect=direct,
            timeout=END,
        )
        assert time.monotonic() - began < END + 1
    assert len(found.missing) == 20
