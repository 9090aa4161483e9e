# SPDX-License-Identifier: AGPL-3.0-or-later
"""The administrator's acts on an installation's directory: adopting what officers have signed, and nothing else.

The only module of the officers' commands that starts Django, and only when it is called: `charter sign` and `seat
sign` run on machines that hold no server. What was adopted is published at once; a look signs nothing and asks nobody.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demur.charter.channel import Channel
from demur.charter.freeze import Frozen
from demur.charter.roster import Roster
from demur.site.disputes import Disputes

if TYPE_CHECKING:  # both need Django set up
    from demur.entries.installation import Installation
    from demur.people.models import Statement


def adopt(directory: Path, statement: dict[str, Any]) -> bool:
    """Record and publish a signed charter; whether it is in force, which a witness that is away can delay.

    Raises NoInstallation, InDispute, and CharterError unless the officers signed it as the next version.
    """

    def act(channel: Channel) -> "Statement":
        from demur.people.actions.adopt_charter import adopt_charter  # noqa: PLC0415 -- needs Django set up

        return adopt_charter(statement, channel=channel)

    return _adopted(directory, act)


def fill(directory: Path, statement: dict[str, Any]) -> bool:
    """Record and publish signed seats; whether they are in force, as `adopt`.

    Raises NoInstallation, InDispute, and CharterError unless they are the next for the charter in force.
    """

    def act(channel: Channel) -> "Statement":
        from demur.people.actions.fill_seats import fill_seats  # noqa: PLC0415 -- needs Django set up

        return fill_seats(statement, channel=channel)

    return _adopted(directory, act)


def adopt_change(directory: Path, statement: dict[str, Any]) -> bool:
    """Record and publish a signed change of policy; whether it is in force, as `adopt`.

    Raises NoInstallation, InDispute, and CharterError unless the officers signed it as the next one.
    """

    def act(channel: Channel) -> "Statement":
        from demur.people.actions.adopt_policy import adopt_policy  # noqa: PLC0415 -- needs Django set up

        return adopt_policy(statement, channel=channel)

    return _adopted(directory, act)


def policy_in_force(directory: Path) -> Channel:
    """The channel with the changes of its policy that are in force. Raises NoInstallation."""
    with _opened(directory) as (_, channel):
        return channel


def last_charter(directory: Path) -> tuple[Channel, int]:
    """The channel, and the version of the charter that was adopted last, 0 before the first. Raises NoInstallation."""
    with _opened(directory) as (_, channel):
        from demur.people.models import Statement  # noqa: PLC0415 -- needs Django set up

        last = Statement.objects.filter(kind=Statement.CHARTER).order_by("-number").first()
        return channel, last.number if last else 0


def in_force(directory: Path) -> tuple[Frozen, Roster | None]:
    """Charter and roster in force. Raises NoInstallation, or NotOpen before the first charter."""
    with _opened(directory):
        from demur.people.queries import rules_in_force  # noqa: PLC0415 -- needs Django set up

        rules = rules_in_force()
        return rules.frozen, rules.roster


def _adopted(directory: Path, act: Callable[[Channel], "Statement"]) -> bool:
    Disputes.read(directory).check()  # before anything is recorded: what cannot be published is not adopted either
    with _opened(directory) as (ground, channel):
        row = act(channel)
        from demur.entries.queries import first_checkpoint_holding  # noqa: PLC0415 -- needs Django set up
        from demur.site.ticker import publish_readable  # noqa: PLC0415 -- needs Django set up

        publish_readable(ground, now=int(time.time()))
        return first_checkpoint_holding(bytes(row.leaf_hash)) is not None


@contextmanager
def _opened(directory: Path) -> Iterator[tuple["Installation", Channel]]:
    """The installation, and its channel with the changes in force."""
    from demur.site.boot import open_installation, usable_rows  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    from django.db import connections  # noqa: PLC0415 -- needs Django set up

    try:
        from demur.people.policies import channel_now  # noqa: PLC0415 -- needs Django set up

        with usable_rows(directory):
            yield ground, channel_now(ground.channel, ground.store)
    finally:
        connections.close_all()
