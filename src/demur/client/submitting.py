# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending a prepared filing, and the file that holds it until the log has answered.

`R.filing` is written before the first byte is sent. A power cut, a lost answer, a server that is down: the same command
with the same `-o` sends the same filing, and the case id in it makes sure that it is filed once. It holds the keys, so
it is as secret as `R.key`, and it is removed when `R.key` stands.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from demur.charter.channel import Channel, ChannelError
from demur.client.answers import Answer, Window, read_answer
from demur.client.authorkey import AuthorKey, entry_of, keys_of
from demur.client.errors import BadAnswer, BadKeyFile, BadReceipt, ServerRefused
from demur.client.filing import PreparedFiling, key_of
from demur.client.http import Server
from demur.client.receipt import Receipt
from demur.dissent import events
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle, unpack_bundle
from demur.dissent.errors import BundleError
from demur.record.head import item_chain

PENDING: Final = "demur/pending-filing"
START_OF_CHAIN: Final = bytes(32)
# Answers after which the server cannot have kept the filing, and sending it again cannot help.
_FINAL: Final = frozenset({400, 403, 404, 409, 413, 422})


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What the author leaves with."""

    key: AuthorKey
    receipt: Receipt
    sealed_body: bytes


def submit(
    server: Server, prepared: PreparedFiling, channel: Channel, *, now: Callable[[], int], accept_clock: bool = False
) -> Filed:
    """Send the filing, verify the answer. `now()` gives POSIX seconds: the answer may take its time.

    Raises ServerRefused, Unreachable, BadAnswer, ClockDiffers; the prepared filing can be sent again after each.
    """
    answer = server.post_json("/api/v1/cases", prepared.bundle, content_type=MEDIA_TYPE)
    return check_filed(answer, prepared, channel, window=Window(since=prepared.at, until=now(), accept=accept_clock))


def is_final(error: ServerRefused) -> bool:
    """Whether the refusal means that this very filing can never be recorded."""
    return error.status in _FINAL


def check_filed(answer: Mapping[str, Any], prepared: PreparedFiling, channel: Channel, *, window: Window) -> Filed:
    """Verify the answer to a filing. Pure. Raises BadAnswer, ClockDiffers."""
    draft = prepared.draft
    mailbox = keys_of(draft["words"], channel.origin).mailbox
    checked = read_answer(answer, channel, mailbox=mailbox, before=(entry_of(draft["submit"]),), window=window)
    _check_received(checked, prepared)
    received = events.opening(checked.event, checked.r)
    if checked.head.count == 2:
        chain = item_chain(START_OF_CHAIN, bytes.fromhex(prepared.mailbox_item))
        chain = item_chain(chain, events.item_hash(1, body="", event=checked.event, r=checked.r.hex()))
        if chain != checked.head.last:
            raise BadAnswer("The mailbox's head is not of what was sent; keep the files and try again later.")
    try:
        key = key_of(draft, received)
    except TypeError:
        raise BadKeyFile("The unsent filing lacks a part; remove the .filing file and file again.") from None
    receipt = Receipt(channel=channel, promise=checked.promise_note, heads=(checked.head_note,))
    return Filed(key=AuthorKey.parse(key.to_bytes()), receipt=receipt, sealed_body=prepared.sealed_body)


def _check_received(checked: Answer, prepared: PreparedFiling) -> None:
    submitted, r = events.check_opening(prepared.draft["submit"])
    wanted = {
        "type": "received",
        "seq": 1,
        "origin": submitted["origin"],
        "case": submitted["case"],
        "charter": submitted["charter"],
        "roster": submitted["roster"],
        "commitment": events.commitment(submitted, r).hex(),
        "prev": events.commitment(submitted, r).hex(),
        "bodies": list(prepared.bodies),
    }
    for name, value in wanted.items():
        if checked.event.get(name) != value:
            raise BadAnswer(
                f"The log recorded another {name} than was sent; keep the files and do not rely on this server."
            )


def pending_bytes(prepared: PreparedFiling, channel: Channel, *, original: bytes) -> bytes:
    """`R.filing`: the prepared filing with its keys. `original` is remembered by its hash, so that another text is not
    sent by mistake.
    """
    header = {
        "v": 1,
        "type": PENDING,
        "channel": channel.document(),
        "draft": dict(prepared.draft),
        "bodies": list(prepared.bodies),
        "mailbox_item": prepared.mailbox_item,
        "original": hashlib.sha256(original).hexdigest(),
        "at": prepared.at,
    }
    return pack_bundle(header, [("bundle", prepared.bundle), ("body", prepared.sealed_body)])


def read_pending(data: bytes, channel: Channel, *, original: bytes) -> PreparedFiling:
    """Read it back. Raises BadKeyFile if it is of another channel or another text."""
    try:
        header, files = unpack_bundle(data)
        if header.pop("type") != PENDING or [role for role, _ in files] != ["bundle", "body"]:
            raise BadKeyFile("The .filing file is not an unsent filing; give another name with -o.")
        same_channel = Channel.from_document(header["channel"]).digest == channel.digest
        same_text = header["original"] == hashlib.sha256(original).hexdigest()
        prepared = PreparedFiling(
            bundle=files[0][1],
            draft=header["draft"],
            sealed_body=files[1][1],
            bodies=tuple(header["bodies"]),
            mailbox_item=header["mailbox_item"],
            at=header["at"],
        )
    except (BundleError, ChannelError, BadReceipt, KeyError, TypeError):
        raise BadKeyFile("The .filing file is damaged and was perhaps never sent; remove it and file again.") from None
    if not same_channel or not same_text:
        raise BadKeyFile(
            "An unsent filing of another text or channel lies beside; send that one first, or give another name with "
            "-o."
        )
    return prepared
