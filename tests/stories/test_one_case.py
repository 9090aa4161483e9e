# SPDX-License-Identifier: AGPL-3.0-or-later
"""One case from end to end, as people make it, by command line."""

import json
import random
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

from demur.charter.builtin import builtin_text
from demur.charter.freeze import freeze_text
from demur.client.known import channel_file
from demur.client.verifying import verify_file
from demur.clock.wording import day_words
from demur.dissent.documents.dissent import paragraphs
from demur.errors import DemurError
from real_cases import data_directory
from serving import Channel, demur

pytestmark = pytest.mark.story

TEXT = "The northern crossing\n\nThe count was wrong.\n\nThe road is shut by snow.\n\nThe sum is too small.\n"
REPLY = 'outcome = "in_part"\nsigned_by = "Policy Planning"\ntext = "Thank you."\n' + "".join(
    f'[[answer]]\nclaim = {n}\nkind = "{kind}"\ntext = "Answer to claim {n}."\n{more}'
    for n, kind, more in ((1, "answered", ""), (2, "referred", 'to = "the road office"\n'), (3, "declined", ""))
)


def file_case(channel: Channel, home: Path, text: bytes = TEXT.encode(), claims: str = "2,3,4") -> str:
    """Amina files; returns the words she writes down."""
    (home / "dissent.txt").write_bytes(text)
    done = demur("file", *channel.known, "--claims", claims, "--yes", "--json", "-o", "mine", "dissent.txt", home=home)
    assert done.code == 0, done.err
    return str(done.json["words"]) if isinstance(done.json["words"], str) else " ".join(done.json["words"])


def case_of(home: Path) -> str:
    return str(json.loads((home / "mine.key").read_text())["case"])


def desk(channel: Channel, home: Path, *arguments: str | Path, seat: str = "custodian") -> str:
    """A seat acts; returns what the command said."""
    done = demur("desk", *channel.known, "--key", channel.key(seat), *arguments, home=home)
    assert done.code == 0, done.err
    return done.out


def answer(channel: Channel, home: Path, case: str, reply: str = REPLY) -> None:
    """Citra fetches, acknowledges and replies."""
    home.mkdir(exist_ok=True)
    (home / "reply.toml").write_text(reply)
    desk(channel, home, "fetch", case)
    desk(channel, home, "acknowledge", case)
    desk(channel, home, "reply", case, home / "reply.toml")


def test_a_dissent_is_filed_answered_and_read(channel: Channel, amina: Path, tmp_path: Path) -> None:
    file_case(channel, amina)
    verified = demur(
        "verify", "mine.receipt", "--channel", channel.file, "--key", "mine.key", "dissent.txt", home=amina
    )
    assert verified.code == 0, verified.err
    assert "dissent.txt is the filed text, byte for byte" in verified.out

    citra = tmp_path / "citra"
    listed = json.loads(desk(channel, citra, "list", "--json"))
    assert case_of(amina) in {row["case"] for row in listed["cases"]}
    answer(channel, citra, case_of(amina))

    status = demur("status", "mine.key", home=amina)
    assert status.code == 0, status.err
    for n in (1, 2, 3):
        assert f"Answer to claim {n}." in status.out
    assert "answered" in status.out
    # Every status appends proof and new heads to the receipt beside it, which verifies again.
    again = demur("verify", "mine.receipt", "--channel", channel.file, home=amina)
    assert again.code == 0
    assert "unwitnessed" in again.out


def test_the_words_alone_bring_the_author_back_on_another_machine(
    channel: Channel, amina: Path, tmp_path: Path
) -> None:
    words = file_case(channel, amina)
    answer(channel, tmp_path / "citra", case_of(amina))
    abroad = tmp_path / "abroad"

    status = demur("status", "--words", *channel.known, "-o", "again", home=abroad, text=words + "\n")

    assert status.code == 0, status.err
    assert "Answer to claim 2." in status.out
    verified = demur(
        "verify", "again.receipt", "--channel", channel.file, "--key", "again.key", amina / "dissent.txt", home=abroad
    )
    assert verified.code == 0, verified.err


def test_a_conversation_goes_both_ways_and_does_not_end_at_once(channel: Channel, amina: Path, tmp_path: Path) -> None:
    citra, case = tmp_path / "citra", ""
    file_case(channel, amina)
    case = case_of(amina)
    desk(channel, citra, "message", case, "Which week do you mean?")
    assert "Which week do you mean?" in demur("status", "mine.key", home=amina).out
    assert demur("message", "mine.key", "The week of the strike.", home=amina).code == 0
    assert "The week of the strike." in desk(channel, citra, "fetch", case)
    refused = demur("desk", *channel.known, "--key", channel.key("custodian"), "close", case, home=citra)
    assert (refused.code, "clock still runs" in refused.err) == (1, True)
    answer(channel, citra, case)
    early = demur("desk", *channel.known, "--key", channel.key("custodian"), "close", case, home=citra)

    # So long the author may say that the reply does not answer; tests/dissent/test_acting.py closes it after that.
    assert (early.code, "The author has until the end of" in early.err) == (1, True)
    assert "answered" in demur("status", "mine.key", home=amina).out


def test_a_reply_that_declines_everything_waits_for_a_second_seat(
    channel: Channel, amina: Path, tmp_path: Path
) -> None:
    citra, dewi = tmp_path / "citra", tmp_path / "dewi"
    file_case(channel, amina)
    case = case_of(amina)
    declined = (
        re.sub(r'kind = "\w+"', 'kind = "declined"', REPLY)
        .replace('to = "the road office"\n', "")
        .replace("in_part", "rejected")
    )
    answer(channel, citra, case, declined)
    waiting = demur("status", "mine.key", "--json", home=amina).json
    own = demur("desk", *channel.known, "--key", channel.key("custodian"), "countersign", case, home=citra)

    assert waiting["state"] == "unconfirmed"
    assert (own.code, "another seat must" in own.err) == (1, True)
    desk(channel, dewi, "countersign", case, "--yes", seat="secretary")
    assert demur("status", "mine.key", "--json", home=amina).json["state"] == "answered"


def test_an_extension_takes_a_reason_that_the_author_reads(channel: Channel, amina: Path, tmp_path: Path) -> None:
    citra = tmp_path / "citra"
    file_case(channel, amina)
    case = case_of(amina)
    desk(channel, citra, "acknowledge", case)
    clocks = {row["name"]: row for row in demur("status", "mine.key", "--json", home=amina).json["clocks"]}
    calendar = freeze_text(builtin_text("us-state-2fam070"), name="x", year=2026).calendars["us-federal"]
    until = calendar.add_working_days(calendar.local_day(clocks["reply"]["due"]), 10)
    off = next(day for n in range(7) if not calendar.is_working_day(day := until - timedelta(days=n)))
    extend = ["desk", *channel.known, "--key", channel.key("custodian"), "extend", case, "--clock", "reply"]
    refused = demur(*extend, "--until", off.isoformat(), "--reason", "x", home=citra)
    assert (refused.code, f"{day_words(off)} is not a working day" in refused.err) == (1, True)
    until = until.isoformat()
    desk(channel, citra, "extend", case, "--clock", "reply", "--until", until, "--reason", "The count takes two weeks.")

    status = demur("status", "mine.key", home=amina)
    assert "The count takes two weeks." in status.out
    assert "extended" in status.out
    second = demur(
        "desk",
        *channel.known,
        "--key",
        channel.key("custodian"),
        "extend",
        case,
        "--clock",
        "reply",
        "--until",
        until,
        "--reason",
        "x",
        home=citra,
    )
    assert (second.code, "the charter allows no more" in second.err or "after the date that stands" in second.err) == (
        1,
        True,
    )


def file_at_state(channel: Channel, home: Path, *more: str) -> str:
    """Filed in the department itself, where the head of another agency does not read; the case."""
    (home / "dissent.txt").write_text(TEXT)
    stated = ["--fact", "agency=State", *more, "--yes", "-o", "mine", "dissent.txt"]
    done = demur("file", *channel.known, *stated, home=home)
    assert done.code == 0, done.err
    return case_of(home)


def cases_of(channel: Channel, home: Path, seat: str) -> set[str]:
    return {row["case"] for row in json.loads(desk(channel, home, "list", "--json", seat=seat))["cases"]}


def test_whom_the_author_excludes_cannot_find_the_case_and_nobody_grants_it(
    channel: Channel, amina: Path, tmp_path: Path
) -> None:
    citra, eka = tmp_path / "citra", tmp_path / "eka"
    case = file_at_state(channel, amina, "--recuse", "political")
    assert case not in cases_of(channel, eka, "political")

    asked = ["grant", case, "--to", "political", "--reason", "The author was asked and agrees."]
    done = demur("desk", *channel.known, "--key", channel.key("custodian"), *asked, home=citra)

    assert done.code == 1
    assert "left out" in done.err
    assert case not in cases_of(channel, eka, "political")
    assert "The author was asked and agrees." not in demur("status", "mine.key", home=amina).out


def test_an_office_that_does_not_read_cannot_find_the_case_until_it_is_granted(
    channel: Channel, amina: Path, tmp_path: Path
) -> None:
    citra, eka = tmp_path / "citra", tmp_path / "eka"
    case = file_at_state(channel, amina)
    assert case not in cases_of(channel, eka, "agency-head")

    desk(channel, citra, "grant", case, "--to", "agency-head", "--reason", "The author was asked and agrees.")

    assert case in cases_of(channel, eka, "agency-head")
    assert "The author was asked and agrees." in demur("status", "mine.key", home=amina).out
    assert "The count was wrong." in desk(channel, eka, "fetch", case, seat="agency-head")


def test_a_withdrawal_ends_what_is_owed(channel: Channel, amina: Path, tmp_path: Path) -> None:
    file_case(channel, amina)
    assert demur("withdraw", "mine.key", "--yes", "--reason", "Overtaken.", home=amina).code == 0

    assert demur("status", "mine.key", "--json", home=amina).json["state"] == "withdrawn"
    desk(channel, tmp_path / "citra", "close", case_of(amina))
    assert "closed" in demur("status", "mine.key", home=amina).out


def test_every_sampled_flipped_bit_of_a_receipt_is_refused_in_one_sentence(channel: Channel, amina: Path) -> None:
    file_case(channel, amina)
    demur("status", "mine.key", home=amina)
    whole = (amina / "mine.receipt").read_bytes()
    known = channel_file(channel.file).channel
    draw = random.Random(1971)
    accepted, sentences = [], []
    for place in draw.sample(range(len(whole) * 8), 400):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        try:
            verify_file(bytes(data), known.__eq__, must_be_known=True, now=int(time.time()))
        except DemurError as error:
            sentences.append(str(error))
            continue
        accepted.append(place)
    assert accepted == []
    assert not [sentence for sentence in sentences if "\n" in sentence or not sentence.endswith(".")]
    for place in draw.sample(range(len(whole) * 8), 5):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        (amina / "flipped.receipt").write_bytes(data)
        done = demur("verify", "flipped.receipt", "--channel", channel.file, home=amina)
        assert (done.code, done.err.count("\n")) == (1, 1), done.err


def real_dissents() -> list[Path]:
    found = data_directory()
    return sorted((found / "dissents").glob("*.txt")) if found else []


@pytest.mark.data
@pytest.mark.parametrize("path", real_dissents()[::9], ids=lambda path: path.stem)
def test_a_real_dissent_goes_through(path: Path, channel: Channel, amina: Path, tmp_path: Path) -> None:
    count = len(paragraphs(path.read_text(encoding="utf-8")))
    claims = sorted({1, max(1, count // 2), count})
    file_case(channel, amina, path.read_bytes(), ",".join(map(str, claims)))
    head = 'outcome = "rejected"\ntext = "Considered."\n'
    rows = "".join(
        f'[[answer]]\nclaim = {n}\nkind = "answered"\ntext = "The answer to {n}."\n' for n in range(1, len(claims) + 1)
    )
    answer(channel, tmp_path / "citra", case_of(amina), head + rows)

    assert f"The answer to {len(claims)}." in demur("status", "mine.key", home=amina).out
    out = tmp_path / "fetched"
    desk(channel, tmp_path / "citra", "fetch", case_of(amina), "-o", out)
    assert path.read_bytes() in {file.read_bytes() for file in out.rglob("*") if file.is_file()}
