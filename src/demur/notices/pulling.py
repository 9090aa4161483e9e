# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the settings to the rope: what `deliver_due` pulls."""

from collections.abc import Callable

from demur.notices.doorbell import Doorbell, Hook
from demur.notices.hook import run_hook
from demur.notices.kinds import Kind
from demur.notices.mail import send_mail


def puller(doorbell: Doorbell, *, now: int, random: Callable[[int], bytes]) -> Callable[[Kind], None]:
    """A function that rings `doorbell` for a kind, or raises NotDelivered. `now` in POSIX seconds."""

    def pull(kind: Kind) -> None:
        if isinstance(doorbell, Hook):
            run_hook(doorbell, kind)
        else:
            send_mail(doorbell, kind, now=now, random=random)

    return pull
