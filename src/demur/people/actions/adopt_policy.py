# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adopt a change of the trust policy that the officers have signed. It is in force once its entry is proven under the policy before it."""

from typing import Any

from django.db import transaction

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.policies import check_to_adopt
from demur.people.models import Statement
from demur.people.recording import record_statement


@transaction.atomic
def adopt_policy(statement: dict[str, Any], *, channel: Channel) -> Statement:
    """Record `statement`; adopting the same again changes nothing. `channel` knows every change in force.

    Raises CharterError unless the officers signed it, and it follows the policy in force with none waiting before it.
    """
    text = canonical.dump(statement).decode()
    last = Statement.objects.filter(kind=Statement.POLICY).order_by("-number").first()
    if last is not None and last.text == text:
        return last
    if last is not None and last.number > len(channel.changes):
        raise CharterError("A change of policy waits for its checkpoint; adopt the next one once it is in force.")
    check_to_adopt(statement, channel)
    leaf = record_statement(statement)
    return Statement.objects.create(kind=Statement.POLICY, number=statement["serial"], leaf_hash=leaf, text=text)
