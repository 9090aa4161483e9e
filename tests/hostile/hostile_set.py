# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own small multilingual and hostile set: always there, also where no real cases are. Written for these tests."""

TEXTS: dict[str, str] = {
    "english": "The crossing should stay open.\n\nThe count was taken in the wrong week.\n",
    "indonesian": "Penyeberangan harus tetap dibuka.\n\nPenghitungan dilakukan pada pekan yang salah.\n",
    "arabic": "يجب أن يبقى المعبر مفتوحًا.\n\nأُجري الإحصاء في الأسبوع الخطأ.\n",
    "hebrew": "המעבר צריך להישאר פתוח.\n\nהספירה נעשתה בשבוע הלא נכון.\n",
    "chinese": "渡口应当继续开放。\n\n统计是在错误的一周进行的。\n",
    "japanese": "渡し場は開いておくべきだ。\n\n調査は間違った週に行われた。\n",
    "russian": "Переправа должна оставаться открытой.\n\nПодсчёт провели не в ту неделю.\n",
    "hindi": "घाट खुला रहना चाहिए।\n\nगणना गलत सप्ताह में हुई।\n",
    "thai": "ท่าข้ามควรเปิดต่อไป\n\nการนับทำในสัปดาห์ที่ผิด\n",
    "mixed directions": "The word \u202eneddih\u202c hides.\n\nSo does \u2066this\u2069.\n",
    "zero width": "zero\u200bwidth\u200dmarks\ufeff stay\n",
    "decomposed accents": "cafe\u0301 is not café\n",
    "line ends of Windows": "One.\r\n\r\nTwo.\r\n",
    "line ends of old": "One.\rTwo.\r",
    "no line end": "One line without an end",
    "trailing spaces": "One.   \n\n  Two.\t\n\n\n\n",
    "terminal escapes": "\x1b[2J\x1b]0;title\x07Cleared?\n",
    "markup": "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n",
    "template language": "{{ 7*7 }} {% debug %} ${7*7} #{7*7}\n",
    "queries": "'; DROP TABLE dissent_case; --\n",
    "paths": "../../../../etc/passwd\n",
    "looks like TOML": 'subject = "x"\n[[claim]]\ntext = "y"\n',
    "looks like an age file": "age-encryption.org/v1\n-> X25519 abc\n",
    "looks like a receipt": "demur/receipt/v1\n=== channel\n{}\n",
    "emoji and beyond": "👩🏽‍⚖️ \U0010ffff \U000e0041\n",
    "one long line": "a" * 200_000 + "\n",
    "many paragraphs": "\n\n".join(str(n) for n in range(5_000)),
}

# What is refused as text, and a part of the sentence that says so; with --as-is each is filed byte for byte.
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no text"),
    "only white space": (b" \n\t\n", "no text"),
    "Latin-1": ("Pass\u00e9".encode("latin-1"), "not UTF-8"),
    "UTF-16": ("text".encode("utf-16"), "not plain text"),
    "half a surrogate": (b"\xed\xa0\x80", "not UTF-8"),
    "overlong": (b"\xc0\xaf", "not UTF-8"),
    "NUL": (b"a\0b", "not plain text"),
}

# Names a file may come with; a part of the sentence where it is refused, "" where it is kept.
NAMES: dict[str, str] = {
    "dissent.txt": "",
    "pendapat berbeda.txt": "",
    "رأي.txt": "",
    "a\u202etxt.exe": "",
    "-rf": "",
    "..": "no usable name",
    "a" * 300: "no usable name",
    "up/../down.txt": "slash",
    "back\\slash.txt": "backslash",
    "new\nline.txt": "control character",
    "esc\x1b[2J.txt": "control character",
}
