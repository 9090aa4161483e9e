# SPDX-License-Identifier: AGPL-3.0-or-later
"""Running a program that has a limited time, an environment of nothing, and no way to speak but its end.

The bell is pulled by other people's programs and servers. One that never ends is ended with its process group, so that tries do not
pile up. A child that left the group on purpose (setsid) is the program's own affair and lives on. Nothing else waits for a bell: it is
rung from a thread of its own (`demur.site.ringing`).
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from demur.notices.errors import Failure, NotDelivered

LIMIT: Final = 30.0  # seconds; shorter than the first pause of `delivering`
_DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def path_only() -> dict[str, str]:
    """The environment of such a program: PATH, and nothing that this process was given."""
    return {"PATH": os.environ.get("PATH", _DEFAULT_PATH)}


def run_limited(
    words: Sequence[str], *, environment: Mapping[str, str], text: bytes = b"", limit: float = LIMIT
) -> int:
    """Run the program `words` with `text` as its input, and return its exit code.

    Raises NotDelivered where it cannot be started, or did not end within `limit` seconds; then its process group is ended.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 -- words of the configuration, read by no shell
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        raise NotDelivered(Failure.MISSING) from None
    with process:
        try:
            process.communicate(text, timeout=limit)
        except subprocess.TimeoutExpired:
            raise NotDelivered(Failure.SLOW) from None
        finally:
            if process.returncode is None:
                _end_group(process)
    return process.returncode


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    # Not yet waited for, so the number is still its own.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
