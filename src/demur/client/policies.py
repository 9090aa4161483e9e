# SPDX-License-Identifier: AGPL-3.0-or-later
"""The trust policy in force, from a server that is not believed: every change is checked, and none that was seen before may be missing."""

from dataclasses import replace
from typing import Any

from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.policies import agreed, with_changes
from demur.client.errors import BadAnswer
from demur.client.http import Server


def channel_in_force(server: Server, channel: Channel) -> Channel:
    """`channel` with the changes of its policy that `server` proves; `channel` brings those that were seen before, with the sizes
    from which they hold.

    Raises BadAnswer where a change does not hold, or where one that was seen is left out: an old policy.
    """
    return changed(channel, server.get_json("/api/v1/policies").get("policies"))


def changed(channel: Channel, rows: object) -> Channel:
    """As `channel_in_force`, of an answer that is at hand. Pure."""
    if not isinstance(rows, list) or not all(_is_change(row) for row in rows):
        raise BadAnswer("The server does not list its trust policy's changes in form; check that it is a channel's.")
    try:
        newer = with_changes(replace(channel, changes=()), [(row["statement"], row["proof"]) for row in rows])
        return agreed(channel, newer)
    except CharterError as error:
        raise BadAnswer(f"The server's trust policy does not hold: {error}") from None


def _is_change(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("statement"), dict) and isinstance(row.get("proof"), str)
