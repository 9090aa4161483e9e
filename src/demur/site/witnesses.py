# SPDX-License-Identifier: AGPL-3.0-or-later
"""The witnesses of this installation's log: asked at each checkpoint, and done without, visibly, where they do not answer.

One that says it cosigned another record stops the log (`demur.site.disputes`): this machine may have been set back. So before a
process signs anything it listens: to every witness that any policy ever named, all at once, each as long as it may take. Who was
away then may be the one that knows, so those in the policy are asked again before anything more is signed.
"""

import logging
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from django.conf import settings

from demur.entries.installation import Installation
from demur.entries.models import Checkpoint
from demur.entries.queries import consistency
from demur.people.models import Statement
from demur.site.disputes import Disputes
from demur.site.floor import note_said
from demur.site.outward import way_by
from demur.site.seen import Said, empty_note, places_ever
from demur.witness.asking import Gathered, Places, addresses, gather

REST: Final = 30  # seconds that a witness which did not answer is left alone
PATIENCE: Final = 0.4  # of that time: how long a checkpoint waits for a witness that was never heard
_LOG: Final = logging.getLogger("demur")


class Witnesses:
    """Asks the witnesses that the policy in force names with an address."""

    def __init__(self, ground: Installation) -> None:
        """Nothing is asked yet."""
        self._ground = ground
        self._way = way_by(settings.CONFIGURATION.witness_proxy)
        self._known: dict[str, int] = {}
        self._heard: set[str] = set()
        self._missing: set[str] = set()
        self._resting: dict[str, int] = {}
        self._listened = False

    @property
    def configured(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(addresses(self._ground.policy))

    def cosigned(self, checkpoint: Checkpoint, *, now: int) -> str:
        """The note of `checkpoint` with the cosignatures that could be had; who is missing is told once, until it answers again.

        One that did not answer is left alone for a while: it would hold up every checkpoint for as long as we wait for it. Raises
        InDispute where one says that it cosigned another record: then the checkpoint must not be shown.
        """
        places, resting = addresses(self._ground.policy), self._at_rest(now)
        # Lines that a mirror added before a restore would leave no room for the witnesses' own.
        note = self._ground.policy.proven(checkpoint.note)
        found = self._gather(note, places, skip=resting)
        self._let_rest(found, places.keys() - resting, now=now)
        self._note(found, places.keys() - resting, held=checkpoint.size, now=now)
        return found.note

    def consult(self, *, now: int) -> None:
        """Before anything new is signed: the first time, hear every witness of every policy, also of former ones; then ask those in the
        policy that were never heard. Whoever disputes the record is asked each time, in the policy or not.

        Raises InDispute while one says that it cosigned another record.
        """
        directory = Path(settings.DEMUR_DIR)
        disputes = Disputes.read(directory)
        last = Checkpoint.objects.order_by("-size").first()
        # Also before the first: rows may be new under keys that are old.
        keys = self._ground.keys
        note, held = (last.note, last.size) if last else (empty_note(keys.origin, keys.note_signer), 0)
        asked = self._doubtful(disputes, now=now)
        found = self._gather(note, asked, share=PATIENCE if self._listened else 1.0)
        if not self._listened:
            self._listened = True
            self._let_rest(found, asked, now=now)
        self._note(found, asked, held=held, now=now)

    def _gather(self, note: str, places: Places, *, skip: Collection[str] = (), share: float = 1.0) -> Gathered:
        timeout, connect = self._way.timeout * share, self._way.connect
        return gather(note, places, prove=self._prove, known=self._known, connect=connect, skip=skip, timeout=timeout)

    def _doubtful(self, disputes: Disputes, *, now: int) -> Places:
        """Whom to ask before anything is signed."""
        texts = Statement.objects.filter(kind=Statement.POLICY).values_list("text", flat=True)
        ever = places_ever(self._ground.channel.first_policy, texts)
        in_force = addresses(self._ground.policy)
        # Whoever kept `cosigned` waiting a moment ago had as long as anybody gets.
        asked = in_force if self._listened else {url: ever[url] for url in ever.keys() - self._at_rest(now)}
        unheard = {url for url in asked if url not in self._heard and not disputes.is_overruled(url)}
        return {url: ever[url] for url in unheard | {row.witness for row in disputes.open if row.witness in ever}}

    def _at_rest(self, now: int) -> set[str]:
        return {url for url, until in self._resting.items() if now < until}

    def _let_rest(self, found: Gathered, asked: Iterable[str], *, now: int) -> None:
        self._resting |= {url: now + REST for url in asked if url in found.missing}

    def _prove(self, old: int, new: int) -> list[bytes]:
        return consistency(old, new, self._ground.store)

    def _note(self, found: Gathered, asked: Iterable[str], *, held: int, now: int) -> None:
        """Keep and tell what those that were asked said. Raises InDispute while one says that it cosigned another record."""
        asked = frozenset(asked)
        missing = {url: why for url, why in found.missing.items() if url in asked}
        agree = asked - set(missing)
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
