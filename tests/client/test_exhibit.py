# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exhibits: each shows what it says and nothing else, and every byte of it is checked."""

import base64
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from test_filing import TEXT, filed_at, wish_of
from test_following import answered, author, sealed_by
from tiny_record import NOW, TinyServer

from demur import canonical
from demur.charter.officers import sign_statement
from demur.client.authorkey import AuthorKey
from demur.client.disclosing import REVEALS, SHOWS, Fetched, fetch_for, make_exhibit
from demur.client.errors import BadExhibit, BadKeyFile, ClientError
from demur.client.exhibit import Exhibit, Placed, Unsealed
from demur.client.exhibit_checks import verify_exhibit
from demur.client.exhibited import Shown
from demur.client.following import follow
from demur.client.lookups import Record
from demur.client.receipt import Receipt
from demur.client.verifying import verify_file, verify_with_exhibit
from demur.client.wish import Attachment
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.documents.short import short
from demur.seal.age import files as age
from demur.seal.errors import FormatError

TO = "The labour court of Utrecht, case 12/27"
COMBINATIONS = [
    frozenset(shows) | {"existence"} for n in range(len(SHOWS)) for shows in itertools.combinations(SHOWS[1:], n + 1)
]


@dataclass(frozen=True, kw_only=True)
class Story:
    """One answered case with everything that its author holds."""

    server: TinyServer
    key: AuthorKey
    receipt: Receipt
    sealed: bytes
    answers: Fetched
    both: Fetched  # the author's own acts too

    def exhibit(self, *shows: str, **changes: object) -> Exhibit:
        wanted = frozenset(shows)
        fetched = (self.both if "text" in wanted else self.answers) if "answers" in wanted else None
        given = {
            "sealed": self.sealed,
            "fetched": fetched,
            "to": TO if "authorship" in wanted else "",
            "now": self.server.now,
            **changes,
        }
        return make_exhibit(wanted, self.key, self.receipt, **given)  # type: ignore[arg-type]

    def shown(self, exhibit: Exhibit) -> Shown:
        found = verify_file(exhibit.written.encode(), lambda _: True, must_be_known=True, now=self.server.now + 10**8)
        assert isinstance(found, Shown)
        return found


@pytest.fixture(scope="module")
def story() -> Story:
    """Amina files with an attachment; the custodian acknowledges, Amina writes, the custodian replies."""
    server = TinyServer()
    filed = filed_at(server, wish_of(attachments=(Attachment(name="counts.csv", data=b"week,count\n"),)))
    case, seat = server.cases[filed.key.case], server.frozen.charter.custodian
    server.now += 60
    server.act(case, "acknowledge", seat)
    author(server, filed).message("When is the count?", None)
    server.now += 60
    reply = Reply(
        outcome="in_part",
        text="Thank you.",
        answers=tuple(Answer(claim=n, kind="answered", text=f"Answer {n}.") for n in (1, 2)),
    )
    body = sealed_by(server, filed, seat, "reply", reply.json)
    server.act(case, "reply", seat, body=body, outcome="in_part", answered=2, referred=0, declined=0)
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert thread.receipt is not None
    record = Record(server=server, channel=server.channel)
    return Story(
        server=server,
        key=filed.key,
        receipt=thread.receipt,
        sealed=filed.sealed_body,
        answers=fetch_for(thread, record, answers=True, own=False),
        both=fetch_for(thread, record, answers=True, own=True),
    )


@pytest.mark.parametrize("shows", COMBINATIONS, ids=lambda shows: "+".join(sorted(shows)))
def test_every_combination_is_canonical_and_shows_what_it_says(story: Story, shows: frozenset[str]) -> None:
    exhibit = story.exhibit(*shows)
    assert Exhibit.parse(exhibit.written.encode()).written == exhibit.written
    implied = {"time-and-charter"} if "answers" in shows else set()
    assert set(story.shown(exhibit).shows) == shows | implied
    assert set(REVEALS) == set(SHOWS)


def test_existence_shows_places_and_times(story: Story) -> None:
    shown = story.shown(story.exhibit("existence"))
    assert shown.document["indexes"] == [2, 3]
    assert shown.document["promised_at"] == NOW
    assert (shown.received, shown.text, shown.answers, shown.authorship) == (None, None, (), None)


def test_time_and_charter_tells_when_and_under_which(story: Story) -> None:
    shown = story.shown(story.exhibit("time-and-charter"))
    assert shown.received is not None
    assert (shown.received["time"], shown.received["charter"]) == (NOW, story.server.charter)
    assert shown.frozen is None
    fetched = story.shown(story.exhibit("time-and-charter", fetched=Fetched(charter=story.answers.charter)))
    assert fetched.document["time_and_charter"]["charter_id"] == story.server.frozen.charter.id


def test_text_is_the_filed_one_byte_for_byte_and_names_its_attachments(story: Story) -> None:
    shown = story.shown(story.exhibit("text"))
    assert shown.text is not None
    assert shown.text.original == TEXT
    given = {"dissent.txt": TEXT, "counts.csv": b"week,count\n"}
    assert verify_with_exhibit(shown, given).given == {"dissent.txt": "text", "counts.csv": "attachment 1"}
    with pytest.raises(BadExhibit, match="byte for byte"):
        verify_with_exhibit(shown, {"dissent.txt": TEXT + b" "})
    with pytest.raises(BadExhibit, match="does not show the text"):
        verify_with_exhibit(story.shown(story.exhibit("existence")), given)


def test_answers_tell_who_answered_what_and_when_it_was_in_the_record(story: Story) -> None:
    shown = story.shown(story.exhibit("answers"))
    assert [(row.event["seq"], row.event["type"], row.office) for row in shown.answers] == [
        (2, "acknowledge", "practice custodian"),
        (4, "reply", "practice custodian"),
    ]
    assert shown.answers[1].recorded == NOW + 120
    assert Reply.parse(shown.answers[1].document).text == "Thank you."
    assert shown.hidden == [3]
    assert set(shown.files) == {"4-reply.json"}


def test_with_the_text_the_authors_own_words_stand_between_the_answers(story: Story) -> None:
    shown = story.shown(story.exhibit("answers", "text"))
    assert [row.event["seq"] for row in shown.answers] == [2, 3, 4]
    assert shown.answers[1].document == short("message", "When is the count?")
    assert not shown.hidden
    assert set(shown.files) == {"dissent.json", "original.txt", "3-message.json", "4-reply.json"}


def test_authorship_says_whether_the_text_beside_it_is_by_the_same_key(story: Story) -> None:
    alone, with_text = (story.shown(story.exhibit("authorship", *more)).authorship for more in ((), ("text",)))
    assert alone is not None
    assert with_text is not None
    assert (alone.to, alone.filed, with_text.filed) == (TO, False, True)
    assert alone.by == with_text.by == story.key.keys.signing.public.hex()


# What must not be told


def spellings(secret: bytes) -> Iterator[bytes]:
    """A secret raw, in hex, and in base64 at each of the three places it can start at."""
    yield secret
    yield secret.hex().encode()
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + secret)
        yield code[-(-shift * 4 // 3) : len(code) - 4]


def secrets_of(story: Story) -> list[tuple[bytes, set[str]]]:
    """What an exhibit could tell, and which parts do tell it (spec/exhibit.md, "What each part tells")."""
    key, keys = story.key, story.key.keys
    event = {"time-and-charter", "text", "answers"}
    return [
        (key.words.encode(), set()),
        (keys.entropy, set()),
        (keys.signing.seed, set()),
        (keys.identity.text.encode(), set()),
        (keys.bearer, set()),
        (key.case_key.encode(), set()),
        (bytes.fromhex(key.token), set()),
        (bytes.fromhex(keys.mailbox), set()),
        (bytes.fromhex(key.case), event),
        (bytes.fromhex(story.server.charter), event),
        (bytes.fromhex(story.server.roster), event),
        (bytes.fromhex(key.received["r"]), {"time-and-charter", "answers"}),
        (bytes.fromhex(key.submit["r"]), {"text"}),
        (bytes.fromhex(key.salt), {"text", "answers"}),
        (b"The crossing should stay open.", {"text"}),
        (b"counts.csv", {"text"}),
        (keys.recipient.text.encode(), {"text"}),
        (keys.signing.public, {"text", "authorship"}),
        (TO.encode(), {"authorship"}),
        (b"Thank you.", {"answers"}),
        (b"practice custodian", {"answers"}),
        (b"When is the count?", {"text+answers"}),
    ]


def told(exhibit: Exhibit) -> bytes:
    """All that its reader gets: the file, and what the keys in it open."""
    opened = [exhibit.text, *(row.body for row in exhibit.events)]
    plain = [age.decrypt_with_file_key(part.sealed, part.key) for part in opened if part is not None]
    return b"\n".join([exhibit.written.encode(), *plain])


@pytest.mark.adversary
@pytest.mark.parametrize("show", SHOWS)
def test_an_exhibit_tells_nothing_of_the_parts_it_does_not_show(story: Story, show: str) -> None:
    seen = told(story.exhibit(show))
    for secret, parts in secrets_of(story):
        found = [code for code in spellings(secret) if code in seen]
        assert bool(found) == (show in parts), secret


@pytest.mark.adversary
def test_nothing_that_reads_or_acts_stands_in_an_exhibit_of_everything(story: Story) -> None:
    seen = told(story.exhibit(*SHOWS))
    for secret, parts in secrets_of(story):
        assert bool([code for code in spellings(secret) if code in seen]) == bool(parts), secret


@pytest.mark.adversary
def test_a_key_in_an_exhibit_opens_its_own_file_and_no_other(story: Story) -> None:
    exhibit = story.exhibit("text", "answers")
    parts = [part for part in [exhibit.text, *(row.body for row in exhibit.events)] if part is not None]
    assert len(parts) == 3
    for one, other in itertools.permutations(parts, 2):
        with pytest.raises(FormatError):
            age.decrypt_with_file_key(one.sealed, other.key)


# What must not hold


@pytest.mark.adversary
@pytest.mark.parametrize("shows", [(name,) for name in SHOWS] + [("text", "authorship", "answers")], ids="+".join)
def test_flipped_bits_are_all_refused_with_one_sentence(story: Story, shows: tuple[str, ...]) -> None:
    data = story.exhibit(*shows).written.encode()
    for bit in random.Random(7).sample(range(len(data) * 8), 100):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ClientError) as caught:
            verify_file(bytes(flipped), lambda _: False, must_be_known=False, now=NOW)
        assert "\n" not in str(caught.value)


@pytest.mark.adversary
def test_every_line_that_is_not_bulk_is_checked(story: Story) -> None:
    """Sampling bits hits the sealed text most of the time; here every other line is hit."""
    lines = story.exhibit("text", "authorship", "answers").written.encode().split(b"\n")
    for n, line in enumerate(lines):
        for at in {0, len(line) // 2, max(len(line) - 1, 0)} if line else set():
            changed = [*lines[:n], line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :], *lines[n + 1 :]]
            with pytest.raises(ClientError):
                verify_file(b"\n".join(changed), lambda _: False, must_be_known=False, now=NOW)


@pytest.mark.adversary
def test_a_section_left_out_or_doubled_is_refused_or_shows_less(story: Story) -> None:
    exhibit = story.exhibit("text", "authorship", "answers")
    first, *sections = exhibit.written.split("=== ")
    whole = set(exhibit.shows)
    for n in range(len(sections)):
        for rest in ([*sections[:n], *sections[n + 1 :]], [*sections[: n + 1], *sections[n:]]):
            data = "=== ".join([first, *rest]).encode()
            try:
                found = verify_file(data, lambda _: True, must_be_known=True, now=NOW)
            except ClientError:
                continue
            assert isinstance(found, Shown)
            assert set(found.shows) == whole - {"authorship"}


@pytest.mark.adversary
def test_no_part_can_be_moved_to_another_case(story: Story) -> None:
    other = filed_at(story.server, seed="other")
    thread = follow(story.server, other.key, other.receipt, story.server.channel, now=story.server.now)
    assert thread.receipt is not None
    base = make_exhibit(
        frozenset({"existence"}), other.key, thread.receipt, sealed=None, fetched=None, to="", now=story.server.now
    )
    mine = story.exhibit("text", "authorship", "answers")
    moved = [
        replace(base, received=mine.received),
        replace(base, submit=mine.submit, text=mine.text),
        replace(base, authorship=mine.authorship),
        replace(base, received=other.key.received, charter=mine.charter, rosters=mine.rosters, events=mine.events[:1]),
    ]
    for exhibit in moved:
        with pytest.raises(BadExhibit):
            verify_exhibit(exhibit, story.server.channel, now=story.server.now)


@pytest.mark.adversary
def test_another_sealed_text_under_its_own_key_is_refused(story: Story) -> None:
    other = filed_at(story.server, seed="third")
    text = Unsealed(sealed=other.sealed_body, key=age.file_key_of(other.sealed_body, [other.key.case_identity]))
    with pytest.raises(BadExhibit):
        verify_exhibit(replace(story.exhibit("text"), text=text), None, now=NOW)


@pytest.mark.adversary
def test_authorship_cannot_be_replayed_to_others_or_with_more(story: Story) -> None:
    made = story.exhibit("authorship")
    assert made.authorship is not None
    with pytest.raises(BadExhibit, match="does not hold"):
        verify_exhibit(replace(made, authorship={**made.authorship, "to": "Somebody else"}), None, now=NOW)
    with pytest.raises(BadExhibit, match="another exhibit"):
        verify_exhibit(replace(made, received=story.key.received), None, now=NOW)
    stranger = filed_at(story.server, seed="fourth").key
    forged = json.loads(canonical.dump({**made.authorship, "by": stranger.keys.signing.public.hex()}))
    with pytest.raises(BadExhibit):
        verify_exhibit(replace(made, authorship=forged), None, now=NOW)


@pytest.mark.adversary
def test_a_stranger_cannot_claim_a_text_that_was_shown_to_them(story: Story) -> None:
    stranger = replace(story.key, words=filed_at(story.server, seed="fifth").key.words)
    with pytest.raises(BadExhibit, match="another key"):
        make_exhibit(
            frozenset({"text", "authorship"}),
            stranger,
            story.receipt,
            sealed=story.sealed,
            fetched=None,
            to=TO,
            now=NOW,
        )


@pytest.mark.adversary
def test_the_authors_act_is_not_believed_without_the_text(story: Story) -> None:
    with pytest.raises(BadExhibit, match="without the text"):
        story.exhibit("answers", fetched=story.both)


@pytest.mark.adversary
def test_a_proof_with_something_extra_in_it_is_refused(story: Story) -> None:
    made = story.exhibit("existence")
    padded = tuple(proof.replace("\nindex", "\nextra YWJj\nindex", 1) for proof in made.proofs)
    with pytest.raises(BadExhibit, match="more than it proves"):
        verify_exhibit(replace(made, proofs=padded), None, now=NOW)


@pytest.mark.adversary
def test_seats_that_the_officers_did_not_sign_are_refused(story: Story) -> None:
    made = story.exhibit("answers")
    statement = {**made.rosters[0].statement, "officers": []}
    with pytest.raises(BadExhibit, match="officers"):
        verify_exhibit(replace(made, rosters=(replace(made.rosters[0], statement=statement),)), None, now=NOW)


@pytest.mark.adversary
@pytest.mark.parametrize(
    "changes", [{"serial": "1"}, {"charter": 1}, {"seats": 1}, {"seats": [{}]}, {"type": "charter"}]
)
def test_nonsense_signed_by_the_officer_of_a_strangers_channel_is_one_sentence(changes: dict[str, object]) -> None:
    server = TinyServer()
    filed = filed_at(server)
    answered(server, filed)
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert thread.receipt is not None
    record = Record(server=server, channel=server.channel)
    fetched = fetch_for(thread, record, answers=True, own=False)
    made = make_exhibit(
        frozenset({"answers"}), filed.key, thread.receipt, sealed=None, fetched=fetched, to="", now=server.now
    )
    plain = {name: value for name, value in server.roster_statement.items() if name != "officers"}
    nonsense = sign_statement({**plain, **changes}, server.officer.signing)
    leaf = bytes.fromhex(server.publish(nonsense))
    placed = record.proof(leaf)
    assert placed is not None
    with pytest.raises(BadExhibit):
        verify_exhibit(replace(made, rosters=(Placed(statement=nonsense, proof=placed.text),)), None, now=server.now)


def test_an_exhibit_of_another_channel_is_refused(story: Story) -> None:
    other = TinyServer("practice-ffeeddccbbaa0099").channel
    with pytest.raises(BadExhibit, match="another channel"):
        verify_exhibit(story.exhibit("existence"), other, now=NOW)


# What cannot be made


def test_what_cannot_be_shown_is_said_in_one_sentence(story: Story) -> None:
    with pytest.raises(BadKeyFile, match="sealed copy"):
        story.exhibit("text", sealed=None)
    with pytest.raises(BadKeyFile, match="not the one that was filed"):
        story.exhibit("text", sealed=story.sealed + b" ")
    with pytest.raises(BadExhibit, match="to whom"):
        story.exhibit("authorship", to=" ")
    with pytest.raises(BadExhibit, match="2000"):
        story.exhibit("authorship", to="x" * 2001)
    with pytest.raises(BadExhibit, match="on the server"):
        story.exhibit("answers", fetched=None)
    with pytest.raises(BadExhibit, match="can show"):
        story.exhibit("everything")


def test_without_an_answer_there_is_no_exhibit_of_answers() -> None:
    server = TinyServer()
    filed = filed_at(server)
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    with pytest.raises(BadExhibit, match="No answer"):
        fetch_for(thread, Record(server=server, channel=server.channel), answers=True, own=True)


def test_an_exhibit_made_before_the_tick_holds_until_the_promise_is_due() -> None:
    server = TinyServer()
    filed = filed_at(server)
    made = make_exhibit(
        frozenset({"existence"}), filed.key, filed.receipt, sealed=None, fetched=None, to="", now=server.now
    )
    assert not verify_exhibit(made, server.channel, now=server.now).findings.recorded
    with pytest.raises(BadExhibit, match="due"):
        verify_exhibit(made, server.channel, now=server.now + 10**6)


def test_a_reply_whose_event_says_otherwise_is_shown_with_its_fault() -> None:
    server = TinyServer()
    filed = filed_at(server)
    answered(server, filed, counts=(0, 2, 0))
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert thread.receipt is not None
    fetched = fetch_for(thread, Record(server=server, channel=server.channel), answers=True, own=False)
    made = make_exhibit(
        frozenset({"answers"}), filed.key, thread.receipt, sealed=None, fetched=fetched, to="", now=server.now
    )
    assert verify_exhibit(made, None, now=server.now).answers[1].fault == "answered"
