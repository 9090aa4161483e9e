# SPDX-License-Identifier: AGPL-3.0-or-later
"""The witnesses of this installation's log: asked at each checkpoint, and done without, visibly, where they do not answer."""

import logging
from typing import Final

from demur.entries.installation import Installation
from demur.entries.models import Checkpoint
from demur.entries.queries import consistency
from demur.witness.asking import addresses, gather

REST: Final = 30  # seconds that a witness which did not answer is left alone
_LOG: Final = logging.getLogger("demur")


class Witnesses:
    """Asks the witnesses that the policy in force names with an address."""

    def __init__(self, ground: Installation) -> None:
        """Nothing is asked yet."""
        self._ground = ground
        self._known: dict[str, int] = {}
        self._missing: frozenset[str] = frozenset()
        self._resting: dict[str, int] = {}

    @property
    def configured(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(addresses(self._ground.policy))

    def cosigned(self, checkpoint: Checkpoint, *, now: int) -> str:
        """The note of `checkpoint` with the cosignatures that could be had; who is missing is told once, until it answers again.

        One that did not answer is left alone for a while: it would hold up every checkpoint for as long as we wait for it.
        """
        resting = {url for url, until in self._resting.items() if now < until}
        found = gather(
            checkpoint.note,
            self._ground.policy,
            prove=lambda old, new: consistency(old, new, self._ground.store),
            known=self._known,
            skip=resting,
        )
        self._resting |= dict.fromkeys(set(found.missing) - resting, now + REST)
        for url in sorted(set(found.missing) - self._missing):
            _LOG.warning("the witness at %s did not cosign: %s", url, found.missing[url])
        for url in sorted(self._missing - set(found.missing)):
            _LOG.info("the witness at %s cosigns again", url)
        self._missing = frozenset(found.missing)
        return found.note
