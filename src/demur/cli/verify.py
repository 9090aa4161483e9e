# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur verify`: check receipts, exhibits and evidence, offline. Imports neither Django nor anything that could use the
network.
"""

import os
import time
from pathlib import Path
from typing import Any, Final

import click

from demur.cli import speak
from demur.cli.exhibit_view import exhibit_document, exhibit_lines
from demur.client.casefiles import CaseFiles
from demur.client.errors import BadKeyFile, BadReceipt
from demur.client.evidence import Conviction
from demur.client.exhibit import FIRST_LINE
from demur.client.exhibited import Shown
from demur.client.files import refuse_existing, write_new
from demur.client.known import demur_home, trusting
from demur.client.receipt import Findings
from demur.client.verifying import WithKey, is_verifiable, verify_file, verify_with_exhibit, verify_with_key

MAX_FILE: Final = 512 * 1024 * 1024  # bytes

_Checked = Findings | Conviction | Shown | WithKey


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--channel", metavar="WORDS|FILE", help="The channel to verify against: its words, or channel.toml.")
@click.option(
    "--key",
    "key",
    type=click.Path(path_type=Path),
    help="The author's key file: adds charter, time, and what was filed.",
)
@click.option("--extract", type=click.Path(path_type=Path), help="A folder to write an exhibit's texts to.")
@speak.json_option
def command(
    files: tuple[Path, ...], channel: str | None, key: Path | None, extract: Path | None, *, json: bool
) -> None:
    """Check receipts, exhibits and evidence FILES, offline; exit 0 only if everything holds.

    With --key, or with an exhibit that shows the text, further FILES are taken as the text or attachments that were
    filed, and must be those, byte for byte. What an exhibit shows can be read with --extract.

    \b
    Examples:
      demur verify mycase.receipt
      demur verify mycase.receipt --channel "six words from the notice"
      demur verify mycase.receipt --key mycase.key dissent.txt
      demur verify court.exhibit --extract court
    """
    now = int(time.time())
    read = {path: _read(path) for path in files}
    proofs, others = _sorted_out(read, key)
    trusts = trusting(channel, demur_home(os.environ))
    must = channel is not None
    checked: dict[Path, _Checked] = {
        path: verify_file(data, trusts, must_be_known=must, now=now) for path, data in proofs.items()
    }
    checked = {path: _with_others(found, key, others) for path, found in checked.items()}
    if extract is not None:
        _extract(checked, extract)
    documents = [{"file": str(path), **_document(found)} for path, found in checked.items()]
    lines = [line for path, found in checked.items() for line in _lines(path, found)]
    speak.emit({"holds": True, "files": documents}, json=json, lines=lines)


def _sorted_out(read: dict[Path, bytes], key: Path | None) -> tuple[dict[Path, bytes], dict[Path, bytes]]:
    proofs = {path: data for path, data in read.items() if is_verifiable(data)}
    others = {path: data for path, data in read.items() if path not in proofs}
    comparable = key is not None or any(data.startswith(FIRST_LINE.encode()) for data in proofs.values())
    if not proofs or (others and not comparable):
        odd = next(iter(others))
        raise BadReceipt(
            f"{odd} is neither a receipt nor an exhibit nor evidence; name the file that ends in .receipt, .exhibit or "
            ".evidence."
        )
    return proofs, others


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise BadReceipt(f"{path} is too large to be a receipt; name the file that `demur file` wrote.")
    return data


def _with_others(found: _Checked, key: Path | None, others: dict[Path, bytes]) -> _Checked:
    if key is not None:
        return _with_key(found, key, others)
    if isinstance(found, Shown):
        return verify_with_exhibit(found, {str(path): data for path, data in others.items()})
    if others:
        raise BadReceipt("Files are compared with one exhibit, or with a receipt and --key; verify the others apart.")
    return found


def _with_key(found: _Checked, key: Path, others: dict[Path, bytes]) -> WithKey:
    if not isinstance(found, Findings):
        raise BadKeyFile("A key file belongs to a receipt, not to an exhibit or evidence; verify the two apart.")
    files = CaseFiles.named(key)
    opened = files.read_key()
    sealed = _read(files.sealed) if files.sealed.exists() else None
    return verify_with_key(found, opened, sealed=sealed, exhibits={str(path): data for path, data in others.items()})


def _extract(checked: dict[Path, _Checked], folder: Path) -> None:
    """Write what the one exhibit shows, over nothing, under names of ours: no name in it is believed."""
    if len(checked) != 1:
        raise click.UsageError("--extract takes the texts of one exhibit; name one file")
    files = next((found.files for found in checked.values() if isinstance(found, Shown)), {})
    if not files:
        raise BadReceipt("There is no text in this file to extract; only exhibits of the text or the answers hold one.")
    paths = {folder / name: data for name, data in files.items()}
    refuse_existing(*paths)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, data in paths.items():
        write_new(path, data)
        speak.progress(f"{path} is written")


def _document(found: _Checked) -> dict[str, Any]:
    return exhibit_document(found) if isinstance(found, Shown) else found.document


def _lines(path: Path, found: _Checked) -> list[str]:
    if isinstance(found, Conviction):
        return [
            f"{path}: the evidence holds. {found.sentence}",
            _whose(found.channel.origin, found.channel.words(), known=found.known),
        ]
    if isinstance(found, Shown):
        channel = found.findings.channel
        whose = _whose(channel.origin, channel.words(), known=found.findings.known)
        return [f"{path}: the exhibit holds.", whose, *exhibit_lines(found)]
    receipt = found.findings if isinstance(found, WithKey) else found
    lines = [
        f"{path}: the receipt holds.",
        _whose(receipt.channel.origin, receipt.channel.words(), known=receipt.known),
    ]
    lines += _receipt_lines(receipt)
    if isinstance(found, WithKey):
        lines.append(
            f"  by the key: filed under the charter entry {found.charter}, received {speak.day(found.received_at)}"
        )
        lines += [
            f"  by the key: {speak.shown(name)} is the filed {place}, byte for byte"
            for name, place in found.exhibits.items()
        ]
    return lines


def _whose(origin: str, words: list[str], *, known: bool) -> str:
    if known:
        return f"  channel: {origin} (as you know it)"
    return f"  channel: {origin}, by this file's own channel only; compare its words with the notice: {' '.join(words)}"


def _receipt_lines(receipt: Findings) -> list[str]:
    if not receipt.recorded:
        return [
            f"  promised {speak.day(receipt.promise.time)}, due by {speak.day(receipt.promise.not_after)}; not yet "
            "proven"
        ]
    last = receipt.proven[-1].accepted
    indexes = " and ".join(str(row.index) for row in receipt.proven)
    witnesses = ", ".join(last.witnesses) or "nobody outside: unwitnessed"
    return [
        f"  recorded: entries {indexes} of the record, promised {speak.day(receipt.promise.time)}",
        f"  checkpoint: {last.checkpoint.size} entries, {speak.day(last.time)}; witnessed by {witnesses}",
    ]
