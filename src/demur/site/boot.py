# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starting Django for one directory: what the server and the administrator's commands share."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demur.entries.installation import Installation
from demur.site.configuration import NoInstallation, read_configuration
from demur.site.floor import check_rows
from demur.site.locks import hold
from demur.site.rights import keep_private


def open_installation(directory: Path, *, founding: bool = False) -> Installation:
    """Set Django up for `directory` and return its installation; no restore replaces it while this process lives.

    One directory a process. Raises NoInstallation, also where its rows are gone, unless it is just being founded: whatever
    connects would make them anew, and who looks at a damaged installation must not change what it is.
    """
    keep_private()
    read_configuration(directory)
    hold(directory)
    if not founding:
        check_rows(directory)
    os.environ["DEMUR_DIR"] = str(directory.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "demur.site.settings"
    import django  # noqa: PLC0415 -- settings can be read only once the directory is named

    django.setup()
    from demur.site.installed import installation  # noqa: PLC0415 -- needs Django set up

    return installation()


@contextmanager
def usable_rows(directory: Path) -> Iterator[None]:
    """Raises NoInstallation, a sentence, where the database of the installation in `directory` raises an error of its own."""
    from django.db import DatabaseError  # noqa: PLC0415 -- only once Django is set up

    try:
        yield
    except (sqlite3.DatabaseError, DatabaseError) as error:
        raise NoInstallation(
            f"The rows in {directory / 'demur.sqlite3'} cannot be used ({error}); make room or end what holds them, and if it is neither, "
            "run `demur restore` with a backup."
        ) from None


def migrate() -> None:
    """Make or update the tables."""
    from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up

    call_command("migrate", verbosity=0, interactive=False)
