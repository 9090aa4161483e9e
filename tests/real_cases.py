# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the real public cases are, if they are there. Nothing of them is committed."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_directory() -> Path | None:
    """Where the real cases are: DEMUR_CASES, or shared/data beside the checkout; None if neither is there."""
    for candidate in (os.environ.get("DEMUR_CASES"), ROOT.parent / "shared" / "data"):
        if candidate and (Path(candidate) / "dissents").is_dir():
            return Path(candidate)
    return None
