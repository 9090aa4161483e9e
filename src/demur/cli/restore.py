# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur restore`: an installation from a backup, which refuses to sign what could contradict what was signed since."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from demur.cli import speak
from demur.cli.routing import proxy_option
from demur.client.errors import ClientError
from demur.client.mirror import open_mirror
from demur.client.policyseen import channel_of
from demur.record.proof import Proof

if TYPE_CHECKING:
    from demur.site.restoring import Restored


@click.command()
@click.argument("backup", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path))
@click.argument("directory", type=click.Path(resolve_path=True, path_type=Path))
@click.option(
    "--shred", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The shred file; else BACKUP.shred."
)
@click.option("--mirror", "mirrors", multiple=True, metavar="DIR|URL", help="A copy of the record; may be repeated.")
@click.option(
    "--receipt",
    "receipts",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A receipt written since: it proves changes of the trust policy.",
)
@proxy_option
@click.option("--old-policy", is_flag=True, help="Go on under the trust policy before one that nothing proves.")
@click.option("--no-witnesses", is_flag=True, help="Do not ask the witnesses how far the record had come.")
@click.option(
    "--erased",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="So many cases were erased: leave them out for good.",
)
@speak.json_option
def command(
    backup: Path,
    directory: Path,
    shred: Path | None,
    mirrors: tuple[str, ...],
    receipts: tuple[Path, ...],
    erased: int,
    *,
    old_policy: bool,
    no_witnesses: bool,
    json: bool,
) -> None:
    """Make the installation in DIRECTORY from BACKUP. End the server first; what stands in DIRECTORY is kept beside it.

    The backup is checked before anything is replaced. What was signed since is taken back from the rows and tiles that are left in
    DIRECTORY, and from each --mirror; the witnesses say how far the record had come. Nothing is signed below that size. Authors whose
    cases were lost bring them back with `demur file --again R.key`. A change of the trust policy must be proven again, from a mirror's
    `policies`, a --receipt, or the former witnesses; where nothing proves it, nothing is replaced.

    \b
    Examples:
      demur restore /mnt/backup/2026-11-23 /srv/demur
      demur restore /mnt/backup/2026-11-23 /srv/demur --shred /mnt/keys/2026-11-23.shred --mirror https://mirror.example.net/demur
    """
    from demur.site.restoring import restore  # noqa: PLC0415 -- only this command needs it

    done = restore(
        backup,
        directory,
        shred=shred or backup.with_name(f"{backup.name}.shred"),
        mirrors=[open_mirror(name) for name in mirrors],
        notes=[note for path in receipts for note in _proving(path)],
        ask=not no_witnesses,
        old_policy=old_policy,
        erased=erased,
        now=int(time.time()),
        progress=speak.progress,
    )
    for sentence in done.unread:
        speak.warn(sentence)
    speak.emit(_document(directory, done), json=json, lines=_lines(directory, done))


def _proving(path: Path) -> list[str]:
    """The checkpoints by which a receipt, or an exhibit, proves changes of the trust policy. Raises ClientError for another file."""
    channel = channel_of(path.read_bytes())
    if channel is None:
        raise ClientError(
            f"{path} is neither a receipt nor an exhibit; name R.receipt, as `demur file` or `demur status` wrote it."
        )
    return [Proof.parse(change.proof).checkpoint_text for change in channel.changes]


def _document(directory: Path, done: "Restored") -> dict[str, object]:
    return {
        "directory": str(directory),
        "cases": done.backup.cases - done.erased,
        "backup_size": done.backup.size,
        "size": done.size,
        "floor": done.floor,
        "taken": done.taken,
        "erased": done.erased,
        "disputed": list(done.disputed),
        "kept": str(done.kept) if done.kept else "",
        "words": done.words,
    }


def _lines(directory: Path, done: "Restored") -> list[str]:
    cases = done.backup.cases - done.erased
    lines = [
        f"{directory} is restored: {cases} cases, {done.size} entries, {done.taken} of them taken back from what was published."
    ]
    lines.append(f'Its channel words are "{done.words}"; compare them with the poster before you serve it.')
    if done.kept:
        lines.append(f"What stood there is in {done.kept}.")
    if done.erased:
        lines.append(
            f"{done.erased} cases had no key any more and were left out; the record will say that they were erased."
        )
    lines.append(
        "What was filed or said after the backup is lost here, as the record will say; authors bring their cases back with "
        "`demur file --again R.key`."
    )
    if done.floor > done.size:
        lines.append(
            f"The record was signed up to {done.floor} entries, and {done.floor - done.size} of them cannot be had: nothing "
            "will be signed before a restore with a mirror that has them."
        )
    lines += [
        f"{sentence} Nothing proves it, and nothing is signed before it is clear: restore with a mirror that has them."
        for sentence in done.disputed
    ]
    return lines
