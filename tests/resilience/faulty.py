# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run by test_faults: one filing through the commit path of a practice directory, interrupted at its k-th durable step.

    python faulty.py DIRECTORY BUNDLE STEP exit|full

Durable steps are what changes the disk for good: an fsync, a rename, a database commit. At step STEP the process ends (`exit`), or the
disk is full from then on (`full`). Prints one line: how many steps there were, and what came of it.
"""

import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

STEP, HOW = int(sys.argv[3]), sys.argv[4]
steps = 0


def durable(name: str) -> None:
    """Count one durable step, and let the fault happen before it."""
    global steps
    steps += 1
    if steps < STEP or STEP == 0:
        return
    if HOW == "exit":
        os._exit(9)
    raise (sqlite3.OperationalError("database or disk is full") if name == "commit" else OSError(28, "No space left"))


real_fsync, real_rename = os.fsync, os.rename


def fsync(handle: int) -> None:
    durable("fsync")
    real_fsync(handle)


def rename(self: Path, target: Any) -> Path:
    durable("rename")
    real_rename(self, target)
    return Path(target)


def main() -> None:
    """File, tick, publish."""
    from demur.site.boot import open_installation

    ground = open_installation(Path(sys.argv[1]))
    from django.db import Error as DatabaseError
    from django.db.backends.sqlite3.base import DatabaseWrapper

    from demur.site.ticker import beat
    from demur.site.witnesses import Witnesses

    real_commit = DatabaseWrapper._commit

    def commit(self: Any) -> None:
        durable("commit")
        real_commit(self)

    import time

    from demur.dissent.actions.submit import check_submission, prepare_case, submit
    from demur.dissent.bundle import unpack_bundle
    from demur.errors import DemurError
    from demur.people.queries import rules_in_force
    from demur.site.installed import uploads

    now = int(time.time())
    os.fsync, Path.rename, DatabaseWrapper._commit = fsync, rename, commit  # type: ignore[assignment,method-assign]
    try:
        rules = rules_in_force()
        header, files = unpack_bundle(Path(sys.argv[2]).read_bytes())
        submission = check_submission(header, files, rules=rules, ground=ground, uploads=uploads())
        prepared = prepare_case(submission, rules=rules, ground=ground, at=now)
        filed = ground.writer.write(lambda: submit(prepared, files, ground=ground, uploads=uploads()))
        Path(sys.argv[2]).with_suffix(".promise").write_text(filed.read()[1].promise)
        beat(ground, now=now, witnesses=Witnesses(ground))
    except (DemurError, OSError, sqlite3.Error, DatabaseError) as error:
        print(steps, type(error).__name__)
        return
    print(steps, "done")


main()
