# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loading a charter file. Strict: what is not understood is refused with file, line and remedy, never passed over.

A misspelt key that is silently ignored would be a promise silently broken. `shaping` refuses keys and kinds, `checking` refuses parts
that do not fit each other.
"""

import re
import tomllib
from typing import Any

from demur.charter.checking import check
from demur.charter.errors import LoadError
from demur.charter.model import NAMES_IN_FILE, Charter
from demur.charter.shaping import Source, build


def load(text: str, *, name: str) -> Charter:
    """Read a charter; `name` is what errors call the file. Raises LoadError."""
    table = _table(text, name)
    source = Source(text, name)
    charter = build(Charter, table, (), source, NAMES_IN_FILE)
    check(charter, source)
    return charter


def _table(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else 0
        raise LoadError(f"This is not valid TOML ({error}); mend that line.", file=name, line=line) from None
    except RecursionError:
        raise LoadError(
            "This TOML is nested too deeply to be a charter; use another file.", file=name, line=0
        ) from None
