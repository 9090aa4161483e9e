# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adopt a charter that the officers have signed. From then on new cases are filed under it; old ones keep theirs."""

from typing import Any

from django.db import transaction

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.charter.officers import check_statement
from demur.people.models import Statement
from demur.people.recording import record_statement


@transaction.atomic
def adopt_charter(statement: dict[str, Any], *, channel: Channel) -> Statement:
    """Record `statement` and put it in force; adopting the same one again changes nothing.

    Raises CharterError unless the officers signed it, this version knows every part of it, it is the next version, and practice stays
    practice.
    """
    check_statement(statement, channel)
    frozen = Frozen.to_sign(statement)
    if frozen.charter.practice != channel.practice:
        raise CharterError(
            "A practice charter belongs to a practice channel and a real one to a real channel; adopt the other."
        )
    text = canonical.dump(statement).decode()
    last = Statement.objects.filter(kind=Statement.CHARTER).order_by("-number").first()
    if last is not None and last.text == text:
        return last
    version, wanted = statement["version"], (last.number if last else 0) + 1
    if version != wanted:
        raise CharterError(
            f"This charter is version {version}, but version {wanted} is due; have the right one signed."
        )
    leaf = record_statement(statement)
    return Statement.objects.create(kind=Statement.CHARTER, number=version, leaf_hash=leaf, text=text)
