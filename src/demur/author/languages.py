# SPDX-License-Identifier: AGPL-3.0-or-later
"""Languages in which a dissent is often written, by their own names; an author need state none."""

from typing import Final

WRITTEN: Final = (
    ("ar", "العربية"),
    ("zh", "中文"),
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("id", "Bahasa Indonesia"),
    ("ja", "日本語"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("sw", "Kiswahili"),
    ("tr", "Türkçe"),
)
