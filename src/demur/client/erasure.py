# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server that says that a case was erased there: believed only where its record says so too, for all to see."""

from typing import Final

from demur.client.errors import BadAnswer, ClientError
from demur.client.lookups import Record
from demur.clock.wording import moment_words
from demur.dissent.erased_entries import erased_places, erased_when
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash

CODE: Final = "erased"


class CaseErased(ClientError):  # noqa: N818 -- named as the fact
    """The administrator erased the case, and the record names its entries as erased."""


def told_erased(record: Record, commitment: bytes) -> CaseErased:
    """What to raise where the server says that a case is erased of which this is the commitment of an event. Raises BadAnswer where the
    record does not say so, and what reading it raises.
    """
    placed, origin = record.proof(leaf_hash(case_entry(commitment))), record.channel.origin
    for index, data in record.entries(placed.index + 1) if placed is not None else ():
        if placed is not None and placed.index in erased_places(data, origin):
            when = moment_words(erased_when(data, origin), None)  # a receipt names no office
            return CaseErased(
                f"This case was erased by the channel's administrator on {when}, as entry {index} of the record says for all to see. It "
                "cannot be read or answered any more; your receipt still proves that it was filed, and your own copies stay."
            )
    raise BadAnswer(
        "The server says that this case was erased, and its record does not say so: do not rely on this server, keep your files, and tell "
        "oversight."
    )
