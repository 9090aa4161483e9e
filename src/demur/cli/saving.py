# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was done is told before what could not be saved, and both with an exit code of their own.

A command whose act is recorded has succeeded for ever, whatever the disk says afterwards. It prints what was recorded,
then warns of what is not on the disk and where it can be had, and ends with `NOT_SAVED`: scripts and people must not
take it for an act that failed.
"""

from collections.abc import Callable
from typing import Final

from demur.cli import speak
from demur.client.errors import BadReceipt, FileInTheWay, NotWritable

NOT_SAVED: Final = 3  # the exit code: done, but something that belongs to it could not be written


def why_not(write: Callable[[], object]) -> str:
    """Write something; "" if it worked, else the reason in a few words. Reasons are of the disk or of a file in the way, nothing else."""
    try:
        write()
    except OSError as error:
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    except (BadReceipt, FileInTheWay, NotWritable) as error:
        return str(error).rstrip(".")
    return ""


def ended(*unsaved: tuple[str, str]) -> int:
    """The exit code after pairs of a reason and the sentence that goes with it; empty reasons are no failures."""
    for why, sentence in unsaved:
        if why:
            speak.warn(f"{sentence} ({speak.shown(why)})")
    return NOT_SAVED if any(why for why, _ in unsaved) else 0
