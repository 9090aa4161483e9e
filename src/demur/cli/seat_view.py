# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seats in words and as JSON: who holds them, and what an officer is about to vouch for."""

from typing import Any

from demur.charter.channel import Channel
from demur.charter.model import Charter, Seat
from demur.charter.roster import Roster
from demur.cli import speak
from demur.cli.fingerprints import fingerprint_of_holder
from demur.client.seating import Change


def plan_lines(change: Change, charter: Charter, channel: Channel) -> list[str]:
    """What an officer is asked to sign: every seat, what changes, and the fingerprints to compare."""
    lines = [
        f"Seats of {channel.origin} under the charter {charter.id}, statement {change.roster.serial}.",
        f"Channel words: {' '.join(channel.words())}",
        "",
    ]
    for seat in charter.seats:
        mark = "*" if seat.id in change.filled else " "
        lines.append(f"{mark} {seat.id}: {seat.title}: {_held(seat, change.roster)}")
        if seat.id in change.roster.holders:
            lines.append(f"      {fingerprint_of_holder(change.roster.holders[seat.id])}")
    lines += ["", "* is filled by this statement. What you vouch for:"]
    lines += ["  - each key is its holder's: the fingerprints were read to you by the persons themselves;"]
    lines += ["  - no two seats are held by one person."]
    return lines


def seats_lines(charter: Charter, roster: Roster | None) -> list[str]:
    """The seats with their holders, vacant ones too."""
    lines = []
    for seat in charter.seats:
        lines.append(f"{seat.id}: {seat.title}: {_held(seat, roster)}{'' if seat.reads else ' (reads no cases)'}")
        if roster is not None and seat.id in roster.holders:
            lines.append(f"    {fingerprint_of_holder(roster.holders[seat.id])}")
    return lines


def seats_document(charter: Charter, roster: Roster | None) -> dict[str, Any]:
    """The same for `--json`."""
    return {
        "charter": charter.id,
        "serial": roster.serial if roster else 0,
        "seats": [_row(seat, roster) for seat in charter.seats],
    }


def _row(seat: Seat, roster: Roster | None) -> dict[str, Any]:
    row: dict[str, Any] = {"seat": seat.id, "title": seat.title, "reads": seat.reads, "vacant": True}
    if roster is not None and seat.id in roster.holders:
        holder = roster.holders[seat.id]
        fingerprint = fingerprint_of_holder(holder)
        row |= {"vacant": False, "holder": holder.holder, "sign": holder.sign.hex(), "fingerprint": fingerprint}
    return row


def _held(seat: Seat, roster: Roster | None) -> str:
    if roster is None or seat.id not in roster.holders:
        return "vacant"
    return speak.shown(roster.holders[seat.id].holder) or "held, by somebody who is not named"
