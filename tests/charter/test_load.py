# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loading charters: what is not understood is refused with file, line and remedy."""

import re

import pytest

from demur.charter.builtin import builtin_names, builtin_text, practice
from demur.charter.errors import LoadError
from demur.charter.explain import explain
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.lint import Severity, lint
from demur.charter.load import load
from demur.charter.model import KEPT, Charter

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
    "list as text": (changed('reply_seats = ["custodian"]', 'reply_seats = "custodian"'), "reply_seats", "must be a list"),
    "unknown seat": (changed('by = "custodian"', 'by = "nobody"'), 'by = "nobody"', "no seat that reads 'nobody'"),
    "custodian that does not read": (changed('\ncustodian = "custodian"', '\ncustodian = "oversight"'), 'custodian = "oversight"', "no seat that reads"),
    "oversight that reads": (changed("reads = false\n", ""), 'oversight = "oversight"', "reads = false"),
    "unknown calendar": (changed('calendar = "us-federal"\nstarts = ["received"]\nlimit = 2', 'calendar = "mars"\nstarts = ["received"]\nlimit = 2'), 'calendar = "mars"', "no calendar 'mars'"),
    "unknown start": (changed('starts = ["received"]\nlimit = 2', 'starts = ["sent"]\nlimit = 2'), 'starts = ["sent"]', "no start of a clock 'sent'"),
    "unknown clock": (changed('clock = "reply"', 'clock = "repl"'), 'clock = "repl"', "no clock 'repl'"),
    "target after limit": (changed("target = 30", "target = 90"), "[clocks.reply]", "target between 1 and the limit"),
    "two ids": (changed('id = "deputy"', 'id = "secretary"  # twice'), "# twice", "stands twice"),
    "id with a space": (changed('id = "deputy"', 'id = "the deputy"'), "the deputy", "cannot be used"),
    "unknown fact": (changed('fact = "agency", is_none_of', 'fact = "agncy", is_none_of'), "agncy", "no fact 'agncy'"),
    "condition on the custodian": (changed('id = "custodian"\ntitle', 'id = "custodian"\nwhen = { fact = "agency", is_one_of = ["State"] }\ntitle'), 'when = { fact = "agency", is_one_of', "custodian reads every case"),
    "closure that is no date": (changed('country = "US"', 'country = "US"\nclosures = ["soon"]'), "closures = [", "year-month-day"),
    "unknown zone": (changed("America/New_York", "America/Gotham"), "[calendars.us-federal]", "time zone"),
    "keys good at once without practice": (changed("key_wait_hours = 48", "key_wait_hours = 0"), "key_wait_hours", "only where practice = true"),
    "no oversight": (changed('oversight = "oversight"\n', ""), "SPDX", "needs an oversight seat"),
    "limits that cannot hold a filing": (changed("request_bytes = 12_000_000", "request_bytes = 9"), "request_bytes", "at least"),
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


@pytest.mark.parametrize("name", builtin_names())
def test_every_regime_loads_unmodified_and_survives_its_entry(name: str) -> None:
    frozen = freeze_text(builtin_text(name), name=name, year=2026)

    assert frozen.charter.id == name
    assert Frozen.from_entry(frozen.entry("dissent.example.org", 0)) == frozen


@pytest.mark.parametrize("name", builtin_names())
def test_every_regime_can_be_practised(name: str) -> None:
    charter = load(practice(builtin_text(name)), name=name)

    assert (charter.practice, charter.tick, charter.key_waiting) == (True, "0", 0)


@pytest.mark.parametrize("name", builtin_names())
def test_every_regime_can_be_explained_and_has_no_errors(name: str) -> None:
    frozen = freeze_text(builtin_text(name), name=name, year=2026)

    said = explain(frozen.charter)

    assert all(row.words() for row in (*said.who, *said.readers, *said.clocks, *said.late, *said.not_kept))
    assert not [finding for finding in lint(frozen.charter, frozen) if finding.severity is Severity.ERROR]


def test_the_default_charter_has_no_gap() -> None:
    frozen = freeze_text(builtin_text("demur-default"), name="demur-default", year=2026)

    assert lint(frozen.charter, frozen) == []


def test_lint_names_the_gaps() -> None:
    frozen = freeze_text(builtin_text("us-state-2fam070"), name="x", year=2026)
    codes = {finding.code for finding in lint(frozen.charter, frozen)}

    assert {"no-appeal", "no-statistics", "unconfirmed"} <= codes
    assert "no-external-route" not in codes


def test_lint_recomputes_three_months_on_the_charters_own_calendar() -> None:
    closures = ", ".join(f'"2026-0{month}-{day:02}"' for month in (3, 4) for day in range(1, 29))
    text = changed('country = "US"', f'country = "US"\nclosures = [{closures}]')
    frozen = freeze_text(text, name="x", year=2026)

    assert "reply-later-than-eu" in {finding.code for finding in lint(frozen.charter, frozen)}


def test_what_is_not_kept_is_said() -> None:
    said = [row.words() for row in explain(load(GOOD, name="x")).not_kept]

    assert "signing by several people" in said
    assert "an appeal" not in said


def test_every_key_is_either_kept_or_said_to_be_not_kept() -> None:
    from demur.charter.explain import _NOT_KEPT

    assert set(Charter.__dataclass_fields__) == KEPT | set(_NOT_KEPT)
