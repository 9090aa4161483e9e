# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes `spec/vectors/compatibility.json`: `python tests/charter/make_compatibility_vectors.py`.

What is found is what today's reader finds; whoever makes it again looks at each difference.
"""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from signed_charters import verdict  # noqa: E402 -- the tests' own tools are on the path only now

from demur.charter.builtin import builtin_text  # noqa: E402
from demur.charter.freeze import Frozen, freeze_text  # noqa: E402
from demur.clock.calendar import Calendar  # noqa: E402
from demur.clock.zone import changes_of, written  # noqa: E402

OUT = Path(__file__).parents[2] / "spec" / "vectors" / "compatibility.json"
TOLD = ("read", "format", "refused", "unknown", "faults")
ZONES = (
    "America/New_York",
    "Asia/Jakarta",
    "Africa/Casablanca",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Pacific/Apia",
)
FIRST, LAST = date(2020, 1, 1), date(2030, 12, 31)

SEAT = '[[seat]]\nid = "custodian"'
ACK = "[clocks.ack]\n"
STARTS = 'starts = ["received"]'  # of the acknowledgement, which comes first
ECHO = '[clocks.echo]\nowner = "custodian"\ncalendar = "us-federal"\nlimit = 3\nunit = "working_day"\n\n[clocks.ack]'
CHANGES: list[dict[str, Any]] = [
    {"name": "as this version writes it"},
    {"name": "format 1 said", "replace": [['id = "', 'format = 1\nid = "']]},
    {"name": "a format to come", "replace": [['id = "', 'format = 2\nid = "']]},
    {"name": "a format in quotes", "replace": [['id = "', 'format = "1"\nid = "']]},
    {"name": "a format of true", "replace": [['id = "', 'format = true\nid = "']]},
    {"name": "an unknown key", "replace": [['id = "', 'languages = ["fr", "id"]\nid = "']]},
    {"name": "an unknown table", "replace": [["[eligibility]", '[translation]\nby = "the office"\n\n[eligibility]']]},
    {"name": "an unknown key of a seat", "replace": [[SEAT, f'{SEAT}\npronoun = "they"']]},
    {"name": "an unknown key of a clock", "replace": [[ACK, f"{ACK}grace = 3\n"]]},
    {"name": "an unknown start of a clock beside a known one", "replace": [[STARTS, STARTS.replace("]", ', "translated"]')]]},
    {"name": "a clock that may never start", "replace": [[STARTS, STARTS.replace("received", "translated")]]},
    {"name": "an unknown clock", "replace": [["[clocks.ack]", ECHO]]},
    {"name": "an unknown tick", "replace": [['tick = "day"', 'tick = "week"']]},
    {"name": "a value of another kind, not needed to act", "replace": [['edition = "', 'edition = 3 # "']]},
    {"name": "a value of another kind, needed to act", "replace": [['custodian = "', 'custodian = 3 # "']]},
    {"name": "a custodian who does not read", "replace": [['custodian = "custodian"', 'custodian = "oversight"']]},
    {"name": "no such custodian", "replace": [['custodian = "custodian"', 'custodian = "nobody"']]},
    {"name": "a seat twice", "replace": [["[[seat]]", '[[seat]]\nid = "custodian"\ntitle = "Another"\n\n[[seat]]']]},
    {"name": "a waiting time that a later check refuses", "replace": [["key_wait_hours = 48", "key_wait_hours = 0"]]},
    {"name": "an unknown member of the statement", "members": {"translations": {"id": "…"}}},
    {"name": "no calendars", "members": {"calendars": {}}},
    {"name": "no zones, as before 1 December 2026", "lacks": ["zones"]},
    {"name": "zones that are none", "members": {"zones": {"America/New_York": "EST"}}},
    {"name": "another id than the text's", "members": {"charter": "another"}},
    {"name": "a form to come", "members": {"v": 2}},
    {"name": "no text", "lacks": ["text"]},
    {"name": "a text that is no TOML", "members": {"text": "id = "}},
]  # fmt: skip


def applied(statement: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The statement with the changes of a row."""
    made = json.loads(json.dumps(statement))
    for old, new in row.get("replace", ()):
        assert old in made["text"], (row["name"], old)
        made["text"] = made["text"].replace(old, new, 1)
    made.update(row.get("members", {}))
    return {name: value for name, value in made.items() if name not in row.get("lacks", ())}


def zone(name: str) -> dict[str, Any]:
    """A zone's frozen rules with last moments and local days around each change."""
    changes = changes_of(name, FIRST, LAST)
    calendar = Calendar(
        id="office", timezone=name, weekend=(), closed=frozenset(), first=FIRST, last=LAST, changes=changes
    )
    times = [at + step for at, _ in changes[1:6] for step in (-90_000, -1, 0, 1, 43_200)]
    days = sorted({calendar.local_day(at) for at in times})
    epoch = date(1970, 1, 1)
    return {
        "zone": name,
        "changes": written(changes),
        "last_moments": [[day.isoformat(), calendar.last_moment(day)] for day in days],
        "local_days": [[at, (calendar.local_day(at) - epoch).days] for at in times],
    }


def main() -> None:
    """Write the file."""
    text = builtin_text("us-state-2fam070")
    statement = freeze_text(text, name="us-state-2fam070", year=2026).entry("dissent.example.org", 0)
    assert not Frozen.from_entry(statement).unknown
    rows = []
    for row in CHANGES:
        found = verdict(applied(statement, row))
        rows.append({**row, "found": {name: found[name] for name in TOLD if name in found}})
    made = {
        "made": datetime.now(tz=UTC).date().isoformat(),
        "statement": statement,
        "charters": rows,
        "zones": [zone(name) for name in ZONES],
    }
    OUT.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
