# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs `demur` as an office whose changed program lets a reply leave claims out: `python -m demur.cli.demo.careless SECONDS …`.

The project's own program refuses such a reply before it is signed. Only the demo runs this, on its throw-away channel, to show what the
author's program then does: it tells the record, and the reply counts as disputed.
"""

import sys

from demur.cli.demo.earlier import run
from demur.dissent.documents.reply import Reply


def main(arguments: list[str]) -> None:
    """Run `demur` without the check of replies, its clock set back as by `earlier`."""
    setattr(Reply, "check_against", lambda *_args, **_more: None)  # noqa: B010 -- a method of the class, replaced
    run(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
