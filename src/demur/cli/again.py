# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur file --again R.key`: bring a case back to a channel that was restored from a backup."""

from pathlib import Path

from demur.cli import speak
from demur.cli.mycase import open_case
from demur.client.again import file_again
from demur.client.errors import BadKeyFile


def bring_back(key_file: Path, *, server: str | None, channel: str | None, insecure: bool, json: bool) -> None:
    """Send the filing of `key_file` again, and keep the mailbox's new head."""
    case = open_case(key_file, server=server, channel=channel, insecure=insecure)
    if case.receipt is None or not case.files.sealed.exists():
        raise BadKeyFile(
            f"Sending a filing again needs {case.files.receipt} and {case.files.sealed}; put them beside the key."
        )
    missing, _ = file_again(case.server, case.key, case.receipt, case.files.sealed.read_bytes(), case.channel)
    said = (
        "The case is back under the promise that you hold. What was written after the filing may be lost: look with `demur status`, and "
        "say again what is missing."
        if missing
        else "The channel has this case; nothing was missing."
    )
    speak.emit({"case": case.key.case, "missing": missing}, json=json, lines=[said])
