# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's acts: a message, a withdrawal, a report that a record differs from what was sealed.

An act names the last event that its author had read. Nothing that others do meanwhile takes the right to write away; only where the seats
changed, the thread is read again and the act is signed anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from demur.charter.channel import Channel
from demur.client.answers import Window, read_answer
from demur.client.authorkey import AuthorKey
from demur.client.directory import read_directory
from demur.client.errors import BadAnswer, ServerRefused, TooLarge
from demur.client.filing import Random
from demur.client.following import Report, Thread, follow
from demur.client.http import Server
from demur.client.mailbox import bearer
from demur.client.receipt import Act, Receipt
from demur.client.working import working
from demur.dissent import events
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle
from demur.dissent.documents.short import short
from demur.dissent.errors import DocumentError
from demur.dissent.manifests import CUSTODY, base_manifest
from demur.dissent.policy import check_may
from demur.dissent.states import Verb, next_state
from demur.dissent.work import act_subject
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.padme import FLOOR

_TRIES: Final = 4
MOVED_ON: Final = "moved-on"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What acts stand on: the case as it was read, and the seats (leaf hash, hex) that were in force then."""

    thread: Thread
    roster: str


@dataclass(frozen=True, kw_only=True)
class Acted:
    """A recorded act: its event, the receipt with its promise and the new head, and what the next act can stand on."""

    event: dict[str, Any]
    receipt: Receipt | None
    ground: Ground


@dataclass(frozen=True, kw_only=True)
class Author:
    """An author at work on one case: where, with what, and how late it is. `clock()` gives POSIX seconds; `tell` is told how many bits of
    work are asked before they are worked on.
    """

    server: Server
    channel: Channel
    key: AuthorKey
    random: Random
    clock: Callable[[], int]
    accept_clock: bool = False
    custody: str = CUSTODY[0]
    tell: Callable[[int], None] = lambda _: None

    def message(self, text: str, receipt: Receipt | None) -> Acted:
        """Write to the readers. Raises DissentError, BadAnswer, and what `Server.post` raises."""
        if not text.strip():
            raise DocumentError("The message is empty; write a sentence.")
        return self._act(Verb.MESSAGE, receipt, text=text)

    def withdraw(self, reason: str, receipt: Receipt | None) -> Acted:
        """Take the case back, with a reason or "". What was recorded stays recorded."""
        return self._act(Verb.WITHDRAW, receipt, text=reason)

    def report(self, report: Report, receipt: Receipt | None, *, ground: Ground | None = None) -> Acted:
        """Tell the record that an event differs from what was sealed, cannot be opened, or should not stand in the thread; or that the
        filing can be read, against the seats that said it cannot: then the clocks run again as from filing.

        Several reports can stand on one `ground`, with the receipt of the one before: they conflict with nothing, so the case need not be
        read again between them.
        """
        fact = {"fact": report.fact} if report.verb is Verb.MISMATCH else {}
        return self._act(report.verb, receipt, text="", ground=ground, item=report.seq, **fact)

    def ground(self, thread: Thread) -> Ground:
        """What acts on the case as it was read stand on. Raises what `read_directory` raises."""
        in_force = read_directory(self.server, self.channel, now=self.clock())
        return Ground(thread=thread, roster=in_force.directory.roster)

    def _act(
        self, verb: Verb, receipt: Receipt | None, *, text: str, ground: Ground | None = None, **fields: Any
    ) -> Acted:
        for left in reversed(range(_TRIES)):
            if ground is None:
                ground = self.ground(follow(self.server, self.key, receipt, self.channel, now=self.clock()))
            thread = ground.thread
            check_may(thread.frozen.charter, verb, "", thread.story)
            if verb is not Verb.READABLE:  # what the table does not know of: a case that was closed as not to be read
                next_state(thread.story.state, verb)
            try:
                return self._send(verb, ground, text=text, **fields)
            except ServerRefused as error:
                if error.code != MOVED_ON or not left:
                    raise
            receipt, ground = thread.receipt, None
        raise AssertionError("the last try returns or raises")

    def _send(self, verb: Verb, ground: Ground, *, text: str, **fields: Any) -> Acted:
        thread = ground.thread
        limit = thread.frozen.charter.limits.text_bytes
        if len(text.encode("utf-8", "surrogatepass")) > limit:
            raise TooLarge(f"The text has more than {limit} bytes, the most that is taken here; shorten it.")
        began = self.clock()
        place: dict[str, Any] = {
            "roster": ground.roster,
            "key": self.key.keys.signing.public.hex(),
            "seen": {"seq": thread.last.n, "commitment": thread.last.commitment.hex()},
        }
        sealed = self._sealed(verb, text, place) if text else b""
        act = events.make_act(
            verb,
            origin=self.channel.origin,
            case=self.key.case,
            charter=self.key.submitted["charter"],
            seat="",
            body=events.salted(self.key.salt_bytes, sealed) if sealed else "",
            **place,
            **fields,
        )
        signature = events.sign_act(act, self.key.keys.signing)
        header = {"v": 1, "type": "act", "act": act, "signature": signature}
        bundle = pack_bundle(header, [("body", sealed)] if sealed else [])
        path = f"/api/v1/mailbox/{self.key.keys.mailbox}/acts"

        def post(stamp: Mapping[str, str]) -> dict[str, Any]:
            headers = {**bearer(self.key.keys), **stamp}
            return self.server.post_json(path, bundle, content_type=MEDIA_TYPE, headers=headers)

        subject = act_subject(self.key.case, act)
        told = working(self.server, subject, post, origin=self.channel.origin, kind="filing", tell=self.tell)
        return self._checked(told, act, signature, ground, since=began)

    def _sealed(self, verb: Verb, text: str, place: Mapping[str, Any]) -> bytes:
        author = self.key.keys.recipient
        manifest = base_manifest(
            verb,
            origin=self.channel.origin,
            case=self.key.case,
            case_key=self.key.case_identity.recipient.text,
            charter=self.key.submitted["charter"],
            seat="",
            recipients={"": author.text},
            names=[f"{verb}.json"],
            custody=self.custody,
            **place,
        )
        # Who reads is who read the filing: the same rows as the author signed then.
        manifest["recipients"] = list(self.key.manifest["recipients"])
        packed = container.pack(manifest, [short(verb, text)], self.key.keys.signing, floor=FLOOR)
        return age.encrypt(packed, [self.key.case_identity.recipient, author], random=self.random)

    def _checked(
        self, told: Mapping[str, Any], act: Mapping[str, Any], signature: str, ground: Ground, *, since: int
    ) -> Acted:
        window = Window(since=since, until=self.clock(), accept=self.accept_clock)
        answer = read_answer(told, self.channel, mailbox=self.key.keys.mailbox, before=(), window=window)
        events.verify_act(answer.event, self.key.keys.signing.public)
        if events.act_of(answer.event) != dict(act) or answer.event["signature"] != signature:
            raise BadAnswer("The log recorded another act than was sent; keep your files and tell oversight.")
        receipt = ground.thread.receipt
        if receipt is not None:
            receipt = receipt.with_act(Act(promise=answer.promise_note)).with_head(answer.head_note)
        after = replace(ground, thread=replace(ground.thread, receipt=receipt))
        return Acted(event=answer.event, receipt=receipt, ground=after)
