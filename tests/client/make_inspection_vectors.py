# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes `spec/vectors/inspection.json`: `PYTHONPATH=src:tests/client python tests/client/make_inspection_vectors.py`."""

import base64
import json
from pathlib import Path
from typing import Any, Final

from inspected_files import every_file
from inspected_odd_files import odd_files

from demur.client.errors import NotImportable
from demur.client.inspection.importing import text_or_import
from demur.client.inspection.look import look
from demur.client.inspection.words import introduction

VECTORS: Final = Path(__file__).parents[2] / "spec/vectors/inspection.json"


def row(data: bytes) -> dict[str, Any]:
    """What both languages must say of a file."""
    report = look(data)
    return {
        "kind": report.kind,
        "family": report.family,
        "format": report.format,
        "findings": [{"what": finding.what, "value": finding.value} for finding in report.findings],
        "looked": report.looked,
        "partial": report.partial,
        "damaged": report.damaged,
        "more": report.more,
        "document": report.document,
        "passes": report.passes,
        "introduction": [code for code, _ in introduction(report)],
    }


def imported(data: bytes) -> str | None:
    """The text that is taken of a file, None where it is refused."""
    try:
        return text_or_import(data)
    except NotImportable:
        return None


def main() -> None:
    """Write the vectors."""
    files = {**every_file(), **odd_files()}
    rows = [
        {"name": name, "bytes": base64.b64encode(data).decode(), "report": row(data), "imported": imported(data)}
        for name, data in files.items()
    ]
    VECTORS.write_text("[\n" + ",\n".join(json.dumps(each, sort_keys=True) for each in rows) + "\n]\n")


if __name__ == "__main__":
    main()
