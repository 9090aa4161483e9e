# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending a prepared filing, and the file that holds it until the log has answered.

`R.filing` is written before the first byte is sent. A power cut, a lost answer, a server that is down: the same command
with the same `-o` sends the same filing, and the case id in it makes sure that it is filed once. It holds the keys, so
it is as secret as `R.key`, and it is removed when `R.key` stands. Until then nothing that anybody answers removes it: whoever stands
between author and log can refuse what the log has recorded, and the keys in it would then be the only ones.
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
from demur.client.uploading import SealedUpload, part_size, upload
from demur.client.wish import Attachment, LargeAttachment, Wish
from demur.client.working import working
from demur.dissent import events
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle, unpack_bundle
from demur.dissent.errors import BundleError
from demur.record.head import item_chain

PENDING: Final = "demur/pending-filing"
START_OF_CHAIN: Final = bytes(32)
# What a channel's server says only after it looked for this very filing and did not find it: it is not recorded, and cannot be as it
# is. Every other refusal can come from a gateway, or of a limit that changed, after an earlier attempt was recorded.
_NOT_RECORDED: Final = frozenset({"moved-on", "conflict"})


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
        part = part_size(server)
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
    """Whether the refusal means that this very filing is not recorded and can never be."""
    return error.code in _NOT_RECORDED


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


def pending_bytes(prepared: PreparedFiling, channel: Channel, *, wish: Wish) -> bytes:
    """`R.filing`: the prepared filing with its keys. `wish` is remembered as far as the sealed manifest does not tell it, so that
    another text is not sent by mistake.
    """
    header = {
        "v": 1,
        "type": PENDING,
        "channel": channel.document(),
        "draft": dict(prepared.draft),
        "bodies": list(prepared.bodies),
        "filing": prepared.filing,
        "mailbox_item": prepared.mailbox_item,
        "original": _sha256(wish.original),
        "facts": dict(wish.facts),
        "at": prepared.at,
        "uploads": [file.row for file in prepared.uploads],
    }
    return pack_bundle(header, [("bundle", prepared.bundle), ("body", prepared.sealed_body)])


def read_pending(data: bytes, channel: Channel, *, wish: Wish, folder: Path) -> PreparedFiling:
    """Read it back; `folder` is where R.filing lies, with its sealed attachments beside it.

    Raises BadKeyFile if it is of another channel, or of another wish: what was sealed before does not change.
    """
    try:
        header, files = unpack_bundle(data)
        if header.pop("type") != PENDING or [role for role, _ in files] != ["bundle", "body"]:
            raise BadKeyFile("The .filing file is not an unsent filing; give another name with -o.")
        same_channel = Channel.from_document(header["channel"]).digest == channel.digest
        differing = _differing(header, wish)
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
        raise BadKeyFile(
            "The .filing file is damaged and cannot be sent; keep it, and file again under another name with -o."
        ) from None
    if not same_channel:
        raise BadKeyFile("An unsent filing of another channel lies beside; give another name with -o.")
    if differing:
        raise BadKeyFile(
            f"An unsent filing lies beside, and it was sealed with other {', '.join(differing)}; it may be recorded already. Send it "
            "with the options it was sealed with, or file anew under another name with -o."
        )
    return prepared


def _differing(header: Mapping[str, Any], wish: Wish) -> list[str]:
    """In what an unsent filing differs from `wish`, in words; nothing if it is that wish, sealed."""
    manifest = header["draft"]["manifest"]
    sealed, original = (row["sha256"] for row in manifest["files"])
    rows = [(row["name"], row["sha256"], row["size"]) for row in manifest["attachments"]]
    same_text = original == _sha256(wish.original)
    same = {
        "text": same_text,
        "claims, subject or marking": not same_text or sealed == _sha256(wish.dissent.json),
        "attachments": sorted(rows) == sorted((part.name, _hash(part), part.size) for part in wish.attachments),
        "facts": header.get("facts", dict(wish.facts)) == dict(wish.facts),
        "recused offices": manifest["recused"] == sorted(wish.recused),
        "new keys accepted": manifest["new_keys"] == sorted(wish.new_keys),
    }
    return [name for name, holds in same.items() if not holds]


def _hash(part: Attachment | LargeAttachment) -> str:
    return part.file.sha256 if isinstance(part, LargeAttachment) else _sha256(part.data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
