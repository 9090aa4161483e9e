# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names of files that a form brings, as they can be sealed (`spec/container.md`): to the letter wherever that can be."""

import re
from typing import Final

from demur.seal.container import MAX_NAME

NAMELESS: Final = "file"
_UNUSABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
# What browsers write where a name has a line's end, or a quotation mark (HTML standard, multipart/form-data); a name can have these signs
# itself, and nobody can tell the two apart. So this counts as a change, and is shown to whoever files.
_WRITTEN: Final = (("%0D%0A", "_"), ("%0D", "_"), ("%0A", "_"), ("%22", '"'))


def usable_name(given: str) -> str:
    """The nearest name that can be sealed: `given` itself wherever that can be.

    Folders go, since they tell of the author's machine; control characters become `_`; a name that is too long loses the end of its stem.
    """
    for written, meant in _WRITTEN:
        given = given.replace(written, meant)
    last = next((part for part in reversed(re.split(r"[/\\]", given)) if part not in {"", ".", ".."}), NAMELESS)
    return _shortened(_UNUSABLE.sub("_", last))


def pictured(given: str) -> str:
    """A name for people to look at: control characters as their pictures."""
    return _UNUSABLE.sub(lambda found: "\u2421" if found[0] == "\x7f" else chr(0x2400 + ord(found[0])), given)


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > MAX_NAME // 4:  # no ending that says what kind of file it is
        stem, dot, ending = name, "", ""
    room = MAX_NAME - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + ending
