# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every kind of evidence convinces by what was really signed, and by nothing else: whoever holds none of the keys convicts nobody."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from test_browser_evidence import LIES
from test_filing import filed_at
from tiny_record import NOW, TinyServer, counting_random

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.officers import sign_statement
from demur.client import evidence
from demur.client.directory import read_directory
from demur.client.errors import BadEvidence
from demur.client.evidence import verify_evidence
from demur.client.evidence_kinds import KINDS, REST_ON_CHANNEL
from demur.client.receipt import read_channel_line
from demur.client.sections import read_sections, write_sections
from demur.record.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, Cosigner, LogKeys
from demur.record.note import Note, Signature
from demur.record.policy import Policy
from demur.seal.keyfile import OfficerKey

pytestmark = pytest.mark.adversary
NOTES = frozenset(
    {"directory", "seen", "shown", "older", "newer", "head", "later", "promise", "checkpoint", "smaller", "larger"}
)
STATEMENTS = frozenset({"roster", "seen-statement", "shown-statement"})
LISTS = frozenset({"items", "hashes"})
WITNESS = "/witness"  # how the names of witnesses end here
STRANGER = OfficerKey.generate(counting_random("stranger"), now=NOW)


@pytest.fixture(scope="module")
def genuine() -> dict[str, str]:
    """One piece of each kind, in each of its forms."""
    return {name: tell() for name, tell in LIES.items()}


def sections(text: str) -> list[tuple[str, str]]:
    return list(read_sections(text.encode(), evidence.FIRST_LINE, family=BadEvidence))


def channel_of(text: str) -> Channel:
    return read_channel_line(sections(text)[0][1])


def with_part(text: str, name: str, part: str) -> bytes:
    rows = [(each, part if each == name else known) for each, known in sections(text)]
    return write_sections(evidence.FIRST_LINE, rows).encode()


def strange_keys(origin: str) -> LogKeys:
    return LogKeys.from_seeds(origin, ed25519=b"\7" * 32, mldsa=b"\10" * 32)


def resigned(text: str, note_text: str) -> Iterator[str]:
    """The note with each of the log's signatures by a stranger: under the stranger's own key, and passed off as the right one."""
    keys, note = strange_keys(channel_of(text).origin), Note.parse(note_text)
    for n, row in enumerate(note.signatures):
        if row.name.endswith(WITNESS):
            continue
        post_quantum = len(row.data) > 1000
        signer = Cosigner(row.name, COSIGNATURE_MLDSA44, b"\10" * 32) if post_quantum else None
        stated = int.from_bytes(row.data[:8], "big")
        made = signer.sign_at(note.text, stated) if signer else keys.note_signer.sign(note.text)
        for passed_off in (made, Signature(row.name, row.key_id, made.data)):
            yield replace(note, signatures=(*note.signatures[:n], passed_off, *note.signatures[n + 1 :])).serialized


def altered_note(note_text: str) -> Iterator[str]:
    """The note with one letter or digit of each line of its text changed, and its signatures as they were."""
    text, separator, tail = note_text.rpartition("\n\n")
    lines = text.split("\n")
    for n, line in enumerate(lines):
        last = line[-1]
        other = next(each for each in ("1", "2", "a", "A") if each != last)
        yield "\n".join([*lines[:n], line[:-1] + other, *lines[n + 1 :]]) + separator + tail


def altered_statement(line: str) -> Iterator[str]:
    """The statement changed after it was signed, unsigned, and signed by a stranger."""
    statement = json.loads(line)
    number = next(name for name in ("serial", "version") if name in statement)
    bare = {name: value for name, value in statement.items() if name != "officers"}
    for made in (
        statement | {number: statement[number] + 1},
        bare,
        sign_statement(bare, STRANGER.signing),
    ):
        yield canonical.dump(made).decode() + "\n"


def altered_list(lines: str) -> Iterator[str]:
    rows = lines.splitlines(keepends=True)
    yield "".join(rows[:-1])
    yield "".join([*rows[:-1], base64.b64encode(b"\1" * 32).decode() + "\n"])
    yield "".join([*rows, rows[-1]])


def altered_opening(line: str) -> Iterator[str]:
    opening: dict[str, Any] = json.loads(line)
    yield canonical.dump(opening | {"r": "00" * 32}).decode() + "\n"
    for name, other in (("time", opening["event"]["time"] + 1), ("seq", opening["event"]["seq"] + 1)):
        yield canonical.dump(opening | {"event": opening["event"] | {name: other}}).decode() + "\n"


def in_proof(text: str, proof: str) -> Iterator[str]:
    """The proof with its checkpoint signed by others or changed, and with another place."""
    head, _, note = proof.partition("\n\n")
    for made in (*resigned(text, note), *altered_note(note)):
        yield f"{head}\n\n{made}"
    rows = head.split("\n")
    yield "\n".join([*rows[:-1], base64.b64encode(b"\1" * 32).decode()]) + f"\n\n{note}"


def forgeries(text: str) -> Iterator[tuple[str, bytes]]:
    """Every part of the evidence replaced in each way that needs no key, with what was replaced."""
    for name, part in sections(text)[2:]:
        if name in NOTES:
            made = [*resigned(text, part), *altered_note(part)]
        elif name in STATEMENTS:
            made = list(altered_statement(part))
        elif name in LISTS:
            made = list(altered_list(part))
        else:
            made = list(altered_opening(part) if name == "opening" else in_proof(text, part))
        assert made, name
        for forged in made:
            assert forged != part
            yield name, with_part(text, name, forged)


def test_every_kind_in_every_form_is_in_this_table(genuine: dict[str, str]) -> None:
    shown = {(sections(text)[1][1].strip(), tuple(name for name, _ in sections(text)[2:])) for text in genuine.values()}
    assert shown == {(kind, names) for kind, forms in KINDS.items() for names in forms}


@pytest.mark.parametrize("kind", LIES)
def test_what_was_really_signed_convinces_whoever_knows_the_channel(genuine: dict[str, str], kind: str) -> None:
    assert verify_evidence(genuine[kind].encode(), channel_of(genuine[kind])).sentence


@pytest.mark.parametrize("kind", LIES)
def test_a_stranger_s_signature_or_a_changed_part_convinces_nobody(genuine: dict[str, str], kind: str) -> None:
    text, tried = genuine[kind], 0
    for name, forged in forgeries(text):
        for known in (channel_of(text), None):
            with pytest.raises(BadEvidence):
                pytest.fail(f"{name}: {verify_evidence(forged, known).sentence}")
        tried += 1
    assert tried > 5


# A channel line of a stranger's making: the log's first key, beside keys of his own.


def mixed(channel: Channel, *, officer: bool = False, second_key: bool = False) -> Channel:
    pq = strange_keys(channel.origin).vkeys[1] if second_key else channel.mldsa_vkey
    return Channel(
        origin=channel.origin,
        ed25519_vkey=channel.ed25519_vkey,
        mldsa_vkey=pq,
        officers=(STRANGER.signing.public.hex(),) if officer else channel.officers,
        k=1,
        policy=Policy.for_log((channel.ed25519_vkey, pq)).text,
    )


def redated(note_text: str, at: int) -> str:
    """An honest checkpoint, with the stranger's second key in the place of the log's, stating any time."""
    note = Note.parse(note_text)
    own = next(row for row in note.signatures if len(row.data) < 100)
    pq = next(row for row in note.signatures if len(row.data) > 1000)
    made = Cosigner(pq.name, COSIGNATURE_MLDSA44, b"\10" * 32).sign_at(note.text, at)
    return replace(note, signatures=(own, made)).serialized


def forged_by_a_channel_line() -> dict[str, str]:
    """What an honest log signed, made to look like a lie by a channel that names its first key and a stranger's others."""
    server = TinyServer()
    filed = filed_at(server)
    found = read_directory(server, server.channel, now=server.now)
    smaller = server.log.checkpoint(server.now)
    server.cover()
    larger = server.log.checkpoint(server.now)
    strange = mixed(server.channel, second_key=True)
    early = redated(larger, server.now - 10 * 86_400)
    return {
        "unsigned-roster": evidence.unsigned_roster(
            channel=mixed(server.channel, officer=True),
            directory=found.directory_note,
            roster=server.roster_statement,
        ),
        "back-dated": evidence.back_dated(channel=strange, smaller=redated(smaller, server.now), larger=early),
        "back-dated, after a head": evidence.back_dated(channel=strange, head=filed.receipt.heads[0], larger=early),
    }


FORGED = forged_by_a_channel_line()


@pytest.mark.parametrize("kind", FORGED)
def test_an_honest_log_is_not_convicted_by_a_channel_line_that_names_a_stranger_s_keys(kind: str) -> None:
    text = FORGED[kind].encode()
    with pytest.raises(BadEvidence, match="--channel"):
        verify_evidence(text, None)
    with pytest.raises(BadEvidence, match="another channel"):
        verify_evidence(text, TinyServer().channel)
    # Were it not for the channel, it would convince: the forger's own words do.
    assert verify_evidence(text, channel_of(FORGED[kind])).known


@pytest.mark.parametrize("kind", LIES)
def test_without_a_known_channel_only_what_the_log_s_first_key_signed_convinces(
    genuine: dict[str, str], kind: str
) -> None:
    text = genuine[kind].encode()
    if kind.partition(",")[0] in REST_ON_CHANNEL:
        with pytest.raises(BadEvidence, match="give the words from the notice"):
            verify_evidence(text, None)
    else:
        assert not verify_evidence(text, None).known


def test_a_witness_is_accused_by_the_keys_of_a_known_channel_only(genuine: dict[str, str]) -> None:
    text = genuine["forked-record, one size"]
    assert "union" in verify_evidence(text.encode(), channel_of(text)).sentence
    assert "union" not in verify_evidence(text.encode(), None).sentence


@pytest.mark.parametrize("form", ["one size", "two sizes"])
@pytest.mark.parametrize("part", ["older", "newer"])
def test_a_witness_is_not_accused_by_a_signature_that_a_stranger_passed_off_as_its_own(
    genuine: dict[str, str], form: str, part: str
) -> None:
    """The log signed both records and is convicted; who is said to have cosigned them is believed for no forged line."""
    text = genuine[f"forked-record, {form}"]
    note = Note.parse(dict(sections(text))[part])
    for n, row in enumerate(note.signatures):
        if row.name.endswith(WITNESS):
            lie = Cosigner(row.name, COSIGNATURE_ED25519, b"\7" * 32).sign_at(note.text, NOW)
            for passed_off in (lie, Signature(row.name, row.key_id, lie.data)):
                made = replace(note, signatures=(*note.signatures[:n], passed_off, *note.signatures[n + 1 :]))
                found = verify_evidence(with_part(text, part, made.serialized), channel_of(text))
                assert row.name.removesuffix(WITNESS) not in found.sentence
