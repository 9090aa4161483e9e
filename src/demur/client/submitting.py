# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending a prepared filing, and the file that holds it until the log has answered.

`R.filing` is written before the first byte is sent. A power cut, a lost answer, a server that is down: the same command
with the same `-o` sends the same filing, and the case id in it makes sure that it is filed once. It holds the keys, so
it is as secret as `R.key`, and it is removed when `R.key` stands.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from demur.charter.channel import Channel, ChannelError
from demur.client.answers import Answer, Window, read_answer
from demur.client.authorkey import AuthorKey, entry_of, keys_of
from demur.client.errors import BadAnswer, BadKeyFile, BadReceipt, ServerRefused
from demur.client.filing import PreparedFiling, key_of
from demur.client.http import Server
from demur.client.receipt import Receipt
from demur.client.uploading import SealedUpload, upload
from demur.client.working import working
from demur.dissent import events
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle, unpack_bundle
from demur.dissent.errors import BundleError
from demur.record.head import item_chain

PENDING: Final = "demur/pending-filing"
MAX_PART: Final = 64 * 1024 * 1024  # bytes of a part that are held in memory
START_OF_CHAIN: Final = bytes(32)
# Answers after which the server cannot have kept the filing, and sending it again cannot help.
_FINAL: Final = frozenset({400, 403, 404, 409, 413, 422})
_SEND_AGAIN: Final = "missing-part"  # but this one: an upload that made way meanwhile is sent again


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What the author leaves with."""

    key: AuthorKey
    receipt: Receipt
    sealed_body: bytes
    bundle: bytes


def submit(
    server: Server,
    prepared: PreparedFiling,
    channel: Channel,
    *,
    now: Callable[[], int],
    accept_clock: bool = False,
    progress: Callable[[int, SealedUpload], None] = lambda *_: None,
    tell: Callable[[int], None] = lambda _: None,
) -> Filed:
    """Send the large files, then the filing; verify the answer. `now()` gives POSIX seconds: the answer may take its time.
    `progress` is told how much of an upload is there, `tell` how many bits of work are asked.

    Raises ServerRefused, Unreachable, BadAnswer, ClockDiffers; the prepared filing can be sent again after each.
    """
    if prepared.uploads:
        part = server.get_json("/api/v1/limits").get("part_bytes")
        if type(part) is not int or not 0 < part <= MAX_PART:
            raise BadAnswer("The server takes no attachments in parts that this version can send; use a newer Demur.")
        for file in prepared.uploads:
            told = partial(_told, progress, file)
            upload(server, file, origin=channel.origin, part=part, progress=told, tell=tell)

    def post(headers: Mapping[str, str]) -> dict[str, Any]:
        return server.post_json("/api/v1/cases", prepared.bundle, content_type=MEDIA_TYPE, headers=headers)

    answer = working(server, prepared.draft["case"], post, origin=channel.origin, kind="filing", tell=tell)
    return check_filed(answer, prepared, channel, window=Window(since=prepared.at, until=now(), accept=accept_clock))


def _told(progress: Callable[[int, SealedUpload], None], file: SealedUpload, have: int) -> None:
    progress(have, file)


def is_final(error: ServerRefused) -> bool:
    """Whether the refusal means that this very filing can never be recorded."""
    return error.status in _FINAL and error.code != _SEND_AGAIN


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
    return Filed(
        key=AuthorKey.parse(key.to_bytes()), receipt=receipt, sealed_body=prepared.sealed_body, bundle=prepared.bundle
    )


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
        "filing": prepared.filing,
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
        "filing": prepared.filing,
        "mailbox_item": prepared.mailbox_item,
        "original": hashlib.sha256(original).hexdigest(),
        "at": prepared.at,
        "uploads": [file.row for file in prepared.uploads],
    }
    return pack_bundle(header, [("bundle", prepared.bundle), ("body", prepared.sealed_body)])


def read_pending(data: bytes, channel: Channel, *, original: bytes, folder: Path) -> PreparedFiling:
    """Read it back; `folder` is where R.filing lies, with its sealed attachments beside it.

    Raises BadKeyFile if it is of another channel or another text."""
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
            filing=header["filing"],
            mailbox_item=header["mailbox_item"],
            at=header["at"],
            uploads=tuple(SealedUpload.from_row(row, folder) for row in header["uploads"]),
        )
    except (BundleError, ChannelError, BadReceipt, KeyError, TypeError):
        raise BadKeyFile("The .filing file is damaged and was perhaps never sent; remove it and file again.") from None
    if not same_channel or not same_text:
        raise BadKeyFile(
            "An unsent filing of another text or channel lies beside; send that one first, or give another name with "
            "-o."
        )
    return prepared
