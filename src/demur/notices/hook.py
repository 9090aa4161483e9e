# SPDX-License-Identifier: AGPL-3.0-or-later
"""The doorbell as a command: it gets the kind as its only further word, and an exit code of 0 means that it rang."""

from demur.notices.doorbell import Hook
from demur.notices.errors import Failure, NotDelivered
from demur.notices.kinds import Kind
from demur.notices.limited import LIMIT, path_only, run_limited


def run_hook(hook: Hook, kind: Kind, *, limit: float = LIMIT) -> None:
    """Run the command of `hook`; raises NotDelivered. `limit` in seconds."""
    if run_limited([*hook.command, str(kind)], environment=path_only(), limit=limit) != 0:
        raise NotDelivered(Failure.FAILED)
