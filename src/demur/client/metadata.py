# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is refused before a file is sealed, because it tells more than its text; and cleaning by mat2.

A document that is sealed is opened by readers in the building. If it says on whose machine it was written, promise
5 of the design is lost there. Therefore only plain text and images of known parts pass quietly; everything else is
told and needs consent (`inspection`).
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from demur.client.errors import CarriesMetadata
from demur.client.inspection.look import look, not_looked_into
from demur.client.inspection.report import LOOKED_AT, Report
from demur.client.inspection.words import told

_CLEAN_SECONDS: Final = 60
_NAMED: Final = 8  # findings that a refusal names; all stand where the file is shown


def refuse_metadata(name: str, data: bytes) -> Report:
    """What the file tells. Raises CarriesMetadata unless it passes quietly."""
    report = look(data)
    if not report.passes:
        raise CarriesMetadata(refusal(name, report))
    return report


def refusal(
    name: str, report: Report, *, remedy: str = "clean it with --clean, or file it untouched with --as-is"
) -> str:
    """The sentence that refuses a file: what it is, what was found, what to do."""
    if report.family == "unknown":
        what = "is of a kind that is not known here, so it may tell anything"
    elif report.looked == "no":
        what = f"({report.format}) was not looked into, so it may tell anything"
    else:
        what = f"({report.format}) can tell more than its text"
    found = "; ".join(told(finding) for finding in report.findings[:_NAMED])
    more = len(report.findings) - _NAMED + report.more
    listed = f" (found: {found}{f'; and {more} more' if more > 0 else ''})" if found else ""
    damaged = ", and it is damaged or not what it claims to be" if report.damaged else ""
    return f"The file {name!r} {what}{listed}{damaged}; {remedy}."


def look_at_file(path: Path) -> Report:
    """What a file on the disk tells; one beyond LOOKED_AT bytes is not looked into."""
    with path.open("rb") as file:
        data = file.read(LOOKED_AT + 1)
    return look(data) if len(data) <= LOOKED_AT else not_looked_into(data[: 1024 * 1024])


def clean(name: str, data: bytes) -> bytes:
    """The file without metadata, by mat2. Raises CarriesMetadata if mat2 is missing, cannot clean it, or does not know its kind."""
    tool = shutil.which("mat2")
    if tool is None:
        raise CarriesMetadata(
            "--clean needs the program mat2, which is not installed; install it, or file untouched with --as-is."
        )
    with tempfile.TemporaryDirectory(prefix="demur-") as folder:
        path = Path(folder) / f"file{Path(name).suffix}"
        path.write_bytes(data)
        try:
            done = subprocess.run(  # noqa: S603 -- the program found on PATH, without a shell
                [tool, "--inplace", str(path)], capture_output=True, timeout=_CLEAN_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise CarriesMetadata(
                f"mat2 did not finish cleaning {name!r}; clean it yourself, or file it with --as-is."
            ) from None
        cleaned = path.read_bytes()
    if done.returncode != 0 or cleaned == data or look(data).family == "unknown":
        raise CarriesMetadata(f"mat2 cannot clean {name!r}; clean it yourself, or file it untouched with --as-is.")
    return cleaned
