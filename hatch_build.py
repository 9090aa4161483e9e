# SPDX-License-Identifier: AGPL-3.0-or-later
"""Build hook: the languages' catalogues are compiled from their .po files, by Babel, so that no gettext need be installed; and a wheel
without the scripts of the pages is refused.
"""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> list[Path]:
    """Write django.mo beside each django.po below `root`; returns what was written."""
    written = []
    for source in sorted((root / "src" / "demur" / "locale").glob("*/LC_MESSAGES/django.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        target = source.with_suffix(".mo")
        new = source.with_name(f"{os.getpid()}.mo")
        with new.open("wb") as file:
            write_mo(file, catalogue)
        new.replace(target)  # a server that starts meanwhile reads a whole catalogue
        written.append(target)
    return written


SCRIPTS = "src/demur/web/static/demur/js"


class Catalogues(BuildHookInterface[Any]):
    """Compiles before anything is packed, also for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling hands it over
        """Called by hatchling before it packs; `version` is "editable" where nothing is copied."""
        compile_catalogues(Path(self.root))
        if version != "editable" and not (Path(self.root) / SCRIPTS / "write.js").exists():
            raise RuntimeError("The scripts of the pages are not built; run script/setup, then build the wheel again.")
