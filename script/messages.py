# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring the catalogues up to date with the texts in code and templates: `script/messages.py`. By Babel; no gettext needed.

Translations that are there stay; new texts come without one, and `tests/house/test_translations.py` fails until they have it.
"""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    "gettext": None,
    "_": None,
    "gettext_noop": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
ROOT = Path(__file__).resolve().parent.parent


def template_of_texts(source: Path) -> Catalog:
    """Every text below `source` that is to be translated, with where it stands."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    catalogue = Catalog(domain="django", project="Demur", copyright_holder="The Demur authors")
    files = sorted([*source.rglob("*.py"), *source.rglob("templates/**/*.html")])
    for file in files:
        text = file.read_text(encoding="utf-8")
        code = templatize(text, origin=str(file)) if file.suffix == ".html" else text
        for _line, function, message, comments in extract_python(
            io.BytesIO(code.encode()), list(KEYWORDS), ["Translators:"], {"encoding": "utf-8"}
        ):
            parts = tuple(part for part in (message if isinstance(message, tuple) else (message,)) if part is not None)
            if parts and all(isinstance(part, str) and part for part in parts):
                identity = parts[:2] if function == "ngettext" else parts[0]
                catalogue.add(
                    identity, locations=[(str(file.relative_to(source.parent.parent)), 0)], auto_comments=comments
                )
    return catalogue


def main() -> None:
    """Update every catalogue in place."""
    fresh = template_of_texts(ROOT / "src" / "demur")
    for path in sorted((ROOT / "src/demur/locale").glob("*/LC_MESSAGES/django.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        catalogue.update(fresh, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, omit_header=False, include_lineno=False, sort_output=True)


if __name__ == "__main__":
    main()
