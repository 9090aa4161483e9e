# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes `spec/vectors/marks.json`: `PYTHONPATH=src python tests/client/make_mark_vectors.py`. Node runs them too."""

import json
import random
from pathlib import Path
from typing import Any, Final

from demur.client.marks import count_marks, placed, places_of, without_marks

VECTORS: Final = Path(__file__).parents[2] / "spec/vectors/marks.json"
# Texts that need what they hold: nothing is warned of.
ORDINARY: Final = (
    *(
        "",
        "plain",
        "plain, and accents: é à",
        "می\u200cخواهم",
        "کار\u200cها",
        "क्\u200dष",
        "ನ\u200cಮ",
        "ශ්\u200dරී",
        "ها\u200d",
    ),
    *(
        "👩\u200d🔬",
        "👩🏽\u200d🔬",
        "👩\u200d👩\u200d👧",
        "❤\ufe0f",
        "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    ),
    *(
        "葛\U000e0100",
        "ไทย\u200bไทย",
        "mot\u00a0: oui",
        "«\u00a0oui\u00a0»",
        "10\u202f000\u00a0km",
        "§\u00a05",
        "\u3000日本語\u3000です",
        "\ufeffstart",
        "a\n\u00a0\nb",
    ),
    *(
        "日本語テキストabc",
        "한국어abc",
        "Москва и Киев",
        "Αθήνα",
        "العربية English",
        "Latin Москва",
        "café",
        "cafe\u0301",
        "ᠠ\u180b",
        "\U0001e900\U0001e923",
    ),
)
# Texts with marks.
MARKED: Final = (
    *(
        "gaji\u202efdp\u202c.exe",
        "soft\u00adhyphen",
        "\u200f\u2066\ufeff\U000e0041",
        "👩🏽\u200d🔬 a\u200db",
        "a\u200b b",
        "a\ufe0f",
        "日\ufe0f",
        "x\ufe00\ufe01\ufe0f",
    ),
    *(
        "hidden\U000e0068\U000e0069 tag",
        "🏴\U000e0067 cut",
        "two\u00a0words",
        "thin\u2009gap",
        "hair\u200agap",
        "a\u3000b",
        "run \u00a0 of\u00a0\u00a0spaces",
    ),
    *(
        "pаypal",
        "Ωmega",
        "Τοкio",
        "abcאבג",
        "日本語Москва",
        "می\u200c خواهم",
        "a\u200d👩",
        "👩\u200d",
        "word\u2060joiner",
        "\u2063\u2064",
        "hangul\u3164filler",
    ),
    *("many " * 20 + "before\u200bafter" + " many" * 20, "line\u200b\nline\u200b\nline", "interlinear\ufff9x\ufffb"),
)
PLACED: Final = (
    *(
        "",
        "Ana Ruiz",
        "Šárka Nováková",
        "中村",
        "नमस्ते",
        "𐌲𐌿𐍄",
        "👩🏽\u200d🔬",
        "a\u00adb",
        "֏",
        "ऀ",
        "\ufb1c",
        "\ufefd",
        "\U000107ff",
        "\U00011000",
        "\U0001e7ff",
        "\U0001f000",
    ),
    *(
        "عميد",
        "שר",
        "ދިވެހި",
        "ߒߞߏ",
        "𞤀𞤣𞤤𞤢𞤥",
        "\U00010900\U00010901",
        "office 𞤀",
        "\u0590",
        "\u08ff",
        "\ufb1d",
        "\ufefc",
        "\U00010800",
        "\U00010fff",
        "\U0001e800",
        "\U0001efff",
    ),
    *("gaji\u202efdp.exe", "a\u2069\u061c.txt", "عميد\u2069x", "hindi क्\u200dष"),
)


def mixtures() -> list[str]:
    """Random strings over what matters, the same each time."""
    pool = "ab \n1.аαلم\u200c\u200d\u200b\u00a0\u2009\u3000日ア한क\u094d\ufe0f\ufe00👩🏽🏴\U000e0067\U000e007f\u202e\u2060é"
    drawn = random.Random(7)
    return ["".join(drawn.choice(pool) for _ in range(drawn.randrange(1, 24))) for _ in range(20)]


def row(text: str) -> dict[str, Any]:
    """What both languages must say of a text."""
    return {"text": text, "counts": count_marks(text), "places": places_of(text), "without": without_marks(text)}


def main() -> None:
    """Write the vectors."""
    made = {
        "ordinary": list(ORDINARY),
        "marked": [row(text) for text in (*MARKED, *mixtures())],
        "placed": [{"text": text, "shown": placed(text)} for text in PLACED],
    }
    VECTORS.write_text(json.dumps(made, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
