# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loading charters: what is not understood is refused with file, line and remedy."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.errors import LoadError
from demur.charter.load import load

GOOD = builtin_text("us-state-2fam070")


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


# what is wrong -> (the file, a part of the line that is to blame, a part of the sentence)
BAD: dict[str, tuple[str, str, str]] = {
    "unknown key": (changed("effective =", "effectiv ="), "effectiv =", "did you mean 'effective'"),
    "unknown key in a table": (changed("target = 30", "targt = 30"), "targt", "did you mean 'target'"),
    "unknown key in a row": (changed('id = "deputy"', 'id = "deputy"\nreed = true'), "reed", "did you mean 'reads'"),
    "missing key": (changed('\ncustodian = "custodian"\n', "\n"), "SPDX", "'custodian' is missing"),
    "missing key in a table": (re.sub(r"(?m)^claims = 100\n", "", GOOD), "[limits]", "'claims' is missing from limits"),
    "wrong unit": (changed("target = 30\nlimit = 60\nunit = \"working_day\"", "target = 30\nlimit = 60\nunit = \"working day\""), 'unit = "working day"', "no unit 'working day'"),
    "number as text": (changed("limit = 2\n", 'limit = "2"\n'), 'limit = "2"', "must be a whole number"),
    "text as number": (changed('owner = "Policy Planning Staff (S/P)"', "owner = 7"), "owner = 7", "must be text in quotes"),
    "true as number": (changed("max = 1", "max = true"), "max = true", "must be a whole number"),
    "negative number": (changed("longest = 30", "longest = -1"), "longest", "must not be negative"),
    "number that no browser can hold": (changed("claims = 100", "claims = 9007199254740992"), "claims = 9", "nor above 9007199254740991"),
    "control character": (changed("Secretary (S)", r"Secretary \u001b[2J"), "u001b", "control character"),
    "list as text": (changed('reply_seats = ["custodian"]', 'reply_seats = "custodian"'), "reply_seats", "must be a list"),
    "number in a list of texts": (changed('reply_seats = ["custodian"]', "reply_seats = [3]"), "reply_seats", "must be text in quotes in each place of its list"),
    "unknown seat": (changed('by = "custodian"', 'by = "nobody"'), 'by = "nobody"', "no seat that reads 'nobody'"),
    "custodian that does not read": (changed('\ncustodian = "custodian"', '\ncustodian = "oversight"'), 'custodian = "oversight"', "no seat that reads"),
    "oversight that reads": (changed("reads = false\n", ""), 'oversight = "oversight"', "reads = false"),
    "unknown calendar": (changed('calendar = "us-federal"\nstarts = ["received"]\nlimit = 2', 'calendar = "mars"\nstarts = ["received"]\nlimit = 2'), 'calendar = "mars"', "no calendar 'mars'"),
    "unknown start": (changed('starts = ["received"]\nlimit = 2', 'starts = ["sent"]\nlimit = 2'), 'starts = ["sent"]', "no start of a clock 'sent'"),
    "unknown clock": (changed('clock = "reply"', 'clock = "repl"'), 'clock = "repl"', "did you mean 'reply'"),
    "extension of a clock without limit": (changed("[extension]\nclock = \"reply\"", '[clocks.urgent]\nowner = "custodian"\ncalendar = "us-federal"\nbefore = "decision"\n\n[extension]\nclock = "urgent"'), 'clock = "urgent"', "no clock with a limit 'urgent'"),
    "unknown one to notify": (changed('notify = ["author"]', 'notify = ["autor"]'), "autor", "did you mean 'author'"),
    "clock that never starts": (changed('starts = ["received"]\ntarget = 30', 'starts = []\ntarget = 30'), "starts = []", "might never start"),
    "reply that waits for the acknowledgement alone": (changed('starts = ["received"]\ntarget = 30', 'starts = ["ack"]\ntarget = 30'), 'starts = ["ack"]', "might never start"),
    "two forms of a clock": (changed("target = 30\nlimit = 60", "target = 30\nlimit = 60\nevery = 1"), "[clocks.reply]", "write exactly one"),
    "reply without limit": (changed("target = 30\nlimit = 60", "every = 60"), "[clocks.reply]", "must have a limit"),
    "name of a clock": (changed("[extension]", '[clocks."{x}"]\nowner = "custodian"\ncalendar = "us-federal"\nevery = 1\nunit = "month"\n\n[extension]'), '[clocks."{x}"]', "cannot be used"),
    "name of a calendar": (GOOD.replace("[calendars.us-federal]", '[calendars."u.s"]').replace('calendar = "us-federal"', 'calendar = "u.s"'), '[calendars."u.s"]', "cannot be used"),
    "unknown authority of appeal": (GOOD + '[appeal]\nto = "nobody"\n', 'to = "nobody"', "no seat 'nobody'"),
    "unit of an appeal": (GOOD + '[appeal]\nto = "deputy"\ndecide = 3\ndecide_unit = "weeks"\n', "decide_unit", "no unit 'weeks'"),
    "target after limit": (changed("target = 30", "target = 90"), "[clocks.reply]", "target between 1 and the limit"),
    "two ids": (changed('id = "deputy"', 'id = "secretary"  # twice'), "# twice", "stands twice"),
    "id with a space": (changed('id = "deputy"', 'id = "the deputy"'), "the deputy", "cannot be used"),
    "unknown fact": (changed('fact = "agency", is_none_of', 'fact = "agncy", is_none_of'), "agncy", "did you mean 'agency'"),
    # A misspelt answer would silently drop a reader, or add one.
    "unknown answer in a condition": (changed('is_none_of = ["State"]', 'is_none_of = ["Stte"]'), "Stte", "did you mean 'State'"),
    "condition without answers": (changed('is_none_of = ["State"]', "is_none_of = []"), "is_none_of", "needs is_one_of or is_none_of"),
    "unknown default": (changed('default = "State"', 'default = "Stat"'), "default =", "did you mean 'State'"),
    "condition on the custodian": (changed('id = "custodian"\ntitle', 'id = "custodian"\nwhen = { fact = "agency", is_one_of = ["State"] }\ntitle'), 'when = { fact = "agency", is_one_of', "custodian reads every case"),
    "closure that is no date": (changed('country = "US"', 'country = "US"\nclosures = ["soon"]'), "closures = [", "year-month-day"),
    "closure in another spelling": (changed('country = "US"', 'country = "US"\nclosures = ["20261224"]'), "closures = [", "year-month-day"),
    "week without work": (changed('weekend = ["sat", "sun"]', 'weekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'), "[calendars.us-federal]", "leave one to work"),
    "unknown zone": (changed("America/New_York", "America/Gotham"), "[calendars.us-federal]", "time zone"),
    "keys good at once without practice": (changed("key_wait_hours = 48", "key_wait_hours = 0"), "key_wait_hours", "only where practice = true"),
    "no oversight": (changed('oversight = "oversight"\n', ""), "SPDX", "needs an oversight seat"),
    "limits that cannot hold a filing": (changed("request_bytes = 12_000_000", "request_bytes = 9"), "request_bytes", "at least"),
    "text that does not fit": (changed("text_bytes = 1_000_000", "text_bytes = 0"), "text_bytes", "does not fit into request_bytes"),
    "unknown tick": (changed('tick = "day"', 'tick = "daily"'), "tick =", "did you mean 'day'"),
    "unknown mode": (changed('identity_modes = ["named",', 'identity_modes = ["namd",'), "namd", "did you mean 'named'"),
    "ceiling that is no level": (changed('ceiling = "SBU"', 'ceiling = "SB"'), "ceiling", "did you mean 'SBU'"),
    "unconfirmed key that is none": (changed('unconfirmed = ["identity_modes"', 'unconfirmed = ["identity_mode"'), '["identity_mode"', "did you mean 'identity_modes'"),
    "one reader": (re.sub(r'(?s)\[\[seat\]\]\nid = "secretary".*?(?=\[\[seat\]\]\nid = "oversight")', "", GOOD), "[[seat]]", "at least two seats that read"),
    "no calendar": (re.sub(r"(?s)\[calendars.us-federal\].*?\[limits\]", "[calendars]\n[clocks]\n[limits]", GOOD), "[calendars]", "needs a calendar"),
    "not TOML": (changed('title = "Dissent Channel (2 FAM 070)"', "title = Dissent"), "title = Dissent", "not valid TOML"),
    "a table for a value": (changed("[retention]\n", "[retention]\n[retention.content]\n").replace('content = "permanent"', ""), "[retention.content]", "must be text"),
    "a value for a table": (GOOD.replace('\n[retention]\ncontent = "permanent"\n', "") .replace('release = "withheld"', 'release = "withheld"\nretention = "long"'), 'retention = "long"', "must be a table"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_charter_is_refused_with_its_line_and_what_to_write(name: str) -> None:
    text, part, sentence = BAD[name]

    with pytest.raises(LoadError) as caught:
        load(text, name="my.toml")

    assert sentence in str(caught.value)
    assert caught.value.line == line_of(text, part), str(caught.value)
    assert str(caught.value).startswith(f"my.toml:{caught.value.line}: ")


def test_a_file_nested_without_end_is_refused() -> None:
    with pytest.raises(LoadError, match="nested too deeply"):
        load("a = " + "[" * 2000 + "]" * 2000, name="my.toml")


@pytest.mark.parametrize("name", builtin_names())
def test_every_regime_loads_unmodified(name: str) -> None:
    assert load(builtin_text(name), name=name).id == name


@given(st.sampled_from(GOOD.splitlines()), st.sampled_from(GOOD.splitlines()))
def test_a_line_lost_or_doubled_is_a_charter_or_an_error_with_a_sentence(lost: str, doubled: str) -> None:
    text = GOOD.replace(f"{lost}\n", "", 1).replace(doubled, f"{doubled}\n{doubled}", 1)

    with contextlib.suppress(LoadError):
        load(text, name="my.toml")
