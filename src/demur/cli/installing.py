# SPDX-License-Identifier: AGPL-3.0-or-later
"""The administrator's acts on an installation's directory: adopting what officers have signed, and nothing else.

The only module of the officers' commands that starts Django, and only when it is called: `charter sign` and `seat
sign` run on machines that hold no server. What was adopted is published at once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from demur.charter.channel import Channel
from demur.charter.freeze import Frozen
from demur.charter.roster import Roster

_Result = TypeVar("_Result")


def adopt(directory: Path, statement: dict[str, Any]) -> None:
    """Put a signed charter in force.

    Raises NoInstallation, and CharterError unless the officers signed it as the next version.
    """

    def act(channel: Channel) -> None:
        from demur.people.actions.adopt_charter import adopt_charter  # noqa: PLC0415 -- needs Django set up

        adopt_charter(statement, channel=channel)

    _opened(directory, act)


def fill(directory: Path, statement: dict[str, Any]) -> None:
    """Put signed seats in force.

    Raises NoInstallation, and CharterError unless they are the next for the charter in force.
    """

    def act(channel: Channel) -> None:
        from demur.people.actions.fill_seats import fill_seats  # noqa: PLC0415 -- needs Django set up

        fill_seats(statement, channel=channel)

    _opened(directory, act)


def adopt_change(directory: Path, statement: dict[str, Any]) -> Channel:
    """Put a signed change of policy on record; the channel with the changes that are in force after it was published.

    Raises NoInstallation, and CharterError unless the officers signed it as the next one.
    """

    def act(channel: Channel) -> None:
        from demur.people.actions.adopt_policy import adopt_policy  # noqa: PLC0415 -- needs Django set up

        adopt_policy(statement, channel=channel)

    _opened(directory, act)
    return policy_in_force(directory)


def policy_in_force(directory: Path) -> Channel:
    """The channel with the changes of its policy that are in force. Raises NoInstallation."""
    return _opened(directory, lambda channel: channel)


def in_force(directory: Path) -> tuple[Frozen, Roster | None]:
    """Charter and roster in force. Raises NoInstallation, or NotOpen before the first charter."""

    def ask(_: Channel) -> tuple[Frozen, Roster | None]:
        from demur.people.queries import rules_in_force  # noqa: PLC0415 -- needs Django set up

        rules = rules_in_force()
        return rules.frozen, rules.roster

    return _opened(directory, ask)


def _opened(directory: Path, act: Callable[[Channel], _Result]) -> _Result:
    from demur.site.boot import open_installation  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    from django.db import connections  # noqa: PLC0415 -- needs Django set up

    try:
        from demur.people.policies import channel_now  # noqa: PLC0415 -- needs Django set up

        result = act(channel_now(ground.channel, ground.store))
        from demur.site.starting import publish_readable  # noqa: PLC0415 -- needs Django set up

        publish_readable(ground)
        return result
    finally:
        connections.close_all()
