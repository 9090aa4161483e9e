# SPDX-License-Identifier: AGPL-3.0-or-later
"""Make a pseudo-locale: `script/pseudo.py FOLDER` writes FOLDER/id/LC_MESSAGES/django.mo, in which every text is marked and longer.

Each text of the pages stands in ⟦ ⟧, with its letters accented and half of its length added: what is not marked on a page was
never handed to a translator, and what breaks under such lengths breaks in German or Tamil. For developers and tests alone: no server
offers it, and nothing installs it. It takes the place of Indonesian where `DEMUR_TEST_LOCALE=FOLDER` and `tests/shifted` are on the path.
"""

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from messages import ROOT, template_of_texts

OPEN, CLOSE = "\u27e6", "\u27e7"
LONGER = 0.5
_KEPT = re.compile(r"(%\(\w+\)[sd]|\{\w*\}|%%|&\w+;)")
_ACCENTED = str.maketrans(
    "aeiouyncsAEIOUNCS",
    "\u00e1\u00e9\u00ed\u00f3\u00fa\u00fd\u00f1\u00e7\u0161\u00c1\u00c9\u00cd\u00d3\u00da\u00d1\u00c7\u0160",
)


def pseudo(text: str) -> str:
    """A text of the pages, marked, accented and half as long again; what is filled into it stays."""
    parts = _KEPT.split(text)
    letters = "".join(part if n % 2 else part.translate(_ACCENTED) for n, part in enumerate(parts))
    # In words of ordinary length, so that it is the length of a sentence that is tried and not that of a word.
    more = " ".join(["\u00e9\u00e9\u00e9\u00e9\u00e9"] * max(1, round(len(text) * LONGER / 6)))
    return f"{OPEN}{letters} {more}{CLOSE}"


def build(folder: Path) -> int:
    """Write the catalogue; returns how many texts it holds."""
    catalogue = Catalog(locale="id", domain="django", charset="utf-8")
    for message in template_of_texts(ROOT / "src" / "demur"):
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[-1]
            catalogue.add(
                message.id, pseudo(one) if isinstance(message.id, str) else (pseudo(one),), context=message.context
            )
    target = folder / "id" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    return len(catalogue)


if __name__ == "__main__":
    print(f"{build(Path(sys.argv[1]))} texts")
