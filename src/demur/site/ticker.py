# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ticker: what happens by itself. One beat does all that is due; `demur serve` beats in a thread, `demur tick` once.

Nothing here decides by what it remembers: each beat reads rows, charter and clock, so that a beat that was missed, or was killed
half-way, is made good by the next.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import SystemRandom

from django.db import connections

from demur.charter.freeze import Frozen
from demur.charter.ticks import LENGTHS, next_tick, publishes_at_once
from demur.dissent.actions.cover import cover_inboxes
from demur.dissent.models import SealedFile
from demur.dissent.promised import is_owed, seats_wait
from demur.dissent.queries import counts_of_quarter, tallied
from demur.entries.errors import ClocksApart
from demur.entries.installation import Installation
from demur.entries.models import Checkpoint, Head
from demur.entries.queries import last_stated
from demur.entries.ticking import Tick, publish_checkpoint, publish_stored, sequence, store_cosigned
from demur.notices.doorbell import Doorbell
from demur.people.errors import NotOpen
from demur.people.policies import keep_changes
from demur.people.queries import roster_waits, rules_in_force
from demur.record.tiles import ACCEPTED, read_checkpoint_size
from demur.site.disputes import InDispute
from demur.site.installed import uploads
from demur.site.ringing import Ringing
from demur.site.witnesses import Witnesses

PAUSE = 20.0  # seconds between beats when nothing wakes the ticker; a forced tick has a minute
SWEEP = 600  # seconds between two looks for uploads that nobody filed
BREATH = (
    0.25  # seconds from one publication to the next where everything is published at once: one serves all that came
)
_LOG = logging.getLogger("demur")


def due(frozen: Frozen, head: Head | None, *, now: int) -> bool:
    """Whether everything that waits is to be published now."""
    if publishes_at_once(frozen) or head is None:
        return True
    return now >= next_tick(frozen, head.ticked)


def beat(ground: Installation, *, now: int, witnesses: Witnesses) -> None:
    """Do all that is due at `now` (POSIX seconds)."""
    frozen = _frozen()
    head = Head.objects.filter(id=Head.SOLE).first()
    if head is not None and head.ticked > now:
        # A tick of a false future: counted from there, the next would come only when the clock has caught up.
        ground.writer.write(partial(Head.objects.filter(id=Head.SOLE).update, ticked=now))
        head.ticked = now
    everything = frozen is not None and due(frozen, head, now=now)
    publish_now(ground, Tick(now=now, fill=_fill(frozen), readable_only=not everything), witnesses=witnesses)


def publish_readable(ground: Installation, *, now: int) -> None:
    """Publish what anybody may read at once: charters, rosters, policies. What is secret waits for its tick, unless that is over.

    Raises InDispute.
    """
    publish_now(ground, Tick(now=now, fill=_fill(_frozen()), readable_only=True), witnesses=Witnesses(ground))


def publish_now(ground: Installation, tick: Tick, *, witnesses: Witnesses) -> None:
    """One tick, from places to witnesses to the checkpoint on disk. Where something that waits was promised for the time that will be
    stated, or earlier, all that waits is published with it, whatever was asked for: a tree signed without it would convict the log. So it
    is where a roster waits, and a seat's act with it.

    What an earlier tick signed and did not publish comes first: it may put a new trust policy in force, by which the next must be judged.
    Raises InDispute while a witness says that it cosigned another record.
    """
    _finish(ground, witnesses, now=tick.now)
    witnesses.consult(now=tick.now)
    # What will be signed states no earlier time than the last did, though the clock that ran ahead then is right again.
    stated = max(tick.now, last_stated(ground.keys))
    # What seats did under a roster counts only where it does not stand behind the next one, which therefore takes it along.
    if tick.readable_only and ((roster_waits() and seats_wait()) or is_owed(by=stated + ground.grace)):
        tick = replace(tick, readable_only=False)
    if ground.writer.write(partial(sequence, ground, tick)) is not None:
        _finish(ground, witnesses, now=tick.now)


def _finish(ground: Installation, witnesses: Witnesses, *, now: int) -> None:
    """Publish the last signed checkpoint: tiles, witnesses, the checkpoint itself. Idempotent."""
    last = publish_stored(ground.store)
    if last is None:
        return
    fresh = read_checkpoint_size(ground.store) < last.size
    if witnesses.configured and (fresh or not last.cosigned):
        note = witnesses.cosigned(last, now=now)
        last = ground.writer.write(partial(store_cosigned, ground, last, note))
    _keep_accepted(ground, last)
    publish_checkpoint(ground.store, last.note)
    keep_changes(ground.channel, ground.store)


def _keep_accepted(ground: Installation, last: Checkpoint) -> None:
    """While a witness is away, whoever computes a proof from the tiles alone needs the newest checkpoint that met the policy."""
    if last.cosigned:
        return
    met = Checkpoint.objects.filter(cosigned=True).order_by("-size").first()
    if met is not None:
        ground.store.write(ACCEPTED, met.note.encode())


def _fill(frozen: Frozen | None) -> int:
    """The charter's constant of entries for one tick; 0 where there is no tick whose size could tell something."""
    return frozen.charter.covers.entries if frozen and not publishes_at_once(frozen) else 0


def _frozen() -> Frozen | None:
    try:
        return rules_in_force().frozen
    except NotOpen:
        return None


class Ticker(threading.Thread):
    """Beats until the process ends. `wake` asks for a beat now; several askers get one."""

    def __init__(
        self, ground: Installation, *, doorbell: Doorbell | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives POSIX seconds; `doorbell` is rung when there is something to read or to do."""
        super().__init__(name="ticker", daemon=True)
        self._ground = ground
        self._clock = clock
        self._asked = threading.Event()
        self.looked = threading.Event()  # set once the first beat has ended, whatever came of it
        self._witnesses = Witnesses(ground)
        self._covering = _Covering(int(clock()))
        self._ringing = Ringing(doorbell)
        self._swept = 0
        self._told = ""  # why nothing is signed, as it was last written to the log

    def wake(self) -> None:
        """Ask for a beat."""
        self._asked.set()

    def _look(self, now: int) -> None:
        """One beat, with what follows from it."""
        before = last_checkpoint()
        self._beat(now)
        tallied()  # here, so that no page waits for it
        counts_of_quarter(now=now)  # and here, so that no page's visitor chooses the moment
        self._covering.cover(self._ground, now=now)
        self._ringing.ring(self._ground, since=before.size if before else 0, now=now)
        if abs(now - self._swept) >= SWEEP:
            self._swept = now
            uploads().sweep(now=now, named=lambda sha256: SealedFile.objects.filter(sha256=sha256).exists())

    def _beat(self, now: int) -> None:
        """One beat; a dispute, or clocks that differ, stop what it publishes and nothing else: dates run on, and who is to be rung for
        them is rung.
        """
        why = ""
        try:
            beat(self._ground, now=now, witnesses=self._witnesses)
        except (InDispute, ClocksApart) as error:
            why = str(error)
        if why and why != self._told:
            _LOG.error("%s", why)
        self._told = why

    def run(self) -> None:
        """Beat, and never die of one beat's failure: the next may succeed."""
        while True:
            self._asked.wait(PAUSE)
            self._asked.clear()
            try:
                self._look(int(self._clock()))
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is told and tried again
                places = traceback.extract_tb(error.__traceback__)
                _LOG.error(
                    "tick: %s at %s", type(error).__name__, ", ".join(f"{p.name}:{p.lineno}" for p in places[-3:])
                )
                connections.close_all()
            self.looked.set()
            time.sleep(BREATH)


class _Covering:
    """Spreads the charter's cover items over the time between two ticks, at moments that nobody can foresee."""

    def __init__(self, now: int) -> None:
        self._since = now
        self._chance = SystemRandom()

    def cover(self, ground: Installation, *, now: int) -> None:
        """Each second that passed brings a cover with the same small chance."""
        passed, self._since = max(now - self._since, 0), now
        frozen = _frozen()
        if frozen is None or publishes_at_once(frozen):
            return
        wanted, length = frozen.charter.covers.items, LENGTHS[frozen.charter.tick]
        for _ in range(sum(self._chance.random() < wanted / length for _ in range(min(passed, length)))):
            ground.writer.write(partial(cover_inboxes, rules=rules_in_force(), ground=ground))


def last_checkpoint() -> Checkpoint | None:
    """The last signed checkpoint, published or not."""
    return Checkpoint.objects.order_by("-size").first()
