# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur receipt complete`: proofs into a receipt that holds promises only, without the key and, with a mirror, without the server."""

import os
from dataclasses import replace
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.groups import Group
from demur.cli.mycase import now
from demur.cli.routing import proxy_option
from demur.cli.saving import ended, why_not
from demur.client.casefiles import CaseFiles
from demur.client.errors import ClientError, NotTrusted
from demur.client.healing import CHANGED, as_written
from demur.client.known import demur_home
from demur.client.mirror import open_mirror, proofs_from
from demur.client.receipt import Receipt
from demur.client.trust import resolve
from demur.record.errors import RecordError
from demur.record.promise import open_promise


@click.group(cls=Group)
def command() -> None:
    """Complete a receipt once its entries are published."""


@command.command("complete")
@click.argument("receipt_file", metavar="R.receipt", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mirror", metavar="DIR|URL", help="Where the record can be read: a folder or an address, trusted for nothing."
)
@click.option("--server", metavar="URL", help="The channel's own server, where no mirror is named.")
@proxy_option
@click.option("--insecure-http", "insecure", is_flag=True, help="Allow plain http beyond this machine.")
@speak.json_option
def complete(receipt_file: Path, mirror: str | None, server: str | None, *, insecure: bool, json: bool) -> int:
    """Put the proofs of what was promised into R.receipt, computed here from the record's tiles.

    It needs no key, and nobody is asked about a case: whoever serves the tiles sees that somebody reads the record.

    \b
    Examples:
      demur receipt complete mycase.receipt --mirror https://mirror.example.net/demur
      demur receipt complete mycase.receipt --server https://dissent.example.org
    """
    if (mirror is None) == (server is None):
        raise click.UsageError("Name --mirror, or --server for the channel's own record")
    files = CaseFiles.named(receipt_file)
    receipt = _read(receipt_file)
    if server is not None:
        known = resolve(server, None, demur_home(os.environ), insecure=insecure)
        if known.channel.digest != receipt.channel.digest:
            raise NotTrusted(f"The receipt {receipt_file} is of another channel than {server}.")
    done = completed(receipt, mirror or str(server))
    findings = done.verify(done.channel, now=now())
    why = why_not(lambda: files.save_receipt(done, now=now()))
    open_acts = sum(not act.proof for act in done.acts)
    holds = "would hold" if why else "holds"
    indexes = ", ".join(str(row.index) for row in findings.proven)
    due = speak.moment(findings.promise.not_after)
    lines = [
        f"{receipt_file} {holds} its proof: entries {indexes} of the record."
        if findings.recorded
        else f"The entries of {receipt_file} are not published yet; they are due by {due}."
    ]
    if open_acts:
        lines.append(f"{open_acts} later acts still wait for their tick.")
    speak.emit({**findings.document, "open_acts": open_acts, "saved": not why}, json=json, lines=lines)
    return ended((why, f"{receipt_file} could not be written; copy it to where you may write, and complete the copy."))


def _read(path: Path) -> Receipt:
    receipt, changed = as_written(path.read_bytes(), Receipt.parse)
    if changed:
        speak.warn(f"{path}: {CHANGED}")
    return receipt


def completed(receipt: Receipt, mirror: str) -> Receipt:
    """The receipt with every proof that the mirror can give. Raises ClientError."""
    read, policy = open_mirror(mirror), receipt.channel.policy_object
    if not receipt.proofs:
        found = proofs_from(read, receipt.opened_promise().entries, policy)
        if found is not None:
            receipt = receipt.with_proofs((found[0], found[1]))
    acts = []
    for act in receipt.acts:
        try:
            entries = open_promise(act.promise, receipt.channel.log_verifier).entries
        except RecordError as error:
            raise ClientError(f"A promise in the receipt does not hold: {error}") from None
        found = None if act.proof else proofs_from(read, entries, policy)
        acts.append(replace(act, proof=found[0]) if found else act)
    return replace(receipt, acts=tuple(acts))
