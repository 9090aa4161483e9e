# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur file --again R.key`: bring a case back to a channel that was restored from a backup."""

from pathlib import Path

from demur.cli import speak
from demur.cli.mycase import open_case
from demur.client.again import BroughtBack, file_again
from demur.client.errors import BadKeyFile


def bring_back(key_file: Path, *, server: str | None, channel: str | None, insecure: bool, json: bool) -> None:
    """Send the filing of `key_file` again, and keep the mailbox's new head."""
    case = open_case(key_file, server=server, channel=channel, insecure=insecure)
    if case.receipt is None or not case.files.sealed.exists():
        raise BadKeyFile(
            f"Sending a filing again needs {case.files.receipt} and {case.files.sealed}; put them beside the key."
        )
    filing, attachments = case.files.sealed.read_bytes(), case.files.sealed_attachments
    back = file_again(case.server, case.key, case.receipt, filing, case.channel, attachments=attachments)
    held = max((head.count for head in case.receipt.opened_heads()), default=0)
    gone = max(held - back.head.count, 0)
    document = {"case": case.key.case, "missing": back.missing, "items_lost": gone, "attachments_lost": len(back.lost)}
    speak.emit(document, json=json, lines=_lines(back, held=held, gone=gone))


def _lines(back: BroughtBack, *, held: int, gone: int) -> list[str]:
    lines = []
    if back.missing:
        lines.append(
            "The case is back under the promise that you hold. What was written after the filing may be lost: look with `demur status`, "
            "and say again what is missing."
        )
    elif gone:
        lines.append(
            f"The channel has this case, and has lost {gone} of its {held} items, those written last: look with `demur status`, and say "
            "again what is missing."
        )
    elif not back.lost:
        lines.append("The channel has this case; nothing was missing.")
    if back.lost:
        lines.append(
            f"Large attachments that the channel lacks, and that do not lie sealed beside your key: {len(back.lost)}. The readers can "
            "no longer fetch them; send their content anew, in a message or a new filing."
        )
    return lines
