# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server that lies: for each lie who notices, with what evidence, and that a stranger is convinced of it offline.

The table in SECURITY.md has one row for each test here. What nobody can notice while the log is unwitnessed is said by `demur verify`.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_filing import filed_at
from test_following import answered
from tiny_record import GRACE, NOW, TinyServer, counting_random

from demur.charter.channel import ChannelFile
from demur.charter.officers import sign_statement
from demur.cli.main import run
from demur.client import evidence
from demur.client.casefiles import CaseFiles
from demur.client.comparing import Signed, checkpoints_of, compare_receipts
from demur.client.directory import read_directory
from demur.client.errors import (
    BackDated,
    BadAnswer,
    BadEvidence,
    ItemChanged,
    NotTrusted,
    PromiseBroken,
    RecordForked,
    RolledBack,
    SwappedKey,
    ThreadShorter,
)
from demur.client.evidence import Conviction, verify_evidence
from demur.client.evidence_kinds import REST_ON_CHANNEL
from demur.client.following import Thread, follow
from demur.client.known import store
from demur.client.memory import ask_in_force, load_memory
from demur.client.receipt import Receipt
from demur.client.submitting import Filed
from demur.dissent import events
from demur.dissent.timing import ClockRow
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash
from demur.seal.keyfile import OfficerKey

pytestmark = pytest.mark.adversary
DAY = 86_400


@pytest.fixture
def server() -> TinyServer:
    return TinyServer()


@pytest.fixture
def filed(server: TinyServer) -> Filed:
    return filed_at(server)


@pytest.fixture
def home(tmp_path: Path, server: TinyServer) -> Path:
    """A home in which the channel is known."""
    store(ChannelFile(channel=server.channel, address="https://dissent.example.org"), tmp_path / "home")
    return tmp_path / "home"


def convinced(text: str, server: TinyServer, kind: str) -> Conviction:
    """What a stranger finds, who knows the channel or only what the evidence says of itself: then what rests on more than the log's first
    key convinces nobody, and no witness is accused.
    """
    found = verify_evidence(text.encode(), server.channel)
    assert (found.known, found.kind) == (True, kind)
    if kind in REST_ON_CHANNEL:
        with pytest.raises(BadEvidence, match="--channel"):
            verify_evidence(text.encode(), None)
    else:
        alone = verify_evidence(text.encode(), None)
        assert (alone.known, alone.kind) == (False, kind)
        assert found.sentence.startswith(alone.sentence)
    other = TinyServer("practice-ffeeddccbbaa0099")
    with pytest.raises(BadEvidence, match="another channel"):
        verify_evidence(text.encode(), other.channel)
    return found


def followed(server: TinyServer, filed: Filed, receipt: Receipt | None = None) -> Thread:
    return follow(server, filed.key, receipt or filed.receipt, server.channel, now=server.now)


def learned(server: TinyServer, filed: Filed, receipt: Receipt | None = None) -> Receipt:
    found = followed(server, filed, receipt).receipt
    assert found is not None
    return found


def asked(server: TinyServer, home: Path, kept: list[Signed] | None = None) -> None:
    ask_in_force(server, server.channel, home=home, now=server.now, kept=kept or ())


# swaps a seat's key


def test_a_swapped_seat_key_is_refused_before_anything_is_sealed(server: TinyServer, home: Path) -> None:
    server.swap_seats()
    with pytest.raises(SwappedKey) as caught:
        asked(server, home)
    convinced(caught.value.evidence, server, "unsigned-roster")
    assert load_memory(server.channel, home) is None


# forks


@pytest.mark.parametrize("witnesses", [(), ("union", "peer")])
def test_a_record_forked_with_a_quorum_is_refused_by_a_machine_that_remembers(
    tmp_path: Path, witnesses: tuple[str, ...]
) -> None:
    server = TinyServer(witnesses=witnesses)
    store(ChannelFile(channel=server.channel, address="https://dissent.example.org"), tmp_path)
    server.cover(3)
    asked(server, tmp_path)
    other = server.other_universe(since=3)
    other.cover(7)
    with pytest.raises(RecordForked) as caught:
        asked(other, tmp_path)
    found = convinced(caught.value.evidence, server, "forked-record")
    assert ("peer, union" in found.sentence) == bool(witnesses)
    asked(server, tmp_path)


def test_a_fork_of_the_same_size_needs_no_leaves(server: TinyServer, home: Path) -> None:
    server.cover(3)
    asked(server, home)
    other = server.other_universe(since=3)
    other.cover(len(server.log.data) - 3)
    with pytest.raises(RecordForked) as caught:
        asked(other, home)
    convinced(caught.value.evidence, server, "forked-record")
    assert "=== hashes" not in caught.value.evidence


def test_a_fork_is_refused_by_an_author_whose_machine_remembers_nothing_but_the_receipt(
    server: TinyServer, filed: Filed, tmp_path: Path
) -> None:
    receipt = learned(server, filed)
    other = server.other_universe(since=2)
    other.cover(9)
    with pytest.raises(RecordForked) as caught:
        asked(other, tmp_path, checkpoints_of(receipt))
    convinced(caught.value.evidence, server, "forked-record")


def test_a_record_that_went_back_is_refused(server: TinyServer, home: Path) -> None:
    server.cover(3)
    asked(server, home)
    with pytest.raises(BadAnswer, match="went back"):
        asked(server.other_universe(since=2), home)


def test_a_server_that_proves_no_growth_is_judged_by_its_leaves(server: TinyServer, home: Path) -> None:
    asked(server, home)
    server.cover(5)
    server.proves_growth = False
    asked(server, home)
    memory = load_memory(server.channel, home)
    assert memory is not None
    assert memory.checkpoint.size == len(server.log.data)


# drops an entry after its promise


def test_a_dropped_entry_is_noticed_when_its_promise_is_due(server: TinyServer) -> None:
    server.swallow.add(b"")
    filed = filed_at(server)
    server.now += GRACE + 61
    server.cover()
    with pytest.raises(PromiseBroken) as caught:
        followed(server, filed)
    convinced(caught.value.evidence, server, "broken-promise")


# back-dates


def test_a_back_dated_record_is_refused_once_and_the_times_convict_it(server: TinyServer, home: Path) -> None:
    server.cover()
    asked(server, home)
    server.now += 3600
    server.log.shift = -2 * 3600
    server.cover()
    with pytest.raises(BackDated) as caught:
        asked(server, home)
    convinced(caught.value.evidence, server, "back-dated")
    asked(server, home)


def test_an_act_recorded_late_under_an_old_time_is_noticed_by_the_author_and_meets_no_clock_before(
    server: TinyServer, filed: Filed
) -> None:
    server.now += 4 * DAY
    receipt = learned(server, filed)
    seen = server.now
    server.now += 61
    server.log.shift = -3 * DAY
    server.act(server.cases[filed.key.case], "acknowledge", server.frozen.charter.custodian)
    thread = followed(server, filed, receipt)
    assert [row.met_at for row in acknowledged(thread)] == [seen]
    convinced(thread.noticed[0].evidence, server, "back-dated")


def acknowledged(thread: Thread) -> list[ClockRow]:
    return [row for row in thread.clocks if row.met_at is not None and row.met_at > thread.key.received_event["time"]]


# cuts a thread, or changes it


def test_a_thread_cut_short_is_refused(server: TinyServer, filed: Filed) -> None:
    answered(server, filed)
    receipt = learned(server, filed)
    server.now += 61
    server.cut = 1
    with pytest.raises(ThreadShorter) as caught:
        followed(server, filed, receipt)
    convinced(caught.value.evidence, server, "shorter-thread")


def test_an_item_replaced_in_a_thread_that_also_grew_is_refused(server: TinyServer, filed: Filed) -> None:
    case, custodian = answered(server, filed), server.frozen.charter.custodian
    receipt = learned(server, filed)
    server.now += 61
    del case.items[-1]
    for _ in range(2):
        server.act(case, "message", custodian, body=b"age-encryption.org/v1\nx")
    with pytest.raises(ItemChanged) as caught:
        followed(server, filed, receipt)
    convinced(caught.value.evidence, server, "changed-item")


# withholds a reply, and later claims it


def withholding(server: TinyServer, filed: Filed) -> Receipt:
    """The reply is recorded and published; two hours later the log signs to the author that there is none."""
    answered(server, filed)
    server.cut = 1
    server.now += 7200
    receipt = learned(server, filed)
    server.cut = 0
    server.now += 61
    return receipt


def test_a_reply_that_was_withheld_counts_from_when_it_was_shown_and_convicts(server: TinyServer, filed: Filed) -> None:
    receipt = withholding(server, filed)
    thread = followed(server, filed, receipt)
    assert thread.spoken[3].reply is not None
    assert NOW + 7200 in {row.met_at for row in thread.clocks}
    assert [row.evidence for row in thread.noticed] == [
        row.evidence for row in followed(server, filed, thread.receipt).noticed
    ]
    found = convinced(thread.noticed[0].evidence, server, "withheld-item")
    assert "(reply)" in found.sentence


def test_a_reply_withheld_behind_a_head_that_names_a_small_record_is_back_dated(
    server: TinyServer, filed: Filed
) -> None:
    server.shown_size = len(server.log.data)
    answered(server, filed)
    server.cut = 1
    server.now += 2 * DAY
    receipt = learned(server, filed)
    server.cut, server.shown_size = 0, None
    server.now += 61
    found = followed(server, filed, receipt).noticed
    convinced(found[0].evidence, server, "back-dated")


# shows one author another universe


def two_universes() -> tuple[TinyServer, Filed, Receipt, Receipt]:
    server = TinyServer()
    other = server.other_universe()
    mine, hers = filed_at(server), filed_at(other, seed="another author")
    return server, mine, learned(server, mine), learned(other, hers)


def verify(*arguments: object) -> Result:
    return CliRunner().invoke(run, ["verify", *map(str, arguments)])


def test_two_universes_hold_each_alone_unwitnessed_and_convict_when_laid_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    server, _, mine, hers = two_universes()
    paths = [tmp_path / "mine.receipt", tmp_path / "hers.receipt"]
    for path, receipt in zip(paths, (mine, hers), strict=True):
        path.write_bytes(receipt.text.encode())
        alone = verify(path)
        assert alone.exit_code == 0, alone.output
        assert "unwitnessed" in alone.stdout
    out = tmp_path / "two.evidence"
    refused = verify(*paths, "-o", out)
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    convinced(out.read_text(), server, "forked-record")
    assert verify(out).exit_code == 0
    without = verify(*paths)
    assert (without.exit_code, "-o" in without.stderr) == (1, True)


def test_receipts_of_one_record_do_not_contradict_each_other_and_what_is_not_proven_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TinyServer
) -> None:
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    receipts = [learned(server, filed_at(server, seed=seed)) for seed in ("one", "two")]
    paths = [tmp_path / f"{n}.receipt" for n in range(2)]
    for path, receipt in zip(paths, receipts, strict=True):
        path.write_bytes(receipt.text.encode())
    told = verify(*paths)
    assert told.exit_code == 0, told.output
    assert "do not contradict each other" in told.stdout
    assert "`demur status` asks the record" in told.stdout
    assert "unwitnessed: the log could still show others another record" in told.stdout


def test_a_witnessed_record_is_not_called_unwitnessed() -> None:
    server = TinyServer(witnesses=("union",))
    receipts = [learned(server, filed_at(server, seed=seed)) for seed in ("one", "two")]
    assert not compare_receipts(receipts).unwitnessed


def test_two_receipts_of_one_case_with_heads_that_contradict_convict(server: TinyServer, filed: Filed) -> None:
    answered(server, filed)
    longer = learned(server, filed)
    server.cut = 1
    server.now += 61
    shorter = learned(server, filed)
    with pytest.raises(ThreadShorter) as caught:
        compare_receipts([shorter, longer])
    convinced(caught.value.evidence, server, "shorter-thread")


# serves what was in force before


def test_older_seats_than_this_machine_has_seen_are_refused(server: TinyServer, home: Path) -> None:
    old = server.roster, server.roster_statement
    server.new_roster()
    asked(server, home)
    server.roster, server.roster_statement = old
    with pytest.raises(BadAnswer, match="older seats"):
        asked(server, home)
    server.now += 61
    with pytest.raises(RolledBack) as caught:
        asked(server, home)
    found = convinced(caught.value.evidence, server, "older-statement")
    assert "number 2 as in force" in found.sentence


def test_other_seats_under_the_number_that_this_machine_has_seen_are_refused(server: TinyServer, home: Path) -> None:
    """Two rosters with one serial, both signed: each person would be shown the one that suits."""
    asked(server, home)
    statement = {name: value for name, value in server.roster_statement.items() if name != "officers"}
    statement["seats"] = statement["seats"][:-1]
    server.roster_statement = sign_statement(statement, server.officer.signing)
    server.roster = server.publish(server.roster_statement)
    for _ in range(2):
        with pytest.raises(BadAnswer, match="other seats than this machine has seen, both as number 1"):
            asked(server, home)


def test_the_same_seats_signed_by_one_officer_more_are_the_same_seats(server: TinyServer, tmp_path: Path) -> None:
    second = OfficerKey.generate(counting_random("second"), now=server.now)
    officers = sorted([*server.channel.officers, second.signing.public.hex()])
    server.channel, home = replace(server.channel, officers=tuple(officers)), tmp_path / "home"
    store(ChannelFile(channel=server.channel, address="https://dissent.example.org"), home)
    asked(server, home)
    server.roster_statement = sign_statement(server.roster_statement, second.signing)
    server.roster = server.publish(server.roster_statement)
    asked(server, home)
    memory = load_memory(server.channel, home)
    assert memory is not None
    assert second.signing.public.hex() in memory.roster


def test_seats_that_vanish_are_refused(server: TinyServer, home: Path) -> None:
    asked(server, home)
    server.roster = ""
    with pytest.raises(BadAnswer, match="older seats"):
        asked(server, home)


def test_a_directory_from_days_ago_is_refused_also_where_the_clock_was_set_back(server: TinyServer, home: Path) -> None:
    server.now += 3 * DAY
    asked(server, home)
    server.now -= 2 * DAY
    with pytest.raises(BadAnswer, match="before what this machine has seen"):
        asked(server, home)


# what the memory is


def test_nothing_is_remembered_of_a_channel_that_is_not_stored(server: TinyServer, tmp_path: Path) -> None:
    asked(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_memory_read_and_written_again_is_the_same_and_for_its_owner_alone(server: TinyServer, home: Path) -> None:
    asked(server, home)
    (path,) = (home / "seen").iterdir()
    memory = load_memory(server.channel, home)
    assert memory is not None
    assert memory.text.encode() == path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_memory_that_was_changed_is_refused_and_its_remedy_named(server: TinyServer, home: Path) -> None:
    asked(server, home)
    (path,) = (home / "seen").iterdir()
    good = path.read_bytes()
    for bad in (b"", good[:-9], good.replace(b'"serial":1', b'"serial":2'), good.replace(b"time 18", b"time 17")):
        path.write_bytes(bad)
        with pytest.raises(NotTrusted, match=r"remove .*seen") as caught:
            asked(server, home)
        assert "\n" not in str(caught.value)
    path.unlink()
    asked(server, home)


def test_a_home_that_cannot_be_written_is_no_reason_not_to_file(server: TinyServer, home: Path) -> None:
    (home / "seen").write_bytes(b"in the way")
    asked(server, home)
    assert (home / "seen").read_bytes() == b"in the way"


# evidence that proves nothing


def in_force(server: TinyServer) -> tuple[str, str]:
    """A directory, and the seats that it names."""
    found = read_directory(server, server.channel, now=server.now)
    return found.directory_note, found.roster_line


def honest(server: TinyServer, filed: Filed) -> dict[str, str]:
    """Evidence of each kind, made of what an honest log signed."""
    case = answered(server, filed)
    server.now += 2 * DAY
    thread = followed(server, filed)
    assert thread.receipt is not None
    old, new = thread.receipt.heads
    hashes = thread.mailbox.hashes
    item = thread.mailbox.items[2]
    server.cover(2)
    proof = server.get(f"/api/v1/record/proof/{leaf_hash(case_entry(item.commitment)).hex()}").decode()
    opening = {**events.opening(item.event, bytes.fromhex(item.r)), "body": item.body}
    ahead = in_force(server)
    server.now -= 7200  # the clock was ahead, and is set right
    named = []
    for _ in range(2):
        server.new_roster()
        named.append(in_force(server))
        server.now += 3600
    found = read_directory(server, server.channel, now=server.now)
    charter = (found.directory_note, found.charter_line)
    small, large = server.log.checkpoint(server.now, 2), server.log.checkpoint(server.now)
    assert len(case.items) == 3
    channel = server.channel
    return {
        "older-statement": evidence.older_statement(channel=channel, seen=named[0], shown=named[1]),
        "newer first": evidence.older_statement(channel=channel, seen=named[1], shown=named[0]),
        "a clock ahead": evidence.older_statement(channel=channel, seen=named[0], shown=ahead),
        "other kind": evidence.older_statement(channel=channel, seen=named[1], shown=charter),
        "changed-item": evidence.changed_item(channel=channel, older=old, newer=new, items=hashes),
        "other-items": evidence.changed_item(channel=channel, older=old, newer=new, items=[bytes(32)] * len(hashes)),
        "withheld-item": evidence.withheld_item(
            channel=channel, head=old, later=new, items=hashes, opening=opening, proof=proof
        ),
        "forked-record": evidence.forked_record(channel=channel, older=small, newer=small),
        "two sizes": evidence.forked_record(channel=channel, older=small, newer=large),
        "with leaves": evidence.forked_record(channel=channel, older=small, newer=large, leaves=server.log.leaves),
        "other leaves": evidence.forked_record(
            channel=channel, older=small, newer=large, leaves=[bytes(32)] * len(server.log.leaves)
        ),
        "back-dated": evidence.back_dated(channel=channel, smaller=small, larger=large),
        "the wrong way": evidence.back_dated(channel=channel, smaller=large, larger=small),
        "after a head": evidence.back_dated(channel=channel, head=new, larger=large),
        "before a head": evidence.back_dated(channel=channel, head=new, larger=small),
    }


def test_what_an_honest_log_signed_convicts_it_of_nothing(server: TinyServer, filed: Filed) -> None:
    for name, text in honest(server, filed).items():
        with pytest.raises(BadEvidence, match=r"proves? nothing"):
            pytest.fail(f"{name}: {verify_evidence(text.encode(), None).sentence}")


def test_an_event_of_another_mailbox_convicts_nobody_of_withholding(server: TinyServer, filed: Filed) -> None:
    receipt = withholding(server, filed)
    text = followed(server, filed, receipt).noticed[0].evidence
    another = filed_at(server, seed="another author")
    head = another.receipt.heads[0]
    start, end = text.index("=== head\n") + len("=== head\n"), text.index("=== later\n")
    with pytest.raises(BadEvidence, match="not those of the mailbox"):
        verify_evidence((text[:start] + head + text[end:]).encode(), None)


def test_an_event_of_another_case_convicts_nobody_of_withholding(server: TinyServer, filed: Filed) -> None:
    another = filed_at(server, seed="another author")
    server.act(server.cases[another.key.case], "acknowledge", server.frozen.charter.custodian)
    item = followed(server, another).mailbox.items[1]
    receipt = withholding(server, filed)
    thread = followed(server, filed, receipt)
    text = evidence.withheld_item(
        channel=server.channel,
        head=filed.receipt.heads[0],
        later=thread.mailbox.head_note,
        items=thread.mailbox.hashes,
        opening={**events.opening(item.event, bytes.fromhex(item.r)), "body": item.body},
        proof=server.get(f"/api/v1/record/proof/{leaf_hash(case_entry(item.commitment)).hex()}").decode(),
    )
    with pytest.raises(BadEvidence, match="not the mailbox's item"):
        verify_evidence(text.encode(), None)


def test_a_slow_request_is_not_called_withholding(server: TinyServer, filed: Filed) -> None:
    answered(server, filed)
    server.cut = 1
    server.now += 60
    receipt = learned(server, filed)
    server.cut = 0
    assert followed(server, filed, receipt).noticed == ()


def test_a_clock_that_was_ahead_and_is_set_right_is_not_called_withholding(server: TinyServer, filed: Filed) -> None:
    server.now += 7200
    receipt = learned(server, filed)
    server.now -= 7100
    answered(server, filed)
    assert followed(server, filed, receipt).noticed == ()


def test_a_checkpoint_shown_a_day_late_is_not_called_back_dated(server: TinyServer, filed: Filed) -> None:
    server.now += DAY
    receipt = learned(server, filed)
    server.log.shift = -DAY
    answered(server, filed)
    assert followed(server, filed, receipt).noticed == ()


def test_evidence_with_a_flipped_bit_or_of_another_log_convinces_nobody(server: TinyServer, filed: Filed) -> None:
    receipt = withholding(server, filed)
    data = followed(server, filed, receipt).noticed[0].evidence.encode()
    bits = counting_random("bits")
    for _ in range(200):
        bit = int.from_bytes(bits(4), "big") % (len(data) * 8)
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadEvidence) as caught:
            verify_evidence(bytes(flipped), server.channel)
        assert "\n" not in str(caught.value)


def test_evidence_is_written_once_however_often_it_is_found(server: TinyServer, filed: Filed, tmp_path: Path) -> None:
    files = CaseFiles(tmp_path / "mine")
    receipt = withholding(server, filed)
    for _ in range(3):
        thread = followed(server, filed, receipt)
        assert thread.receipt is not None
        receipt = thread.receipt
        for row in thread.noticed:
            files.write_evidence(row.evidence)
        server.now += 61
    assert [path.name for path in tmp_path.iterdir()] == ["mine.evidence"]
