# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a seat's client keeps on the server: its list and its drafts; what the server learns of them, and what it takes."""

import hashlib
import json
import os
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from between import Between, between
from core import Core, Refused
from seats import desk_at, filed, unlocked

from demur.seal.keyfile import SeatKey, read
from demur.seal.requests import sign_request
from serving import Channel, demur, practice_channel

DRAFT = {
    "outcome": "in_part",
    "text": "Belum selesai: the second claim waits.",
    "answers": [{"claim": 1, "kind": "answered", "text": "…"}],
}
AGE = b"age-encryption.org/v1\n"


@pytest.fixture
def between_them(channel: Channel) -> Iterator[Between]:
    with between(channel.url) as machine:
        yield machine


def ask(channel: Channel, seat: str, method: str, path: str, body: bytes = b"", *, key: str = "") -> tuple[int, Any]:
    """A request signed by a seat's practice key, as the real client makes it."""
    held = read(channel.key(key or seat).read_bytes(), passphrase=str)
    assert isinstance(held, SeatKey)
    origin = demur_origin(channel)
    nonce, now = os.urandom(16).hex(), int(time.time())
    signed = sign_request(
        held.signing, seat=key or seat, method=method, path=path, body=body, origin=origin, now=now, nonce=nonce
    )
    headers = {"Authorization": signed, "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(channel.url + path, body or None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            data = answer.read()
            return answer.status, json.loads(data) if data.startswith(b"{") else data
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def demur_origin(channel: Channel) -> str:
    with urllib.request.urlopen(f"{channel.url}/api/v1/channel", timeout=20) as answer:
        return str(json.load(answer)["channel"]["origin"])


def kept_path(seat: str, name: str = "a" * 64) -> str:
    return f"/api/v1/seats/{seat}/kept/{name}"


# --- the list


def test_the_list_is_there_in_another_browser_with_what_was_seen_and_what_it_is_about(
    channel: Channel, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(channel.url) as first:
        unlocked(first, channel)
        first.call("today")
        first.call("fetch", case=case)
        first.call("today")

    with desk_at(channel.url) as second:
        assert unlocked(second, channel)["firstTime"] is False
        shown = second.call("today")
        (told, *_) = second.told
        sent = second.call("$sent")

    assert told["stage"] == "first"
    (row,) = [row for row in told["list"]["cases"] if row["case"] == case]
    assert (row["subject"], row["news"]) == ("The cap on the night shift", 0)
    assert shown["complete"]
    assert not [row for row in sent if row["method"] == "PUT"], "a look that finds nothing new writes nothing"


def test_a_piece_of_the_list_that_is_lost_or_planted_is_made_anew(
    channel: Channel, between_them: Between, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(channel.url) as first:
        unlocked(first, channel)
        first.call("today")

    def garbled(method: str, path: str, data: bytes) -> tuple[int, bytes]:
        return (200, data[:-1] + bytes([data[-1] ^ 1])) if method == "GET" and "/kept/" in path else (200, data)

    between_them.bytes_lie = garbled
    with desk_at(between_them.address) as second:
        assert unlocked(second, channel)["firstTime"] is True
        assert case in {row["case"] for row in second.call("today")["cases"]}


def test_one_blob_in_the_place_of_another_is_not_taken(channel: Channel, between_them: Between, tmp_path: Path) -> None:
    case, other = filed(channel, tmp_path, "mine"), filed(channel, tmp_path, "other")
    with desk_at(between_them.address) as desk:
        unlocked(desk, channel)
        between_them.passed.clear()
        desk.call("draft.save", case=case, draft={"text": "for the first"})
        desk.call("draft.save", case=other, draft={"text": "for the second"})
        first, second = [row for row in between_them.passed if row.method == "PUT" and row.body != b""]
        between_them.bytes_lie = lambda *_: (200, first.body)
        with pytest.raises(Refused) as refused:
            desk.call("draft.load", case=other)
    assert refused.value.code == "kept"
    assert first.path.split("?")[0] != second.path.split("?")[0]


def test_an_older_blob_than_this_page_saw_is_not_taken(channel: Channel, between_them: Between, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(between_them.address) as desk:
        unlocked(desk, channel)
        between_them.passed.clear()
        desk.call("draft.save", case=case, draft={"text": "one"})
        desk.call("draft.save", case=case, draft={"text": "one and two"})
        (old, _) = [row for row in between_them.passed if row.method == "PUT"]
        between_them.bytes_lie = lambda *_: (200, old.body)
        with pytest.raises(Refused) as refused:
            desk.call("draft.load", case=case)
    assert refused.value.code == "kept"


# --- drafts


def test_a_draft_comes_back_in_another_browser_and_goes_with_the_reply(channel: Channel, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(channel.url) as first:
        unlocked(first, channel)
        assert first.call("draft.load", case=case) == {"draft": None, "savedAt": 0}
        saved = first.call("draft.save", case=case, draft=DRAFT)["savedAt"]
    with desk_at(channel.url) as second:
        unlocked(second, channel)
        assert second.call("draft.load", case=case) == {"draft": DRAFT, "savedAt": saved}
        second.call("fetch", case=case)
        second.call("acknowledge", case=case)
        answers = [{"claim": n, "kind": "answered", "text": "Yes, it is done.", "to": ""} for n in (1, 2, 3)]
        second.call("reply", case=case, outcome="accepted", answers=answers)
        assert second.call("draft.load", case=case)["draft"] is None


def test_two_windows_do_not_write_over_each_other(channel: Channel, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(channel.url) as one, desk_at(channel.url) as two:
        unlocked(one, channel)
        unlocked(two, channel)
        one.call("draft.load", case=case)
        two.call("draft.load", case=case)
        one.call("draft.save", case=case, draft={"text": "mine"})
        with pytest.raises(Refused) as refused:
            two.call("draft.save", case=case, draft={"text": "also mine"})
        assert refused.value.code == "kept-elsewhere"
        assert two.call("draft.load", case=case)["draft"] == {"text": "mine"}
        two.call("draft.save", case=case, draft={"text": "both"})


def test_a_draft_that_is_too_long_is_told_with_its_size(channel: Channel, desk: Core, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    unlocked(desk, channel)
    with pytest.raises(Refused) as refused:
        desk.call("draft.save", case=case, draft={"text": "x" * 300_000})
    assert refused.value.code == "too-large"
    assert refused.value.facts["have"] > refused.value.facts["most"] == 256 * 1024


# --- what the server learns


@pytest.mark.adversary
def test_names_say_neither_case_nor_kind_and_short_things_have_one_size(
    channel: Channel, between_them: Between, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(between_them.address) as desk:
        unlocked(desk, channel, "secretary")
        desk.call("today")
        desk.call("draft.save", case=case, draft=DRAFT)
        desk.call("draft.save", case=case, draft={"text": "x" * 12_000})
    written = [row for row in between_them.passed if row.method == "PUT"]
    assert len({len(row.body) for row in written}) == 1
    assert len({row.path.split("?")[0] for row in written}) == 3  # head, a piece, a draft
    names = [row.path.split("?")[0].rsplit("/", 1)[1] for row in written]
    assert all(len(name) == 64 for name in names)
    guesses = {hashlib.sha256(text.encode()).hexdigest() for text in (f"draft/{case}", "index/head", "index/0", case)}
    assert not guesses & set(names)
    for row in written:
        assert row.body.startswith(AGE)
        for secret in (case.encode(), bytes.fromhex(case), b"Belum selesai", b"draft"):
            assert secret not in row.body + row.path.encode()


@pytest.mark.adversary
def test_a_seat_that_reads_every_case_and_one_that_reads_none_write_alike(tmp_path: Path) -> None:
    with practice_channel(tmp_path / "alike") as channel:
        for n in range(3):
            filed(channel, tmp_path, f"case{n}", "--recuse", "deputy")
        patterns, counts = [], []
        for seat in ("custodian", "deputy"):
            with between(channel.url) as machine, desk_at(machine.address) as desk:
                unlocked(desk, channel, seat)
                counts.append(desk.call("today")["counts"]["cases"])
                patterns.append([len(row.body) for row in machine.passed if row.method == "PUT"])
        assert counts == [3, 0]
        assert patterns[0] == patterns[1] != []
        with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
            kept = rows.execute("select seat, count(*), max(size) from people_keptblob group by seat").fetchall()
        assert {row[1:] for row in kept} == {(2, patterns[0][0])}


# --- what the server takes


@pytest.mark.adversary
def test_what_a_seat_keeps_is_the_seats_alone(channel: Channel) -> None:
    status, told = ask(channel, "custodian", "PUT", kept_path("custodian", "b" * 64), AGE + b"mine")
    assert (status, told["blob_bytes"]) == (200, 256 * 1024)
    assert ask(channel, "custodian", "GET", kept_path("custodian", "b" * 64)) == (200, AGE + b"mine")
    for method in ("GET", "PUT", "DELETE"):
        body = AGE if method == "PUT" else b""
        assert ask(channel, "custodian", method, kept_path("custodian", "b" * 64), body, key="secretary")[0] == 404
    assert ask(channel, "secretary", "GET", kept_path("secretary", "b" * 64))[0] == 404
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(channel.url + kept_path("custodian", "b" * 64), timeout=20)


def test_a_blob_is_replaced_only_by_who_read_it_and_the_same_again_changes_nothing(channel: Channel) -> None:
    path = kept_path("custodian", "c" * 64)
    one, two = AGE + b"one", AGE + b"two"
    was = hashlib.sha256(one).hexdigest()
    assert ask(channel, "custodian", "PUT", f"{path}?was=", one)[0] == 200
    assert ask(channel, "custodian", "PUT", f"{path}?was=", one)[0] == 200
    status, told = ask(channel, "custodian", "PUT", f"{path}?was=", two)
    assert (status, told["code"]) == (409, "moved-on")
    assert ask(channel, "custodian", "PUT", f"{path}?was={was}", two)[0] == 200
    before = ask(channel, "custodian", "GET", "/api/v1/seats/custodian/kept")[1]["blobs"]
    assert ask(channel, "custodian", "DELETE", path)[1]["blobs"] == before - 1
    assert ask(channel, "custodian", "DELETE", path)[1]["blobs"] == before - 1
    assert ask(channel, "custodian", "GET", path)[0] == 404


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("d" * 64, b"in clear", 400, "refused"),
        ("D" * 64, AGE, 400, "refused"),
        ("d" * 63, AGE, 400, "refused"),
        ("d" * 64, AGE + b"x" * 256 * 1024, 413, "too-large"),
    ],
)
def test_what_is_not_sealed_not_named_or_too_large_is_not_kept(
    channel: Channel, name: str, body: bytes, status: int, code: str
) -> None:
    found, told = ask(channel, "custodian", "PUT", kept_path("custodian", name), body)
    assert (found, told["code"]) == (status, code)


# --- the key


def test_a_key_made_in_the_browser_is_read_by_the_command_line_and_the_other_way_round(
    channel: Channel, desk: Core, tmp_path: Path
) -> None:
    made = desk.call("make", seat="custodian", holder="Citra Hartono")
    assert len(made["passphrase"].split()) == 7
    held = read(made["vault"].encode(), passphrase=lambda: made["passphrase"])
    assert isinstance(held, SeatKey)
    assert held.seat == "custodian"
    request = json.loads(made["request"])
    assert (request["holder"], request["sign"], request["age"]) == (
        "Citra Hartono",
        held.signing.public.hex(),
        held.identity.recipient.text,
    )

    with pytest.raises(Refused) as refused:
        desk.call("unlock", vault=made["vault"], passphrase="seven other words", seat="custodian")
    assert refused.value.code == "passphrase"
    assert (
        desk.call("unlock", vault=made["vault"], passphrase=made["passphrase"], seat="custodian")["standing"]
        == "not-on-roster"
    )
    again = desk.call("rewrap", passphrase=made["passphrase"], next="a phrase of one's own")
    assert read(again["vault"].encode(), passphrase=lambda: "a phrase of one's own") == held
    # New words that were never kept do not count; those that were kept do.
    once_more = desk.call("rewrap", passphrase=made["passphrase"], next="another phrase of one's own")
    desk.call("kept", vault=once_more["vault"])
    with pytest.raises(Refused) as refused:
        desk.call("rewrap", passphrase=made["passphrase"], next="a third phrase of one's own")
    assert refused.value.code == "passphrase"
    desk.call("rewrap", passphrase="another phrase of one's own", next="a third phrase of one's own")

    (tmp_path / "words").write_text("orang yang sabar\n")
    done = demur(
        "key", "new", "-o", tmp_path / "seat.key", "--passphrase-file", tmp_path / "words", home=tmp_path / "home"
    )
    assert done.code == 0, done.err
    text = (tmp_path / "seat.key").read_text()
    assert desk.call("unlock", vault=text, passphrase="orang yang sabar", seat="secretary")["seat"] == "secretary"


@pytest.mark.parametrize(
    "text", ["", "{}", "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n"]
)
def test_what_is_no_key_file_is_refused(channel: Channel, desk: Core, text: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.call("unlock", vault=text, passphrase="x", seat="custodian")
    assert refused.value.code == "key-file"


def test_the_key_of_one_seat_does_not_unlock_another(channel: Channel, desk: Core) -> None:
    with pytest.raises(Refused) as refused:
        desk.call("unlock", vault=channel.key("custodian").read_text(), passphrase="", seat="secretary")
    assert (refused.value.code, refused.value.facts["seat"]) == ("other-seat", "custodian")


def test_a_locked_desk_does_nothing(channel: Channel, desk: Core) -> None:
    unlocked(desk, channel)
    desk.call("lock")
    with pytest.raises(Refused) as refused:
        desk.call("today")
    assert refused.value.code == "locked"
