# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seat's inbox: what is for it is found, what is not is dropped in silence, what is forged is not believed."""

from pathlib import Path
from typing import Any

import pytest
from desk_server import DeskServer, Seat, filed_at
from test_filing import wish_of
from tiny_record import TinyServer, counting_random

from demur.client.answering import Answering
from demur.client.errors import BadAnswer, BadKeyFile, ClientError
from demur.client.fetching import fetch_filing
from demur.client.gaps import Gap
from demur.client.grants import Grant, open_grant, seal_grant
from demur.client.inbox import Index, Known, index_path, load_index, save_index
from demur.client.restored import gap_of
from demur.client.seatline import SeatLine
from demur.seal.age import files as age
from demur.seal.keyfile import SeatKey


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


def grant_item(server: DeskServer, grant: Grant, *, giver: str, signer: SeatKey, origin: str = "") -> bytes:
    """A grant to the secretary as the client of `giver` would seal it, signed by `signer`."""
    place = {"charter": server.charter, "roster": server.roster, "seq": 2, "prev": "0" * 64}
    return seal_grant(
        grant,
        to="secretary",
        recipient=server.seats["secretary"].identity.recipient.text,
        giver=giver,
        reason="Because.",
        place={**place, "origin": origin or server.log.origin},
        key=signer.signing,
        random=counting_random("grant"),
    )


def test_a_seat_finds_its_cases_among_items_that_are_not_for_it(server: DeskServer) -> None:
    filed = filed_at(server)
    for seed in ("a", "b", "c"):
        filed_at(server, wish_of(recused=frozenset({"secretary"})), seed)
    secretary, custodian = Seat(server, "secretary"), Seat(server, "custodian")
    assert secretary.look().faults == ()
    assert list(secretary.index.cases) == [filed.key.case]
    custodian.look()
    assert len(custodian.index.cases) == 4
    assert (secretary.index.after, custodian.index.after) == (4, 4)


def test_the_inbox_is_read_on_from_where_the_index_ends(server: DeskServer) -> None:
    filed_at(server)
    secretary = Seat(server, "secretary")
    secretary.look()
    asked = len(server.nonces)
    filed_at(server, seed="second")
    secretary.look()
    assert len(secretary.index.cases) == 2
    assert len(server.nonces) == asked + 1


def test_what_cannot_be_opened_is_dropped_in_silence(server: DeskServer) -> None:
    server.inboxes["secretary"] = [b"", b"age-encryption.org/v1\nnonsense", bytes(2048)]
    secretary = Seat(server, "secretary")
    assert secretary.look().faults == ()
    assert (secretary.index.after, secretary.index.cases) == (3, {})


def test_an_inbox_that_was_renumbered_is_read_from_its_beginning(server: DeskServer) -> None:
    """A restore gives the numbers of items that it lost to others: read on from where the index ends, those would never be seen."""
    filed_at(server, seed="stays")
    secretary, before = Seat(server, "secretary"), server.inboxes["secretary"]
    filed_at(server, seed="lost")
    secretary.look()
    server.inboxes["secretary"] = before[:1]
    new = [filed_at(server, seed=seed).key.case for seed in ("new", "newer", "newest")]
    assert secretary.look().faults == ()
    assert set(new) <= set(secretary.index.cases)
    assert secretary.index.after == 4
    asked = len(server.nonces)
    secretary.look()
    assert len(server.nonces) == asked + 1, "and not again"
    server.inboxes["secretary"] = before[:1]
    secretary.look()
    assert secretary.index.after == 1, "fewer items than were looked at are read anew too"
    server.inboxes["secretary"] = []
    assert secretary.look().index.after == 0


@pytest.mark.adversary
def test_a_faulty_item_is_told_once_and_takes_no_other_away(server: DeskServer) -> None:
    filed_at(server)
    grant = Seat(server, "custodian").known(filed_at(server, seed="x")).grant
    server.inboxes["secretary"].append(grant_item(server, grant, giver="", signer=server.seats["custodian"]))
    secretary, honest = Seat(server, "secretary"), server.on_get_seats
    assert len(secretary.look().faults) == 1
    assert secretary.look().faults == ()
    filed_at(server, seed="second")

    def garbled(*asked: Any) -> Any:
        told = honest(*asked)
        return {**told, "items": [{**row, "file": "!" if row["n"] == 1 else row["file"]} for row in told["items"]]}

    server.on_get_seats = garbled  # type: ignore[method-assign]
    server.nonces.clear()
    other = Seat(server, "secretary")
    assert "garbled" in other.look().faults[0]
    assert len(other.index.cases) == 2


def test_an_inbox_out_of_order_is_refused(server: DeskServer) -> None:
    filed_at(server)
    secretary = Seat(server, "secretary")
    secretary.index = Index(origin=server.log.origin, seat="secretary", after=0)
    server.on_get_seats = lambda *_: {"items": [{"n": 0, "file": ""}], "more": False}  # type: ignore[method-assign]
    with pytest.raises(BadAnswer, match="not in order"):
        secretary.look()
    server.on_get_seats = lambda *_: {"items": [], "more": True}  # type: ignore[method-assign]
    with pytest.raises(BadAnswer, match="not an inbox"):
        secretary.look()


def test_a_grant_of_another_channel_is_told_and_not_used(server: DeskServer) -> None:
    other = DeskServer("practice-ffffffffffffffff")
    other.seats = server.seats  # one person, one key, two channels
    filed_at(server)
    grant = Seat(server, "secretary").known(filed_at(server, seed="x")).grant
    item = grant_item(server, grant, giver="custodian", signer=server.seats["custodian"], origin=other.log.origin)
    with pytest.raises(BadAnswer, match="another origin"):
        open_grant(item, server.seats["secretary"], seat="secretary", origin=server.log.origin)


def test_a_grant_for_another_seat_is_not_used(server: DeskServer) -> None:
    filed = filed_at(server)
    item = server.inboxes["secretary"][0]
    with pytest.raises(BadAnswer, match="another seat"):
        open_grant(item, server.seats["secretary"], seat="custodian", origin=server.log.origin)
    assert open_grant(item, server.seats["custodian"], seat="custodian", origin=server.log.origin) is None
    found = open_grant(item, server.seats["secretary"], seat="secretary", origin=server.log.origin)
    assert found is not None
    assert found.case == filed.key.case


def test_a_first_grant_that_somebody_else_than_its_author_signed_is_forged(server: DeskServer) -> None:
    filed_at(server)
    secretary = Seat(server, "secretary")
    secretary.look()
    grant = next(iter(secretary.index.cases.values())).grant
    server.inboxes["secretary"].append(grant_item(server, grant, giver="", signer=server.seats["custodian"]))
    found = secretary.look()
    assert "forged" in found.faults[0]


def test_a_grant_that_a_seat_gave_in_silence_is_not_used(server: DeskServer) -> None:
    """A reader can pass a key on, but makes no reader of the channel: there is no event."""
    filed = filed_at(server, wish_of(recused=frozenset({"secretary"})))
    grant = Seat(server, "custodian").known(filed).grant
    server.inboxes["secretary"].append(grant_item(server, grant, giver="custodian", signer=server.seats["custodian"]))
    secretary = Seat(server, "secretary")
    found = secretary.look()
    assert "in silence" in found.faults[0]
    assert not secretary.index.cases
    assert secretary.index.after == 2


def test_a_grant_with_its_event_makes_a_reader(server: DeskServer) -> None:
    filed = filed_at(server)
    custodian, head = Seat(server, "custodian"), Seat(server, "agency-head")
    fetched = fetch_filing(custodian.desk, custodian.known(filed))
    Answering(desk=custodian.desk, fetched=fetched).grant("agency-head", reason="She owns the file.")
    known = head.known(filed)
    assert (known.grant.giver, known.grant.signer) == ("custodian", server.seats["custodian"].signing.public.hex())
    assert fetch_filing(head.desk, known).filing.dissent.claims


def test_an_event_does_not_cover_a_grant_signed_by_somebody_else(server: DeskServer) -> None:
    filed = filed_at(server)
    custodian, head = Seat(server, "custodian"), Seat(server, "agency-head")
    fetched = fetch_filing(custodian.desk, custodian.known(filed))
    Answering(desk=custodian.desk, fetched=fetched).grant("agency-head", reason="She owns the file.")
    event = server.cases[filed.key.case].items[-1]["event"]
    place = {name: event[name] for name in ("origin", "charter", "roster", "seen", "key")}
    server.inboxes["agency-head"][-1] = seal_grant(
        fetched.known.grant,
        to="agency-head",
        recipient=server.seats["agency-head"].identity.recipient.text,
        giver="custodian",
        reason="Forged.",
        place=place,
        key=server.seats["deputy"].signing,
        random=counting_random("forged"),
    )
    assert "not signed by that seat" in head.look().faults[0]


def test_a_known_case_keeps_the_grant_it_came_with(server: DeskServer) -> None:
    filed = filed_at(server)
    known = Seat(server, "secretary").known(filed)
    index = (
        Index(origin=server.log.origin, seat="secretary")
        .with_grant(known.grant)
        .with_seen(Known(grant=known.grant, seen=3, last="ab", size=9, at=7))
    )
    other = Grant(**{**vars(known.grant), "token": "0" * 64})
    assert index.with_grant(other) == index


def line_of(server: TinyServer, seat: str, key: SeatKey) -> SeatLine:
    return SeatLine(
        server=server,
        channel=server.channel,
        seat=seat,
        key=key,
        random=counting_random("line"),
        clock=lambda: server.now,
    )


def test_the_index_survives_on_the_disk_sealed_to_its_seat(server: DeskServer, tmp_path: Path) -> None:
    filed = filed_at(server)
    secretary = Seat(server, "secretary")
    known = secretary.known(filed)
    path = index_path(tmp_path / "secretary.key")
    save_index(path, secretary.index, secretary.line)
    assert path.name == "secretary.key.index"
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_index(path, secretary.line) == secretary.index
    data = path.read_bytes()
    for secret in (known.grant.case, known.grant.token, known.grant.case_key):
        assert secret.encode() not in data
    with pytest.raises(BadKeyFile, match="not made with this key"):
        load_index(path, line_of(server, "deputy", server.seats["deputy"]))


def test_an_index_that_somebody_planted_is_refused(server: DeskServer, tmp_path: Path) -> None:
    """Whoever knows the public key can seal to it; only the seat can sign."""
    secretary, path = server.seats["secretary"], tmp_path / "k.index"
    path.write_bytes(age.encrypt(b"{}", [secretary.identity.recipient]))
    with pytest.raises(BadKeyFile):
        load_index(path, line_of(server, "secretary", secretary))
    mixed = SeatKey(identity=secretary.identity, signing=server.seats["deputy"].signing, seat="", created=0)
    save_index(path, Index(origin=server.log.origin, seat="secretary"), line_of(server, "secretary", mixed))
    with pytest.raises(BadKeyFile, match="not made with this key"):
        load_index(path, line_of(server, "secretary", secretary))


def test_an_index_of_another_channel_is_refused(server: DeskServer, tmp_path: Path) -> None:
    key, other = server.seats["secretary"], DeskServer("practice-ffffffffffffffff")
    line = line_of(other, "secretary", key)
    save_index(tmp_path / "k.index", Index(origin=other.log.origin, seat="secretary"), line)
    with pytest.raises(ClientError, match="another channel or seat"):
        load_index(tmp_path / "k.index", line_of(server, "secretary", key))


def test_a_missing_index_is_an_empty_one(server: DeskServer, tmp_path: Path) -> None:
    line = line_of(server, "secretary", server.seats["secretary"])
    assert load_index(tmp_path / "none", line) == Index(origin=server.log.origin, seat="secretary")


def test_a_case_is_found_by_the_beginning_of_its_id(server: DeskServer) -> None:
    secretary = Seat(server, "secretary")
    grants = [secretary.known(filed_at(server, seed=seed)).grant for seed in ("one", "two")]
    index = Index(origin="x", seat="secretary", cases={grant.case: Known(grant=grant) for grant in grants})
    assert index.find(grants[0].case[:8]).grant == grants[0]
    alike = [Grant(**{**vars(grants[0]), "case": "ab" * 15 + ending}) for ending in ("00", "11")]
    twins = Index(origin="x", seat="secretary", cases={grant.case: Known(grant=grant) for grant in alike})
    with pytest.raises(ClientError, match="2 cases start with 'ab'"):
        twins.find("ab")
    for wrong in ("", "zz"):
        with pytest.raises(ClientError, match="No case"):
            index.find(wrong)


@pytest.mark.parametrize("seat", ["", "S", "a,b", "a/b", "a\r\nb", "x" * 65])
def test_what_is_no_seat_id_gets_no_line(server: DeskServer, seat: str) -> None:
    with pytest.raises(ClientError, match="not the id of a seat"):
        line_of(server, seat, server.seats["secretary"])


@pytest.mark.adversary
@pytest.mark.parametrize(
    ("size", "at", "excused"), [(15, 12, True), (20, -1, True), (0, -1, True), (21, 12, False), (15, 9, False)]
)
def test_a_gap_excuses_what_was_seen_before_it_and_what_the_backup_did_not_hold(
    server: DeskServer, size: int, at: int, excused: bool
) -> None:
    grant = Seat(server, "secretary").known(filed_at(server)).grant
    gap = Gap(index=20, first=10, time=1)
    known = Known(grant=grant, seen=3, last="ab", size=size, at=at)
    assert gap_of(known, [gap]) == (gap if excused else None)
    assert gap_of(known, []) is None
