# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur charter`:

the channel's rules, shown in plain words, checked, signed by officers, adopted by an installation.
"""

from datetime import UTC, datetime
from pathlib import Path

import click

from demur import canonical
from demur.charter.builtin import builtin_names, builtin_text, practice
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.load import load
from demur.cli import speak
from demur.cli.groups import Group
from demur.cli.statements import (
    adopted,
    charter_in,
    check_officer,
    missing,
    officer_channel,
    read_statement,
    sign_into,
    signed_lines,
)
from demur.cli.unlocking import passphrase_option, read_officer_key
from demur.client.files import write_new
from demur.client.room import check_room

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Group)
def command() -> None:
    """Show, check, sign and adopt charters.

    A charter is one TOML file: who may file, who reads, by when an answer is owed. The officers sign it; a case keeps
    the version it was filed under.
    """


@command.command("list")
@speak.json_option
def list_(*, json: bool) -> None:
    """List the built-in charters.

    \b
    Example:
      demur charter list
    """
    rows = [{"name": name, "title": load(builtin_text(name), name=name).title} for name in builtin_names()]
    width = max(len(row["name"]) for row in rows)
    speak.emit({"charters": rows}, json=json, lines=[f"{row['name']:{width}}  {row['title']}" for row in rows])


@command.command("show")
@click.argument("name", metavar="NAME|FILE")
@click.option("--toml", is_flag=True, help="Print the file itself, to start one of your own from.")
@speak.json_option
def show(name: str, *, toml: bool, json: bool) -> None:
    """Explain a charter in plain sentences; NAME is a built-in charter, FILE a TOML file or a signed charter.

    \b
    Examples:
      demur charter show us-state-2fam070
      demur charter show us-state-2fam070 --toml > my-charter.toml
    """
    from demur.cli.charter_view import charter_document, charter_lines  # noqa: PLC0415 -- only this command explains

    frozen = _frozen(name)
    if toml and not json:
        click.echo(frozen.text, nl=False)
        return
    document = charter_document(frozen)
    speak.emit({**document, "toml": frozen.text} if toml else document, json=json, lines=charter_lines(frozen))


@command.command("lint")
@click.argument("file", metavar="FILE|NAME")
@click.option(
    "--against", multiple=True, metavar="NAME", help="A regime to compare clocks with; all of them unless said."
)
@speak.json_option
def lint(file: str, against: tuple[str, ...], *, json: bool) -> int:
    """Check a charter and name its gaps; exit 1 if it cannot be used, 0 with warnings and notes.

    Its clocks are compared with those of the built-in regimes, counted out from every day of a year: a note says where it promises later.

    \b
    Examples:
      demur charter lint my-charter.toml
      demur charter lint my-charter.toml --against eu-2019-1937
    """
    from demur.charter.comparing import compare, regimes  # noqa: PLC0415 -- only this command needs it
    from demur.charter.lint import lint as findings_of  # noqa: PLC0415 -- only this command needs it

    if odd := sorted(set(against) - set(regimes())):
        raise click.UsageError(f"There is no regime {odd[0]!r}; name one of {', '.join(regimes())}")
    frozen = _frozen(file)
    findings = findings_of(frozen.charter, frozen)
    findings += [later.finding for later in compare(frozen, against or regimes()) if later.regime != frozen.charter.id]
    rows = [{"severity": str(row.severity), "code": row.code, "sentence": row.sentence} for row in findings]
    errors = sum(row["severity"] == "error" for row in rows)
    lines = [f"{row['severity']}: {row['sentence']} ({row['code']})" for row in rows]
    notes = sum(row["severity"] == "note" for row in rows)
    lines.append(f"{file}: {errors} errors, {len(rows) - errors - notes} warnings, {notes} notes.")
    speak.emit({"charter": frozen.charter.id, "findings": rows, "errors": errors}, json=json, lines=lines)
    return 1 if errors else 0


@command.command("request")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("charter", metavar="NAME|FILE")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write it, for the officers."
)
@speak.json_option
def request(directory: Path, charter: str, output: Path, *, json: bool) -> None:
    """Write the next version of the charter of the installation in DIRECTORY for the officers to sign. NAME is a built-in charter, FILE a
    TOML file; its calendars are computed anew from this year on. In a practice channel it becomes a practice charter.

    \b
    Example:
      demur charter request /srv/demur my-charter.toml -o charter-2.request
    """
    from demur.cli.installing import last_charter  # noqa: PLC0415 -- starts Django

    text = _frozen(charter).text
    channel, last = last_charter(directory)
    frozen = freeze_text(practice(text) if channel.practice else text, name=charter, year=_this_year())
    if frozen.charter.practice != channel.practice:
        raise CharterError(f"{charter} is a practice charter, and this is a real channel; name a real one.")
    statement = frozen.entry(channel.origin, last)
    write_new(output, canonical.dump(statement))
    lines = [
        f"Version {last + 1} is in {output}. Each officer, away from this machine:",
        f"  demur charter sign --key officer.key --channel channel.toml {output} -o new-charter.signed",
        "  demur seat sign --key officer.key --channel channel.toml --charter new-charter.signed --after seats.signed -o new-seats.signed",
        "Then here, one after the other, because nothing can be filed in between:",
        f"  demur charter adopt {directory} new-charter.signed",
        f"  demur seat fill {directory} new-seats.signed",
    ]
    document = {"file": str(output), "charter": frozen.charter.id, "version": last + 1}
    speak.emit(document, json=json, lines=lines)


@command.command("sign")
@click.argument("request", type=_FILE)
@click.option("--key", "key_file", required=True, type=_FILE, help="The officer's key.")
@click.option("--channel", "channel_file", required=True, type=_FILE, help="channel.toml of the channel it is for.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write it, signed.")
@passphrase_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@speak.json_option
def sign(
    request: Path,
    key_file: Path,
    channel_file: Path,
    output: Path,
    passphrase_file: Path | None,
    *,
    yes: bool,
    json: bool,
) -> None:
    """Sign a charter as an officer. REQUEST is the charter.request that `demur init` wrote, or `demur charter request`.

    You see in plain words what you sign. Where several officers must sign, each gives the same file with -o.

    \b
    Example:
      demur charter sign --key officer.key --channel channel.toml charter.request -o charter.signed
    """
    from demur.cli.charter_view import signing_lines  # noqa: PLC0415 -- only this command shows it

    check_room(output)
    channel = officer_channel(channel_file)
    statement = read_statement(request, "charter")
    if statement.get("origin") != channel.origin:
        raise CharterError(
            f"The charter in {request} was made for another channel than {channel.origin}; sign it for its own."
        )
    frozen = Frozen.to_sign(statement)
    if frozen.charter.practice != channel.practice:
        raise CharterError(
            "A practice charter belongs to a practice channel and a real one to a real channel; sign the other."
        )
    key = read_officer_key(key_file, passphrase_file)
    check_officer(key, channel)
    for line in signing_lines(frozen, channel):
        click.echo(speak.shown(line), err=True)
    if not yes and not speak.ask("Do you sign this charter for this channel?"):
        raise click.Abort
    signed = sign_into(output, statement, key, channel)
    document = {
        "file": str(output),
        "charter": frozen.charter.id,
        "version": frozen.version,
        "missing": missing(signed, channel),
    }
    speak.emit(
        document, json=json, lines=signed_lines(output, signed, channel, then=f"demur charter adopt DIR {output}")
    )


@command.command("adopt")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("signed", type=_FILE)
@speak.json_option
def adopt(directory: Path, signed: Path, *, json: bool) -> None:
    """Put a signed charter in force in the installation in DIRECTORY. New cases are filed under it; older ones keep theirs.

    \b
    Example:
      demur charter adopt /srv/demur charter.signed
    """
    from demur.cli.installing import adopt as adopt_in  # noqa: PLC0415 -- starts Django

    statement = read_statement(signed, "charter")
    force = adopt_in(directory, statement)
    named = f"The charter {statement['charter']}, version {statement['version']},"
    document = {
        "charter": statement["charter"],
        "version": statement["version"],
        "directory": str(directory),
        "in_force": force,
    }
    speak.emit(document, json=json, lines=[f"{named} {adopted(in_force=force)}"])


def _frozen(name: str) -> Frozen:
    """A built-in charter, a TOML file, or a charter statement. Raises CharterError."""
    year = _this_year()
    if name in builtin_names():
        return freeze_text(builtin_text(name), name=name, year=year)
    path = Path(name)
    try:
        data = path.read_bytes()
        if data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
            return charter_in(read_statement(path, "charter"))[0]
        return freeze_text(data.decode("utf-8-sig"), name=name, year=year)
    except OSError:
        raise CharterError(
            f"There is no charter {name!r}; name a file or one of {', '.join(builtin_names())}."
        ) from None
    except UnicodeDecodeError:
        raise CharterError(f"The charter {name} is not UTF-8 text; save it as UTF-8.") from None


def _this_year() -> int:
    return datetime.now(tz=UTC).year
