# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the log answers to a filing or an act: promise, opening, head. Each is verified before anything is believed.

A promise counts only if it names exactly the entries this machine can compute from what it sent and what it was told;
then the log has signed its own obligation, and breaking it makes evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from demur.charter.channel import Channel
from demur.client.errors import BadAnswer, ClockDiffers
from demur.dissent import events
from demur.dissent.errors import EventError
from demur.record.entry import case_entry
from demur.record.errors import RecordError
from demur.record.head import Head, open_head
from demur.record.merkle import leaf_hash
from demur.record.promise import Promise, open_promise

CLOCK_WINDOW: Final = 300  # seconds a promise may lie from this machine's clock (PROTOCOL section 4)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A verified answer: the notes as signed, and what they say."""

    promise_note: str
    promise: Promise
    event: dict[str, Any]
    r: bytes
    head_note: str
    head: Head


@dataclass(frozen=True, kw_only=True)
class Window:
    """When a promise may have been made: from `since` to `until`, POSIX seconds, with the tolerance; `accept` takes any
    time.
    """

    since: int
    until: int
    accept: bool = False

    def check(self, time: int) -> None:
        """Raises ClockDiffers for a time outside."""
        if not self.accept and not self.since - CLOCK_WINDOW <= time <= self.until + CLOCK_WINDOW:
            apart = min(abs(time - self.since), abs(time - self.until))
            raise ClockDiffers(
                f"The log's clock and this machine's are {apart} seconds apart; set this machine's clock, or run "
                "again with --accept-clock."
            )


def read_answer(
    answer: Mapping[str, Any], channel: Channel, *, mailbox: str, before: tuple[bytes, ...], window: Window
) -> Answer:
    """Verify the answer to an act in `mailbox`. `before` are leaf hashes that the promise must name before the event's
    own.

    Raises BadAnswer, ClockDiffers.
    """
    try:
        event, r = events.check_opening(answer.get("opening"))
        promise_note, head_note = str(answer.get("promise")), str(answer.get("head"))
        promise = open_promise(promise_note, channel.log_verifier)
        head = open_head(head_note, channel.log_verifier)
    except (EventError, RecordError) as error:
        raise BadAnswer(f"The server's answer is not signed by this channel's log: {error}") from None
    entries = (*before, leaf_hash(case_entry(events.commitment(event, r))))
    if promise.entries != entries:
        raise BadAnswer("The log promised other entries than those of this act; keep the files and try again later.")
    if promise.channel != channel.digest or promise.policy != channel.policy_object.sha256:
        raise BadAnswer("The log's promise names another channel; keep the files and do not rely on this server.")
    if promise.time != event["time"] or promise.not_after < promise.time:
        raise BadAnswer("The log's promise and its event differ in time; keep the files and try again later.")
    if head.mailbox != mailbox or head.count <= event["seq"]:
        raise BadAnswer("The mailbox's head does not count what was just recorded; keep the files and try again later.")
    window.check(promise.time)
    return Answer(promise_note=promise_note, promise=promise, event=event, r=r, head_note=head_note, head=head)
