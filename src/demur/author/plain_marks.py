# SPDX-License-Identifier: AGPL-3.0-or-later
"""Marks in a text that nobody sees, as `assets/pages/web/marks.js` counts them: warned of, and kept (`spec/dissent.md`)."""

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext

from demur.author.sayings import READING

TURNING: Final = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
UNSEEN: Final = (
    "\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b-\\u200d\\u2060-\\u2064\\u206a-\\u206f\\u3164\\ufeff\\uffa0"
    "\\U000e0000-\\U000e007f"
)
_TURNING: Final = re.compile(f"[{TURNING}]")
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
# Joined pictures, such as a family, are no trick.
_JOINED: Final = re.compile("(.)[\ufe0f\U0001f3fb-\U0001f3ff]?\u200d(?=(.))", re.DOTALL)


def warnings(*texts: str) -> list[str]:
    """The sentences that warn of such marks in what somebody wrote; none where there are none."""
    plain = _JOINED.sub(_without_joiner, "\n".join(texts))
    counted = {"marks-turning": len(_TURNING.findall(plain)), "marks-unseen": len(_UNSEEN.findall(plain))}
    return [gettext(READING[code]).format(n=n) for code, n in counted.items() if n]


def placed(text: str) -> str:
    """What somebody wrote, for a place in a sentence of ours: it turns none of our words, by marks or by its letters' direction."""
    shown = _TURNING.sub(lambda mark: f"⟨U+{ord(mark[0]):04X}⟩", text)
    return f"\u2068{shown}\u2069" if _RIGHT_TO_LEFT.search(shown) else shown


def _without_joiner(found: re.Match[str]) -> str:
    pictures = all(unicodedata.category(sign) == "So" for sign in found.groups())
    return found[0].removesuffix("\u200d") if pictures else found[0]
