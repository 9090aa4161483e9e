# SPDX-License-Identifier: AGPL-3.0-or-later
"""Filing: what is sealed to whom, and that no answer of a server is believed."""

import dataclasses
import hashlib
from pathlib import Path

import pytest
from tiny_record import NOW, TinyServer, counting_random

from demur import canonical
from demur.client.directory import InForce, read_directory
from demur.client.errors import BadAnswer, ClientError, ClockDiffers, KeyTooNew, NotOpen, TooLarge
from demur.client.filing import PreparedFiling, prepare
from demur.client.submitting import Filed, pending_bytes, read_pending, submit
from demur.client.wish import Attachment, Wish, who_reads
from demur.dissent.bundle import unpack_bundle
from demur.dissent.documents.dissent import Dissent, from_text
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.errors import CannotOpen, SealError

TEXT = b"The crossing should stay open.\n\nThe count was taken in the wrong week.\n\nThe road is shut on eleven days.\n"


def wish_of(**changes: object) -> Wish:
    """A small dissent with two claims."""
    wish = Wish(dissent=from_text(TEXT, name="dissent.txt", claims=[2, 3]), original=TEXT)
    return dataclasses.replace(wish, **changes)


def prepared_for(server: TinyServer, wish: Wish | None = None, seed: str = "author") -> PreparedFiling:
    """A filing sealed for `server`."""
    in_force = read_directory(server, server.channel, now=server.now)
    limits = server.get_json("/api/v1/limits")
    return prepare(
        wish or wish_of(), in_force, address=server.address, limits=limits, now=server.now, random=counting_random(seed)
    )


def filed_at(server: TinyServer, wish: Wish | None = None, seed: str = "author") -> Filed:
    """A filing, sent and answered."""
    return submit(server, prepared_for(server, wish, seed), server.channel, now=lambda: server.now)


@pytest.fixture
def server() -> TinyServer:
    return TinyServer()


@pytest.fixture
def in_force(server: TinyServer) -> InForce:
    return read_directory(server, server.channel, now=server.now)


def test_the_original_reaches_a_reader_byte_for_byte(server: TinyServer) -> None:
    prepared = prepared_for(server, wish_of(attachments=(Attachment(name="tab.csv", data=b"a,b\r\n"),)))
    files = dict(unpack_bundle(prepared.bundle)[1])
    seat = next(reader.seat.id for reader in who_reads(read_directory(server, server.channel, now=NOW), wish_of()))
    grant = container.unpack(age.decrypt(files[f"grant:{seat}"], [server.seats[seat].identity]), by=None, floor=2048)
    case = canonical.load_object(grant.files["case.json"])
    identity = HybridIdentity.parse(case["case_key"])
    body = container.unpack(age.decrypt(files["body"], [identity]), by=bytes.fromhex(case["author"]))
    assert body.files["dissent.txt"] == TEXT
    assert Dissent.parse(body.files["dissent.json"]).claims[0].text == "The count was taken in the wrong week."
    attachment = container.unpack(age.decrypt(files["attachment"], [identity]), by=bytes.fromhex(case["author"]))
    assert attachment.files == {"tab.csv": b"a,b\r\n"}
    assert body.manifest["attachments"][0]["sha256"] == hashlib.sha256(b"a,b\r\n").hexdigest()


def test_every_reading_seat_gets_an_item_of_one_size_and_only_readers_can_open_theirs(
    server: TinyServer, in_force: InForce
) -> None:
    recused = sorted(seat.id for seat in in_force.frozen.charter.reading_seats)[0]
    wish = wish_of(recused=frozenset({recused}))
    files = unpack_bundle(prepared_for(server, wish).bundle)[1]
    grants = {role.removeprefix("grant:"): data for role, data in files if role.startswith("grant:")}
    assert sorted(grants) == sorted(seat.id for seat in in_force.frozen.charter.reading_seats)
    assert len({len(data) for data in grants.values()}) == 1
    readers = {reader.seat.id for reader in who_reads(in_force, wish)}
    assert recused not in readers
    for seat, data in grants.items():
        if seat in readers:
            assert age.decrypt(data, [server.seats[seat].identity])
        else:
            with pytest.raises(CannotOpen):
                age.decrypt(data, [server.seats[seat].identity])


def test_no_secret_of_the_author_goes_over_the_wire_in_clear(server: TinyServer) -> None:
    prepared = prepared_for(server)
    secrets = [prepared.draft["case_key"].encode(), bytes.fromhex(prepared.draft["token"]), TEXT[:24]]
    secrets += [prepared.draft["token"].encode(), prepared.draft["words"].encode()]
    assert not [secret for secret in secrets if secret in prepared.bundle]


def test_the_same_randomness_seals_the_same_header(server: TinyServer) -> None:
    first, second = prepared_for(server), prepared_for(server)
    assert first.draft["case"] == second.draft["case"]
    assert first.draft["submit"]["r"] == second.draft["submit"]["r"]
    assert prepared_for(server, seed="another").draft["case"] != first.draft["case"]


def test_a_filing_leaves_a_receipt_and_a_key_that_fit_each_other(server: TinyServer) -> None:
    filed = filed_at(server)
    filed.key.check_promise(filed.receipt.opened_promise())
    assert not filed.receipt.verify(server.channel, now=NOW).recorded
    assert filed.key.received_event["time"] == NOW


def test_a_lost_answer_files_once(server: TinyServer) -> None:
    server.lost_answers = 1
    filed = filed_at(server)
    assert list(server.cases) == [filed.key.case]


def test_an_unsent_filing_is_the_same_filing_when_read_back(server: TinyServer) -> None:
    prepared = prepared_for(server)
    data = pending_bytes(prepared, server.channel, wish=wish_of())
    again = read_pending(data, server.channel, wish=wish_of(), folder=Path())
    assert again == prepared
    server.now += 3600
    late = submit(server, again, server.channel, now=lambda: server.now)
    assert submit(server, again, server.channel, now=lambda: server.now).key == late.key


def test_an_unsent_filing_of_another_text_is_not_sent_by_mistake(server: TinyServer) -> None:
    data = pending_bytes(prepared_for(server), server.channel, wish=wish_of())
    with pytest.raises(ClientError, match="sealed with other text;"):
        read_pending(data, server.channel, wish=wish_of(original=b"something else"), folder=Path())


def test_a_promise_far_from_our_clock_is_refused_unless_accepted(server: TinyServer) -> None:
    prepared = prepared_for(server)
    server.now += 301
    with pytest.raises(ClockDiffers, match="301 seconds"):
        submit(server, prepared, server.channel, now=lambda: NOW)
    assert submit(server, prepared, server.channel, now=lambda: NOW, accept_clock=True).key.case in server.cases


def test_an_answer_of_another_channel_is_refused(server: TinyServer) -> None:
    prepared = prepared_for(server)
    other = TinyServer("practice-ffeeddccbbaa0099")
    with pytest.raises(BadAnswer):
        submit(server, prepared, other.channel, now=lambda: NOW)


def test_a_log_that_records_other_bodies_than_were_sent_is_refused(server: TinyServer) -> None:
    prepared = prepared_for(server)
    changed = dataclasses.replace(prepared, bodies=(*prepared.bodies[:-1], "0" * 64))
    with pytest.raises(BadAnswer, match="bodies"):
        submit(server, changed, server.channel, now=lambda: NOW)


def test_limits_are_checked_before_anything_is_sealed(server: TinyServer, in_force: InForce) -> None:
    for limits, part in (
        ({"text_bytes": 10}, "text has"),
        ({"claims": 1}, "claims"),
        ({"request_bytes": 50}, "together"),
    ):
        with pytest.raises(TooLarge, match=part):
            prepare(wish_of(), in_force, address="", limits=limits, now=NOW, random=counting_random("x"))


def test_a_key_that_is_too_new_is_refused_until_the_author_accepts_it(in_force: InForce) -> None:
    charter = dataclasses.replace(in_force.frozen.charter, key_wait_hours=48)
    frozen = dataclasses.replace(in_force.frozen, charter=charter)
    strict = dataclasses.replace(in_force, frozen=frozen)
    everyone = frozenset(reader.seat.id for reader in who_reads(strict, wish_of()))
    with pytest.raises(KeyTooNew, match="--accept-new-key") as caught:
        prepare(wish_of(), strict, address="", limits={}, now=NOW, random=counting_random("x"))
    assert set(caught.value.seats) == everyone
    prepared = prepare(wish_of(new_keys=everyone), strict, address="", limits={}, now=NOW, random=counting_random("x"))
    assert prepared.draft["manifest"]["new_keys"] == sorted(everyone)
    aged = dataclasses.replace(strict, read_at=strict.roster_since + 172_800)
    assert prepare(wish_of(), aged, address="", limits={}, now=NOW, random=counting_random("x"))


def test_an_unknown_seat_is_named(server: TinyServer) -> None:
    with pytest.raises(ClientError, match="no reading seat 'nobody'"):
        prepared_for(server, wish_of(recused=frozenset({"nobody"})))


def test_a_channel_that_is_not_open_takes_nothing(in_force: InForce) -> None:
    closed = dataclasses.replace(in_force, roster=None)
    with pytest.raises(NotOpen, match="other doors"):
        prepare(wish_of(), closed, address="", limits={}, now=NOW, random=counting_random("x"))


def test_a_file_name_that_could_deceive_is_refused_before_sending(server: TinyServer) -> None:
    with pytest.raises(SealError, match="rename"):
        prepared_for(server, wish_of(attachments=(Attachment(name="a\x1b[2J", data=b"x"),)))
