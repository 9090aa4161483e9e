# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tiny channel with a desk: inboxes, cases for readers, acts of seats; honest unless told to lie.

Requests must be signed by the seat, tokens must fit, and a sealed file is given only after a fetch: what the client
forgets fails here as it would at the real server.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from test_filing import filed_at
from tiny_record import NOW, Case, TinyServer, counting_random

from demur import canonical
from demur.client.desk import confirm_grant
from demur.client.errors import ServerRefused
from demur.client.inbox import Index, Known, Refreshed, refresh
from demur.client.lookups import Record
from demur.client.seatacts import Desk
from demur.client.seatline import SeatLine
from demur.client.submitting import Filed
from demur.dissent import events
from demur.dissent.bundle import unpack_bundle
from demur.dissent.errors import DissentError
from demur.dissent.states import Story, pass_over, tell
from demur.seal.requests import parse_authorization

PAGE = 2  # so that a filing or two already need paging


class DeskServer(TinyServer):
    """A TinyServer that seats can speak to. The public attributes below are its lies and accidents."""

    def __init__(self, origin: str = "practice-00112233445566ff") -> None:
        super().__init__(origin)
        self.inboxes: dict[str, list[bytes]] = {seat: [] for seat in self.seats}
        self.nonces: set[str] = set()
        self.asked = ("GET", "", b"")
        self.claimed_state = ""  # what it says of every case instead of the truth
        self.meanwhile = 0  # how many acts come in between before one of a seat is taken
        self.hidden = 0  # events it leaves out at the end of every case

    def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        take: Any = None,
        **_how: Any,
    ) -> bytes:
        self.asked = (method, path, body or b"")
        return super()._once(method, path, body, headers, take)

    def signer(self, headers: Mapping[str, str]) -> str:
        method, path, body = self.asked
        request = parse_authorization(headers["Authorization"])
        public = self.seats[request.seat].signing.public
        request.verify(public, method=method, path=path, body=body, origin=self.log.origin, now=self.now)
        assert request.nonce not in self.nonces, "a nonce was used twice"
        self.nonces.add(request.nonce)
        return request.seat

    def case(self, case_id: str, headers: Mapping[str, str]) -> Case:
        case = self.cases.get(case_id)
        token = hashlib.sha256(bytes.fromhex(headers.get("Demur-Token", ""))).hexdigest()
        if case is None or case.header["token"] != token:
            raise ServerRefused(404, "not-found", "There is no such case.")
        return case

    def story(self, case: Case) -> Story:
        story = Story()
        for item in case.items:
            story = tell(story, item["event"]) if events.is_known(item["event"]) else pass_over(story, item["event"])
        return story

    # what the server answers

    def file(self, header: dict[str, Any], files: list[tuple[str, bytes]]) -> Case:
        for role, data in files:
            if role.startswith("grant:"):
                self.inboxes[role.removeprefix("grant:")].append(data)
        return super().file(header, files)

    def on_get_seats(self, asked: list[str], _: Any, headers: Mapping[str, str], query: dict[str, list[str]]) -> Any:
        assert self.signer(headers) == asked[0]
        after = int(query["after"][0])
        rows = list(enumerate(self.inboxes[asked[0]], start=1))[after:]
        items = [{"n": n, "file": base64.b64encode(data).decode()} for n, data in rows[:PAGE]]
        return {"items": items, "more": len(rows) > PAGE}

    def on_get_cases(self, asked: list[str], _: Any, headers: Mapping[str, str], __: Any) -> Any:
        seat, case = self.signer(headers), self.case(asked[0], headers)
        if len(asked) > 1:
            return self.file_of(case, asked[2], seat)
        items = case.items[: len(case.items) - self.hidden]
        return {
            "author": case.header["author"],
            "salt": case.header["salt"],
            "charter": self.charter,
            "commitment": case.header["commitment"],
            "state": self.claimed_state or self.story(case).state,
            "filing": [row for row in case.header["files"] if row["role"] in {"body", "attachment"}],
            "items": items,
        }

    def file_of(self, case: Case, sha256: str, seat: str) -> bytes:
        item = next((row for row in case.items if row["body"] == sha256), None)
        own = item is not None and item["event"]["seat"] == seat
        if not own and (seat, item["n"] if item else 0) not in self.story(case).fetched:
            raise ServerRefused(403, "not-allowed", "Record the fetch first.")
        return self.held(case, sha256)

    def on_post_cases(self, asked: list[str], body: bytes, headers: Mapping[str, str], query: Any) -> Any:
        if not asked:
            return super().on_post_cases(asked, body, headers, query)
        seat, case = self.signer(headers), self.case(asked[0], headers)
        if self.meanwhile:
            self.meanwhile -= 1
            raise ServerRefused(409, "moved-on", "The case has moved on.")
        header, files = unpack_bundle(body)
        event = self.event_of(case, header)
        events.verify_act(event, self.seats[seat].signing.public)
        try:
            tell(self.story(case), event)
        except DissentError as error:
            raise ServerRefused(409, "not-possible", str(error)) from None
        for role, data in files:
            if role.startswith("grant:"):
                self.inboxes[role.removeprefix("grant:")].append(data)
        return self.record(case, event, next((data for role, data in files if role == "body"), b""))

    def on_post_desk(self, _: Any, body: bytes, headers: Mapping[str, str], __: Any) -> Any:
        self.signer(headers)
        rows = []
        for asked in canonical.load_object(body)["cases"]:
            case = self.case(asked["case"], {"Demur-Token": asked["token"]})
            story = self.story(case)
            met = {"ack": story.acknowledged_seq, "reply": story.answered_seq, "withdrawn": story.withdrawn_seq}
            times = {item["n"]: item["event"]["time"] for item in case.items}
            row = {"case": asked["case"], "charter": self.charter, "state": story.state, "seq": len(case.items)}
            row |= {"received": story.received_at, "extended": dict(story.extended or {})}
            row |= {"met": {name: times[seq] for name, seq in met.items() if seq is not None}}
            fetches = [
                item["event"] for item in case.items if item["event"]["type"] == "fetch" and item["event"]["item"] == 0
            ]
            rows.append({**row, "fetched": {event["seat"]: event["time"] for event in reversed(fetches)}})
        return {"cases": rows}


class Seat:
    """A holder at work in a test: their line, their index, and the case they look at."""

    def __init__(self, server: DeskServer, seat: str) -> None:
        self.line = SeatLine(
            server=server,
            channel=server.channel,
            seat=seat,
            key=server.seats[seat],
            random=counting_random(f"seat {seat}"),
            clock=lambda: server.now,
        )
        self.desk = Desk(line=self.line, record=Record(server=server, channel=server.channel))
        self.index = Index(origin=server.log.origin, seat=seat)

    def look(self) -> Refreshed:
        """Look into the inbox."""
        found = refresh(self.line, self.index, confirm=lambda grant: confirm_grant(self.line, grant, self.desk.record))
        self.index = found.index
        return found

    def known(self, filed: Filed) -> Known:
        """The case of a filing, as this seat knows it."""
        self.look()
        return self.index.find(filed.key.case)


__all__ = ["NOW", "DeskServer", "Seat", "filed_at"]
