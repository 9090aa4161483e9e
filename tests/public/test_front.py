# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public page says what the charter says and what is so: no promise more, no vacancy or limit less."""

import re
import shlex
from dataclasses import replace

import click
import pytest
from sample_channel import NOW, channel, page, read

from demur.charter.builtin import builtin_names
from demur.cli.main import run
from demur.people.inforce import ChannelInForce

OPEN = channel()


@pytest.mark.parametrize("name", builtin_names())
@pytest.mark.parametrize("language", ["en", "id"])
def test_every_built_in_charter_is_shown_with_its_seats_and_doors(name: str, language: str) -> None:
    value = channel(name)
    text = read(page(value, language=language)).text

    assert value.frozen is not None
    charter = value.frozen.charter
    own = [seat.title for seat in charter.seats] + [door.name for door in charter.outer_doors]
    own += [row.to for row in charter.referrals] + [charter.title, charter.scope.subject, *charter.unconfirmed]
    assert [words for words in own if " ".join(words.split()) not in text] == []


def test_a_vacant_seat_is_shown_as_vacant_and_a_filled_one_by_its_holder() -> None:
    first, *others = OPEN.seats
    html = page(replace(OPEN, seats=(replace(first, holder="", vacant=True), *others)))
    rows = {row.text.strip() for row in read(html).all("tr")}

    assert f"{first.title}vacant: nobody can read with this seat now" in rows
    assert f"{others[0].title}{others[0].holder}" in rows
    assert "vacant" not in page(OPEN)


def test_a_seat_whose_holder_is_not_named_is_not_shown_as_vacant() -> None:
    first, *others = OPEN.seats
    text = read(page(replace(OPEN, seats=(replace(first, holder=""), *others)))).text

    assert "filled; the holder's name is not published" in text
    assert "vacant" not in text


def test_a_seat_that_does_not_read_is_not_among_the_readers() -> None:
    watching = next(seat for seat in OPEN.seats if not seat.reads)
    readers = next(table for table in read(page(OPEN)).all("table") if "Office" in table.text)

    assert watching.title not in readers.text
    assert f"{watching.title} gets the opening of every event, sealed to its key when it asks" in read(page(OPEN)).text


@pytest.mark.parametrize(
    ("earlier", "acknowledged", "aimed", "replied"),
    [
        # Thanksgiving and the weekend do not count: two working days after Wednesday 25 November are Monday 30 November.
        (0, "2026-11-30", "2027-01-11", "2027-02-24"),
        (2 * 86_400, "2026-11-25", "2027-01-07", "2027-02-22"),
    ],
)
def test_the_dates_are_those_a_case_filed_now_would_get(
    earlier: int, acknowledged: str, aimed: str, replied: str
) -> None:
    found = read(page(OPEN, at=NOW - earlier))

    assert [time.attributes["datetime"] for time in found.all("time")][:3] == [acknowledged, aimed, replied]


def test_a_date_is_written_with_its_weekday() -> None:
    assert "Monday, 30\u00a0November\u00a02026" in page(OPEN)


def test_the_time_zone_of_the_dates_is_named() -> None:
    assert "America/New_York" in read(page(OPEN)).text


def test_an_ended_calendar_promises_no_date_and_says_so() -> None:
    text = read(page(OPEN, at=NOW + 15 * 366 * 86400)).text

    assert "no date can be promised" in text
    assert "If you filed today" not in text


def test_a_practice_channel_says_so_first() -> None:
    found = read(page(replace(OPEN, practice=True)))

    assert found.text.removeprefix("Skip to the content").strip().startswith("Practice. One person plays everybody")
    assert found.all("title")[0].text.startswith("Practice.")
    # In practice the officer's key lies in the installation: the page must not say otherwise.
    assert "never touch this server" not in found.text


def test_a_real_channel_is_not_marked_as_practice() -> None:
    text = read(page(OPEN)).text

    assert "Practice" not in text
    assert "The officers' keys never touch this server." in text


def test_a_channel_that_is_not_open_says_so_names_the_outer_door_and_offers_no_filing() -> None:
    found = read(page(replace(OPEN, is_open=False, not_open_reason="Only 1 seat is filled.")))

    assert "This channel is not open." in found.text
    assert "Office of Special Counsel" in found.text
    assert "demur file" not in found.text
    assert "#doors" in [link.attributes.get("href") for link in found.all("a")]


def test_an_open_channel_does_not_say_that_it_is_closed() -> None:
    assert "not open" not in read(page(OPEN)).text


def test_before_the_first_charter_the_page_stands_and_promises_nothing() -> None:
    found = read(page(replace(OPEN, frozen=None, seats=(), is_open=False, checkpoint_size=0, checkpoint_time=0)))

    assert "This channel is not open." in found.text
    assert "The competent authority outside your institution" in found.text
    assert "What it promises" not in found.text
    assert "1970" not in found.text


def test_the_words_stand_in_order() -> None:
    words = read(page(OPEN)).all("ol")[0]

    assert words.attributes["class"] == "words"
    assert re.findall(r"<li>(\w+)</li>", page(OPEN)[page(OPEN).index('class="words"') :])[:6] == list(OPEN.words)


@pytest.mark.parametrize(("unwitnessed", "said"), [(True, True), (False, False)])
def test_an_unwitnessed_record_is_called_so(unwitnessed: bool, said: bool) -> None:
    text = read(page(replace(OPEN, unwitnessed=unwitnessed))).text

    assert ("unwitnessed" in text) is said
    assert "Entries1234" in text.replace(" ", "").replace(",", "")


def test_the_limits_of_protection_are_told() -> None:
    text = read(page(OPEN)).text

    for limit in ("photographed", "network that watches", "way of writing", "team so small", "false page"):
        assert limit in text


def test_what_is_not_yet_kept_is_told() -> None:
    assert "signing by several people" in read(page(OPEN)).text


def test_every_command_on_the_page_exists_with_its_options() -> None:
    lines = [code.text for pre in [read(page(OPEN))] for code in pre.all("code") if code.text.startswith("demur ")]

    assert len(lines) == 4
    for line in lines:
        words = shlex.split(line)[1:]
        command: click.Command = run
        while isinstance(command, click.Group):
            inner = command.get_command(click.Context(command), words.pop(0))
            assert inner is not None, line
            command = inner
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= known, line


def test_what_people_wrote_is_text_and_never_markup() -> None:
    first, *others = OPEN.seats
    nasty = "<script>alert(1)</script>\"'><b>"
    html = page(replace(OPEN, seats=(replace(first, holder=nasty), *others), origin=nasty, address=nasty))

    assert "<script" not in html
    assert "<b>" not in html
    assert nasty in read(html).text


def test_the_page_leads_to_ones_case_always_and_to_filing_while_the_channel_is_open() -> None:
    def links(value: ChannelInForce) -> set[str]:
        return {link.attributes["href"] for link in read(page(value)).all("a")}

    assert {"/en/file/", "/en/case/", "#file"} <= links(OPEN)
    closed = links(replace(OPEN, is_open=False))
    assert "/en/case/" in closed
    assert closed & {"/en/file/", "#file"} == set()


@pytest.mark.parametrize("language", ["en", "id"])
def test_those_who_hold_a_seat_find_the_desk_at_the_foot(language: str) -> None:
    assert f'<a href="/{language}/desk/in/">' in page(channel(), language=language).split("<footer")[1]
