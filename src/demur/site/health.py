# SPDX-License-Identifier: AGPL-3.0-or-later
"""The checks behind `demur doctor`. Each gives one finding: a fact, and where it is bad, the remedy. Counts only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from demur import canonical
from demur.dissent import events
from demur.dissent.errors import DissentError
from demur.dissent.models import Case, Event
from demur.dissent.promised import is_owed
from demur.entries.errors import ClocksApart
from demur.entries.installation import Installation
from demur.entries.models import Checkpoint, Entry
from demur.entries.queries import published_checkpoint
from demur.people.errors import NotOpen
from demur.people.queries import rules_in_force
from demur.record.entry import case_entry
from demur.record.errors import RecordError
from demur.record.merkle import CompactRange, leaf_hash
from demur.site.around import address_finding, clock_finding
from demur.site.configuration import NoInstallation, read_configuration
from demur.site.disk import KEPT_BACK
from demur.site.disputes import Disputes
from demur.site.installed import uploads
from demur.site.rights import ROOT, open_to_others, runs_as_root
from demur.web.assets import are_built, files, in_checkout, released
from demur.witness.asking import addresses

YEARS_AHEAD = 2
MOST_FAULTS = 100


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found: a stable word, whether it is well, and one sentence."""

    code: str
    well: bool
    sentence: str
    index: int | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The finding for `--json`; `index` where an entry of the record can be named."""
        row: dict[str, Any] = {"code": self.code, "well": self.well, "sentence": self.sentence}
        return row if self.index is None else {**row, "index": self.index}


def _clock(directory: Path, ground: Installation, *, now: int) -> dict[str, Any]:
    proxy = read_configuration(directory).witness_proxy
    return clock_finding(_latest(), addresses(ground.policy), now=now, proxy=proxy)


def examine(directory: Path, ground: Installation, *, now: int) -> list[Finding]:
    """Every check, in order; none is tried any more once the tables are missing, or the database's file can no longer be read."""
    findings: list[Finding] = []
    checks: tuple[Callable[[], Finding], ...] = (
        lambda: _keys(directory),
        lambda: Finding(**address_finding(directory)),
        lambda: Finding(**_clock(directory, ground, now=now)),
        lambda: _rights(directory),
        _user,
        _tables,
        _rows,
        _tree,
        lambda: _tiles(ground),
        lambda: _waiting(now),
        lambda: _witnesses(ground),
        lambda: _disputes(directory),
        lambda: _overruled(directory, ground),
        _openings,
        lambda: _open(ground),
        lambda: _calendars(now),
        lambda: _clocks(ground),
        _assets,
    )
    for check in checks:
        try:
            findings.append(check())
        except DatabaseError:
            return [*(row for row in findings if row.code != "rows"), _damaged()]
        if findings[-1].code == "tables" and not findings[-1].well:
            break
    return findings


def examine_deep(ground: Installation, *, progress: Callable[[int], None]) -> list[Finding]:
    """Every row held against the record; at most the first hundred faults are told."""
    from demur.site.deep import faults  # noqa: PLC0415 -- only when asked for

    found = list(islice(faults(ground, uploads(), progress=progress), MOST_FAULTS))
    if not found:
        return [Finding(code="deep", well=True, sentence="Every row is what the record says it was.")]
    return [
        Finding(code="deep", well=False, sentence=f"{fault.sentence} Restore it from a backup.", index=fault.index)
        for fault in found
    ]


def _damaged() -> Finding:
    return Finding(
        code="rows", well=False, sentence="The database file is damaged; stop the server and restore a backup."
    )


def _keys(directory: Path) -> Finding:
    loose = [path for path in open_to_others(directory) if path.is_relative_to(directory / "keys")]
    if loose:
        return Finding(
            code="keys",
            well=False,
            sentence="The log's keys can be read by others; run chmod 600 on the files in keys/.",
        )
    return Finding(
        code="keys", well=True, sentence="The log's keys fit the channel and are readable by their owner alone."
    )


def _latest() -> int:
    """The time of the newest checkpoint that was signed, 0 without one or without tables."""
    if "entries_checkpoint" not in connection.introspection.table_names():
        return 0
    row = Checkpoint.objects.order_by("-size").values_list("time", flat=True).first()
    return int(row or 0)


def _rights(directory: Path) -> Finding:
    loose = open_to_others(directory)
    if loose:
        named = ", ".join(str(path.relative_to(directory)) for path in loose[:3])
        sentence = f"{len(loose)} files and folders can be read by others ({named}); run chmod -R go= {directory}, or `demur serve` once."
        return Finding(code="rights", well=False, sentence=sentence)
    return Finding(code="rights", well=True, sentence="Every file is readable by its owner alone.")


def _user() -> Finding:
    if runs_as_root():
        return Finding(code="user", well=True, sentence=ROOT)
    return Finding(code="user", well=True, sentence="This does not run as root.")


def _tables() -> Finding:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return Finding(
            code="tables",
            well=False,
            sentence="The tables are of an older version; stop the server and run `demur serve` once.",
        )
    return Finding(code="tables", well=True, sentence="The tables are of this version.")


def _rows() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        result = cursor.fetchone()
    if result != ("ok",):
        return _damaged()
    return Finding(code="rows", well=True, sentence=f"The database is whole; it holds {Case.objects.count()} cases.")


def _tree() -> Finding:
    last = Checkpoint.objects.order_by("-size").first()
    size, root = (last.size, bytes(last.root)) if last else (0, CompactRange().root())
    edge = CompactRange()
    for index, (data, kept) in enumerate(_entries(size)):
        if leaf_hash(data) != kept:
            return Finding(
                code="tree",
                well=False,
                sentence=f"Entry {index} of the record was changed by hand; restore it from a backup.",
            )
        edge.append(kept)
    if (edge.size, edge.root()) != (size, root):
        return Finding(
            code="tree",
            well=False,
            sentence="The entries do not give the signed root; some were changed or removed by hand.",
        )
    return Finding(code="tree", well=True, sentence=f"The record's {size} entries give the root that the log signed.")


def _entries(size: int) -> Iterator[tuple[bytes, bytes]]:
    rows = Entry.objects.filter(index__lt=size).order_by("index").values_list("data", "leaf_hash")
    return ((bytes(data), bytes(kept)) for data, kept in rows.iterator(chunk_size=1024))


def _tiles(ground: Installation) -> Finding:
    last, published = Checkpoint.objects.order_by("-size").first(), published_checkpoint(ground.store)
    if last and (published is None or published.size < last.size):
        return Finding(
            code="tiles",
            well=False,
            sentence="The tiles lag behind the record; the server publishes them when it starts.",
        )
    return Finding(code="tiles", well=True, sentence="The tiles on disk are as far as the record.")


def _waiting(now: int) -> Finding:
    count = Entry.objects.filter(index=None).count()
    if count and is_owed(by=now):
        sentence = f"{count} entries are not yet published, and what was promised of some is over; start the server."
        return Finding(code="waiting", well=False, sentence=sentence)
    said = f"{count} entries wait for their tick." if count else "Every promised entry is published."
    return Finding(code="waiting", well=True, sentence=said)


def _witnesses(ground: Installation) -> Finding:
    last = Checkpoint.objects.order_by("-size").first()
    met = Checkpoint.objects.filter(cosigned=True).order_by("-size").first()
    if last is None or last == met:
        said = "holds" if ground.policy.demands_witness else "demands no witness outside, and holds"
        sentence = f"The trust policy {said} of the last checkpoint."
        return Finding(code="witnesses", well=True, sentence=sentence)
    first = Checkpoint.objects.filter(size__gt=met.size if met else 0).order_by("size").values_list("size").first()
    sizes = f"{first[0]} to {last.size}" if first and first[0] < last.size else f"{last.size}"
    return Finding(
        code="witnesses",
        well=False,
        sentence=f"No checkpoint of {sizes} entries meets the trust policy, because its witnesses did not cosign; nothing adopted since is "
        "in force, and no act since counts, until they do. See that they answer.",
    )


def _disputes(directory: Path) -> Finding:
    try:
        Disputes.read(directory).check()
    except NoInstallation as error:
        return Finding(code="disputes", well=False, sentence=str(error))
    return Finding(code="disputes", well=True, sentence="No witness that was heard disputes the record.")


def _overruled(directory: Path, ground: Installation) -> Finding:
    try:
        rows = [row for row in Disputes.read(directory).rows if row.overruled]
    except NoInstallation as error:
        return Finding(code="overruled", well=False, sentence=str(error))
    if not rows:
        return Finding(code="overruled", well=True, sentence="No witness was overruled.")
    named = ", ".join(row.witness for row in rows)
    counts = any(row.witness in addresses(ground.policy) for row in rows)
    remedy = "; have the officers name another with `demur policy request`" if counts else ""
    sentence = f"Overruled, and not believed when they dispute the record, are the witnesses at {named}{remedy}."
    return Finding(code="overruled", well=not counts, sentence=sentence)


def _openings() -> Finding:
    count = 0
    for row in Event.objects.select_related("case").iterator(chunk_size=1024):
        if not _opens(row):
            place = Entry.objects.filter(leaf_hash=bytes(row.leaf_hash)).values_list("index", flat=True).first()
            return Finding(
                code="openings",
                well=False,
                sentence=f"The event at entry {place} was changed by hand; restore it from a backup.",
            )
        count += 1
    return Finding(code="openings", well=True, sentence=f"All {count} events open the commitments in the record.")


def _opens(row: Event) -> bool:
    try:
        event = canonical.load_object(row.text.encode())
        leaf = leaf_hash(case_entry(events.commitment(event, bytes.fromhex(row.r))))
    except (canonical.CanonicalError, DissentError, RecordError, ValueError):
        return False
    return leaf == bytes(row.leaf_hash) and (event.get("case"), event.get("seq")) == (row.case_id, row.seq)


def _open(ground: Installation) -> Finding:
    try:
        rules = rules_in_force()
    except NotOpen as error:
        return Finding(code="open", well=False, sentence=str(error))
    is_open, reason = rules.open
    if not is_open:
        return Finding(code="open", well=False, sentence=f"{reason} Filing is not open.")
    if ground.is_full():
        kept = f"less than {KEPT_BACK // 2**20} MiB of the disk are free"
        sentence = f"Filing is not open: {kept}, and they are kept for rows and record; make room."
        return Finding(code="open", well=False, sentence=sentence)
    if ground.in_dispute():
        return Finding(code="open", well=False, sentence="Filing is not open while a witness disputes the record.")
    vacant = rules.roster.vacant(rules.frozen.charter) if rules.roster else []
    note = f"; {len(vacant)} seats are vacant" if vacant else ""
    return Finding(
        code="open", well=True, sentence=f"Filing is open under the charter {rules.frozen.charter.id!r}{note}."
    )


def _calendars(now: int) -> Finding:
    try:
        frozen = rules_in_force().frozen
    except NotOpen:
        return Finding(code="calendars", well=True, sentence="There is no calendar yet.")
    if frozen.refused:
        return Finding(code="calendars", well=False, sentence=frozen.refused)
    end = min(calendar.last.year for calendar in frozen.calendars.values())
    if end - datetime.fromtimestamp(now, tz=UTC).year <= YEARS_AHEAD:
        return Finding(
            code="calendars",
            well=False,
            sentence=f"The charter's calendar ends with {end}; have a new version signed, made by `demur charter request`.",
        )
    return Finding(code="calendars", well=True, sentence=f"The charter's calendar holds every date up to {end}.")


def _clocks(ground: Installation) -> Finding:
    try:
        ground.check_clocks()
    except ClocksApart as error:
        return Finding(code="clocks", well=False, sentence=str(error))
    return Finding(code="clocks", well=True, sentence="The clocks of server and database agree.")


def _assets() -> Finding:
    if not are_built():
        sentence = "The scripts of the pages are not built, so nobody can file in a browser; run script/setup."
        return Finding(code="assets", well=False, sentence=sentence)
    if files() == released():
        return Finding(
            code="assets", well=True, sentence="The pages' files are those that this release's source gives."
        )
    return Finding(
        code="assets",
        well=in_checkout(),  # there they are built anew all the time; where it was installed, somebody changed them
        sentence="The pages' files are not those that this release's source gives; install it again, or run script/setup.",
    )
