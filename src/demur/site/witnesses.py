# SPDX-License-Identifier: AGPL-3.0-or-later
"""The witnesses of this installation's log: asked at each checkpoint, and done without, visibly, where they do not answer.

One that says it cosigned another record stops the log (`demur.site.disputes`): this machine may have been set back. And since such a
witness may be away when the server starts, those that were not heard since then are asked again before anything is signed.
"""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Final

from django.conf import settings

from demur.entries.installation import Installation
from demur.entries.models import Checkpoint
from demur.entries.queries import consistency
from demur.site.disputes import Disputes
from demur.site.floor import note_said
from demur.site.seen import Said
from demur.witness.asking import Gathered, addresses, gather

REST: Final = 30  # seconds that a witness which did not answer is left alone
PATIENCE: Final = 2.0  # seconds that a checkpoint waits for a witness that was never heard
_LOG: Final = logging.getLogger("demur")


class Witnesses:
    """Asks the witnesses that the policy in force names with an address."""

    def __init__(self, ground: Installation) -> None:
        """Nothing is asked yet."""
        self._ground = ground
        self._known: dict[str, int] = {}
        self._heard: set[str] = set()
        self._missing: set[str] = set()
        self._resting: dict[str, int] = {}

    @property
    def configured(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(addresses(self._ground.policy))

    def cosigned(self, checkpoint: Checkpoint, *, now: int) -> str:
        """The note of `checkpoint` with the cosignatures that could be had; who is missing is told once, until it answers again.

        One that did not answer is left alone for a while: it would hold up every checkpoint for as long as we wait for it. Raises
        InDispute where one says that it cosigned another record: then the checkpoint must not be shown.
        """
        resting = {url for url, until in self._resting.items() if now < until}
        found = gather(checkpoint.note, self._ground.policy, prove=self._prove, known=self._known, skip=resting)
        asked = set(addresses(self._ground.policy)) - resting
        self._resting |= dict.fromkeys(asked & set(found.missing), now + REST)
        self._note(found, asked, held=checkpoint.size, now=now)
        return found.note

    def consult(self, *, now: int) -> None:
        """Before anything new is signed: ask those that were not heard since this process started, or that dispute the record.

        Raises InDispute while one says that it cosigned another record.
        """
        directory = Path(settings.DEMUR_DIR)
        disputes = Disputes.read(directory)
        places = set(addresses(self._ground.policy))
        doubtful = {url for url in places if url not in self._heard and not disputes.is_overruled(url)}
        asked = doubtful | (places & {row.witness for row in disputes.open})
        last = Checkpoint.objects.order_by("-size").first()
        if last is not None and asked:
            found = gather(
                last.note,
                self._ground.policy,
                prove=self._prove,
                known=self._known,
                skip=places - asked,
                timeout=PATIENCE,
            )
            self._note(found, asked, held=last.size, now=now)
        else:
            disputes.check()

    def _prove(self, old: int, new: int) -> list[bytes]:
        return consistency(old, new, self._ground.store)

    def _note(self, found: Gathered, asked: Collection[str], *, held: int, now: int) -> None:
        """Keep and tell what those that were asked said. Raises InDispute while one says that it cosigned another record."""
        missing = {url: why for url, why in found.missing.items() if url in asked}
        agree = frozenset(asked) - set(missing)
        for url in sorted(set(missing) - self._missing):
            _LOG.warning("the witness at %s did not cosign: %s", url, missing[url])
        for url in sorted(self._missing & agree):
            _LOG.info("the witness at %s cosigns again", url)
        self._missing = (self._missing - agree) | set(missing)
        self._heard |= agree
        disputes = Disputes.read(Path(settings.DEMUR_DIR))
        said = Said(
            held=held, agree=agree, disputed={url: found.disputed[url] for url in missing if url in found.disputed}
        )
        for url in note_said(disputes, said, now=now):
            _LOG.error("the witness at %s disputes the record; nothing is signed until that is decided", url)
        disputes.check()
