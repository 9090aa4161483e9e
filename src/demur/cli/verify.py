# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur verify`: check receipts, exhibits and evidence, offline. Imports neither Django nor anything that could use the
network.
"""

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from demur.cli import speak
from demur.cli.exhibit_view import exhibit_document, exhibit_lines
from demur.cli.saving import why_not
from demur.client.casefiles import CaseFiles
from demur.client.comparing import Compared, compare_all
from demur.client.errors import BadKeyFile, BadReceipt, Dishonest
from demur.client.evidence import Conviction
from demur.client.exhibit import FIRST_LINE
from demur.client.exhibited import Shown
from demur.client.files import refuse_existing, write_new
from demur.client.healing import CHANGED, as_written
from demur.client.known import demur_home, trusting
from demur.client.policyseen import KnownPolicies
from demur.client.receipt import FIRST_LINE as RECEIPT_LINE
from demur.client.receipt import Findings, Receipt
from demur.client.verifying import WithKey, is_verifiable, verify_file, verify_with_exhibit, verify_with_key
from demur.errors import DemurError

_PROOF: Final = b"demur/"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
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
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to write evidence if receipts contradict each other."
)
@click.option("--extract", type=click.Path(path_type=Path), help="A folder to write an exhibit's texts to.")
@speak.json_option
def command(
    files: tuple[Path, ...],
    channel: str | None,
    key: Path | None,
    output: Path | None,
    extract: Path | None,
    *,
    json: bool,
) -> None:
    """Check receipts, exhibits and evidence FILES, offline; exit 0 only if everything holds.

    Two or more receipts of one channel are laid side by side: a log that shows each person another record is found by this, and
    convicted with -o.

    With --key, or with an exhibit that shows the text, further FILES are taken as the text or attachments that were
    filed, and must be those, byte for byte. What an exhibit shows can be read with --extract.

    \b
    Examples:
      demur verify mycase.receipt
      demur verify mycase.receipt hers.receipt -o two-records.evidence
      demur verify mycase.receipt --channel "six words from the notice"
      demur verify mycase.receipt --key mycase.key dissent.txt
      demur verify court.exhibit --extract court
    """
    proofs, others = _sorted_out({path: _as_written(path) for path in files}, key)
    found = _verified(proofs, channel)
    compared = _compared(proofs.values(), output)
    checked = {path: _with_others(row, key, others) for path, row in found.items()}
    if extract is not None:
        _extract(checked, extract)
    _tell(checked, compared, json=json)


def _verified(proofs: dict[Path, bytes], channel: str | None) -> dict[Path, _Checked]:
    now, trusts, must = int(time.time()), trusting(channel, demur_home(os.environ)), channel is not None
    known = KnownPolicies(demur_home(os.environ), list(proofs.values()))
    for data in proofs.values():
        known.check(data)
    return {path: verify_file(data, trusts, must_be_known=must, now=now) for path, data in proofs.items()}


def _tell(checked: dict[Path, _Checked], compared: list[Compared], *, json: bool) -> None:
    document: dict[str, Any] = {
        "holds": True,
        "files": [{"file": str(path), **_document(found)} for path, found in checked.items()],
    }
    if compared:
        document["together"] = [row.document for row in compared]
    lines = [line for path, found in checked.items() for line in _lines(path, found)]
    speak.emit(document, json=json, lines=[*lines, *(line for row in compared for line in _together_lines(row))])


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


def _compared(proofs: Iterable[bytes], output: Path | None) -> list[Compared]:
    """What receipts of one channel say together. What convicts the log is written to `output` before the error is shown."""
    if output is not None:
        refuse_existing(output)
    receipts = [Receipt.parse(data) for data in proofs if data.startswith(RECEIPT_LINE.encode() + b"\n")]
    try:
        return compare_all(receipts)
    except Dishonest as error:
        if output is None:
            raise type(error)(f"{error} Give -o FILE to write it.", error.evidence) from None
        evidence = error.evidence.encode()
        why = why_not(lambda: write_new(output, evidence))
        said = (
            f"It could not be written ({why}); name another place with -o."
            if why
            else f"It is in {output}: `demur verify` convinces anybody with it."
        )
        raise type(error)(f"{error} {said}", error.evidence) from None


def _as_written(path: Path) -> bytes:
    """A file's bytes; a proof that another program changed harmlessly as it was written, which is told."""
    now = int(time.time())

    def read(data: bytes) -> bytes:
        verify_file(data, lambda _channel: True, must_be_known=False, now=now)
        return data

    data = _read(path)
    if _PROOF not in data[:64] and not data.startswith(_UTF16):
        return data
    try:
        written, changed = as_written(data, read)
    except DemurError:
        return data  # what does not hold is told below, as what it is
    if changed:
        speak.warn(f"{path}: {CHANGED} (SHA-256 as it was written: {hashlib.sha256(written).hexdigest()})")
    return written


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
    sealed = files.read_sealed()
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
            f"{speak.line(path)}: the evidence holds. {speak.line(found.sentence, most=1000)}",
            _whose(found.channel.origin, found.channel.words(), known=found.known),
        ]
    if isinstance(found, Shown):
        channel = found.findings.channel
        whose = _whose(channel.origin, channel.words(), known=found.findings.known)
        return [f"{speak.line(path)}: the exhibit holds.", whose, *exhibit_lines(found)]
    receipt = found.findings if isinstance(found, WithKey) else found
    lines = [
        f"{speak.line(path)}: the receipt holds.",
        _whose(receipt.channel.origin, receipt.channel.words(), known=receipt.known),
    ]
    lines += _receipt_lines(receipt)
    if isinstance(found, WithKey):
        lines.append(
            f"  by the key: filed under the charter entry {found.charter}, received {speak.moment(found.received_at)}"
        )
        lines += [
            f"  by the key: {speak.line(name)} is the filed {speak.line(place)}, byte for byte"
            for name, place in found.exhibits.items()
        ]
    return lines


def _together_lines(found: Compared) -> list[str]:
    sizes = " and ".join(map(str, found.sizes)) or "none"
    lines = [
        f"together: {found.receipts} receipts of {found.channel.origin} do not contradict each other (checkpoints: {sizes})"
    ]
    if len(found.sizes) > 1:
        lines.append(
            "  that the larger record starts with the smaller cannot be seen in receipts; `demur status` asks the record"
        )
    if found.unwitnessed:
        lines.append(
            "  unwitnessed: the log could still show others another record, and nobody outside would have seen it"
        )
    return lines


def _whose(origin: str, words: list[str], *, known: bool) -> str:
    if known:
        return f"  channel: {origin} (as you know it)"
    return f"  channel: {origin}, by this file's own channel only; compare its words with the notice: {' '.join(words)}"


def _receipt_lines(receipt: Findings) -> list[str]:
    if not receipt.recorded:
        return [
            f"  promised {speak.moment(receipt.promise.time)}, due by {speak.moment(receipt.promise.not_after)}; not yet "
            "proven"
        ]
    last = receipt.proven[-1].accepted
    indexes = " and ".join(str(row.index) for row in receipt.proven)
    witnesses = ", ".join(map(speak.line, last.witnesses)) or "nobody outside: unwitnessed"
    return [
        f"  recorded: entries {indexes} of the record, promised {speak.moment(receipt.promise.time)}",
        f"  checkpoint: {last.checkpoint.size} entries, {speak.moment(last.time)}; witnessed by {witnesses}",
    ]
