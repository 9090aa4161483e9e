# SPDX-License-Identifier: AGPL-3.0-or-later
"""The vectors of what a client checks, which the browser's modules run too: `spec/vectors/{channel,directory,receipt}.json`."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from make_client_vectors import MAKERS

from demur.charter.channel import Channel
from demur.charter.directory import open_directory
from demur.charter.errors import CharterError
from demur.charter.officers import StatementError, check_statement
from demur.charter.roster import Holder, Roster, RosterError, check_request, make_request
from demur.client.directory import check_directory
from demur.client.errors import BadAnswer, BadReceipt, SwappedKey
from demur.client.policies import changed
from demur.client.receipt import Receipt, channel_line, read_channel_line
from demur.seal.signing import SigningKey

pytestmark = pytest.mark.vectors

DIRECTORY = Path(__file__).parents[2] / "spec" / "vectors"


def vectors(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    return document


def edited(value: Any, *edits: dict[str, Any]) -> Any:
    """The value with each edit made: a member put at its path, or taken away."""
    value = copy.deepcopy(value)
    for edit in edits:
        if not edit["path"]:
            value = edit["value"]
            continue
        *way, last = edit["path"]
        place = value
        for step in way:
            place = place[step]
        if "value" in edit:
            place[last] = edit["value"]
        else:
            del place[last]
    return value


@pytest.mark.parametrize("name", MAKERS)
def test_each_file_is_what_its_maker_makes_but_for_signatures(name: str) -> None:
    """Members and their kinds: the signatures of ML-DSA-44 differ each time."""
    assert shape(json.loads(json.dumps(MAKERS[name]()))) == shape(vectors(name))


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return value if isinstance(value, int) else type(value).__name__


# channel


def test_a_channel_document_has_its_digest_and_words() -> None:
    for row in vectors("channel")["accepted"]:
        channel = Channel.from_document(row["document"])
        assert (channel.digest.hex(), channel.words(), channel.long_words()) == (
            row["digest"],
            row["words"],
            row["long_words"],
        )
        assert (channel.practice, channel_line(channel)) == (row["practice"], row["line"])
        channel.check_words(" ".join(row["words"]))


def test_a_channel_document_that_is_none_is_refused() -> None:
    file = vectors("channel")
    for edit in file["refused"]:
        with pytest.raises(CharterError):
            Channel.from_document(edited(file["accepted"][1]["document"], edit))


def test_a_statement_holds_when_enough_officers_signed_it() -> None:
    file = vectors("channel")
    channel = Channel.from_document(file["accepted"][1]["document"])
    for row in file["statement"]["accepted"]:
        check_statement(row, channel)
    for row in file["statement"]["refused"]:
        with pytest.raises(StatementError):
            check_statement(row, channel)


def test_a_roster_is_read_in_its_one_form() -> None:
    file = vectors("channel")["roster"]
    for row, seats in zip(file["accepted"], file["holders"], strict=True):
        assert list(Roster.from_statement(row).holders) == seats
    for edit in file["refused"]:
        with pytest.raises(RosterError):
            Roster.from_statement(edited(file["accepted"][0], edit))


def test_a_seat_is_asked_for_by_its_own_key() -> None:
    file = vectors("channel")["request"]
    holder = check_request(file["request"], file["origin"])
    assert isinstance(holder, Holder)
    key = SigningKey(bytes.fromhex(file["seed"]))
    assert make_request(origin=file["origin"], holder=holder, key=key) == file["request"]
    for edit in file["refused"]:
        with pytest.raises(RosterError):
            check_request(edited(file["request"], edit), file["origin"])


def test_changes_of_policy_hang_on_the_first() -> None:
    file = vectors("channel")["policies"]
    first = read_channel_line(file["channel"])
    whole = changed(first, file["changes"])
    assert channel_line(whole) == file["line"]
    assert [row.size for row in whole.changes] == file["sizes"]
    policy = whole.policy_object
    assert policy.sha256.hex() == file["policy"]
    assert policy.accept(file["checkpoint"]).witnesses == file["witnesses"]
    assert policy.accept(file["older_checkpoint"]).unwitnessed
    for edit in file["refused"]:
        with pytest.raises(BadAnswer):
            changed(first, edited(file["changes"], edit))
    with pytest.raises(BadAnswer):
        changed(whole, file["changes"][:1])


def test_a_change_proven_twice_holds_from_the_smaller_tree() -> None:
    again = vectors("channel")["policies"]["again"]
    first = read_channel_line(again["channel"])
    early, late = (changed(first, again[name]) for name in ("early", "late"))
    assert [row.changes[0].size for row in (early, late)] == again["sizes"]
    for seen, rows in ((early, again["late"]), (late, again["early"])):
        assert changed(seen, rows).changes[0].size == min(again["sizes"])


# directory


def test_a_directory_says_what_is_in_force() -> None:
    file = vectors("directory")
    key = read_channel_line(file["channel"]).log_verifier
    said = open_directory(file["note"], key)
    assert {name: getattr(said, name) for name in file["said"]} == file["said"]
    for note in file["refused_notes"]:
        with pytest.raises(CharterError):
            open_directory(note, key)


def test_what_is_in_force_is_proven_or_refused() -> None:
    file = vectors("directory")
    channel = read_channel_line(file["channel"])
    found = check_directory(file["answer"], channel, now=file["now"])
    assert found.roster is not None
    assert file["found"] == {
        "size": found.checkpoint.size,
        "charter": found.frozen.version,
        "serial": found.roster.serial,
        "seats": sorted(found.roster.holders),
        "roster_since": found.roster_since,
        "unwitnessed": found.unwitnessed,
    }
    for edit in file["refused"]:
        with pytest.raises((BadAnswer, SwappedKey)):
            check_directory(edited(file["answer"], edit), channel, now=file["now"])
    with pytest.raises(BadAnswer, match="did not sign the charter"):
        check_directory(edited(file["answer"], *file["unsigned_charter"]), channel, now=file["now"])
    for now in file["refused_times"]:
        with pytest.raises(BadAnswer):
            check_directory(file["answer"], channel, now=now)


def test_a_roster_that_the_officers_did_not_sign_is_evidence() -> None:
    file = vectors("directory")
    channel, swapped = read_channel_line(file["channel"]), file["swapped"]
    with pytest.raises(SwappedKey) as caught:
        check_directory(edited(file["answer"], *swapped["edits"]), channel, now=file["now"])
    assert hashlib.sha256(caught.value.evidence.encode()).hexdigest() == swapped["evidence_sha256"]


# receipt


def test_a_receipt_proves_what_it_says() -> None:
    file = vectors("receipt")
    texts = {row["name"]: row["receipt"] for row in file["accepted"]}
    for row in file["accepted"]:
        receipt = Receipt.parse(row["receipt"].encode())
        assert receipt.text == row["receipt"]
        assert receipt.verify(receipt.channel, now=row["now"]).document == row["found"]
    for row in file["due"]:
        with pytest.raises(BadReceipt, match="was due"):
            Receipt.parse(texts[row["name"]].encode()).verify(None, now=row["now"])


def test_a_receipt_with_a_changed_piece_is_refused() -> None:
    file = vectors("receipt")
    texts = {row["name"]: row["receipt"] for row in file["accepted"]}
    for row in file["refused"]:
        text = texts[row["name"]]
        for old, new in row["replace"]:
            assert old in text
            text = text.replace(old, new)
        with pytest.raises(BadReceipt):
            Receipt.parse(text.encode()).verify(None, now=row["now"])
