# SPDX-License-Identifier: AGPL-3.0-or-later
"""The witnesses of this installation's log: asked at each checkpoint, and done without, visibly, where they do not answer."""

from demur.entries.installation import Installation
from demur.entries.models import Checkpoint


class Witnesses:
    """Asks the witnesses that the policy in force names with an address."""

    def __init__(self, ground: Installation) -> None:
        """Nothing is asked yet."""
        self._ground = ground

    @property
    def configured(self) -> bool:
        """Whether there is anybody to ask."""
        return False

    def cosigned(self, checkpoint: Checkpoint, *, now: int) -> str:  # noqa: ARG002
        """The note of `checkpoint` with the cosignatures that could be had."""
        return checkpoint.note
