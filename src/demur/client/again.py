# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending a filing again to a channel that was restored from a backup and has lost the case (PROTOCOL section 4, "Restore").

The same bytes as before, from R.sealed, with the log's own event from R.key and its promise from R.receipt: the record
holds both entries, so the case comes back under the promise that stands. Large attachments are sent before, from the sealed
copies beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demur.charter.channel import Channel
from demur.client.authorkey import AuthorKey
from demur.client.errors import BadAnswer, BadKeyFile
from demur.client.http import Server
from demur.client.receipt import Receipt
from demur.client.uploading import SealedUpload, file_sha256, part_size, upload
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle, unpack_bundle
from demur.dissent.errors import BundleError
from demur.dissent.filing import uploads_of
from demur.record.errors import RecordError
from demur.record.head import Head, open_head


@dataclass(frozen=True, kw_only=True)
class BroughtBack:
    """What came of it: whether the case was missing, the mailbox's head as it is now, the sizes (bytes, sealed) of large attachments
    that the channel lacks still.
    """

    missing: bool
    head: Head
    lost: tuple[int, ...]


def file_again(
    server: Server,
    key: AuthorKey,
    receipt: Receipt,
    filing: bytes,
    channel: Channel,
    *,
    attachments: Sequence[Path] = (),
) -> BroughtBack:
    """Send the filing again: `filing` is R.sealed, `attachments` are the sealed large files kept beside it.

    Raises BadKeyFile if R.sealed is not this filing whole, ServerRefused, BadAnswer.
    """
    uploads = uploads_of(_header(filing, key))
    _send_missing(server, uploads, attachments, channel)
    header = {"v": 1, "type": "again", "received": dict(key.received), "promise": receipt.promise}
    answer = server.post_json("/api/v1/cases/again", pack_bundle(header, [("filing", filing)]), content_type=MEDIA_TYPE)
    missing, head = answer.get("missing"), _head(str(answer.get("head")), channel)
    if not isinstance(missing, bool) or head.mailbox != key.keys.mailbox:
        raise BadAnswer("The server's answer is not about this case; try again later, and keep your files.")
    lost = tuple(size for sha256, size in uploads if _have(server, sha256) != size)
    return BroughtBack(missing=missing, head=head, lost=lost)


def _send_missing(
    server: Server, uploads: Sequence[tuple[str, int]], attachments: Sequence[Path], channel: Channel
) -> None:
    """Send what the server lacks and the author has kept. What is not what its size promises is no attachment of this filing."""
    wanted = [(sha256, size) for sha256, size in uploads if _have(server, sha256) != size]
    if not wanted:
        return
    part = part_size(server)
    for path in attachments:
        named = (file_sha256(path), path.stat().st_size)
        if named in wanted:
            file = SealedUpload(path=path, sha256=named[0], size=named[1])
            upload(server, file, origin=channel.origin, part=part)


def _have(server: Server, sha256: str) -> object:
    return server.get_json(f"/api/v1/uploads/{sha256}").get("have")


def _header(filing: bytes, key: AuthorKey) -> Mapping[str, Any]:
    try:
        header = unpack_bundle(filing)[0]
    except BundleError:
        raise BadKeyFile(
            "R.sealed holds the text alone, as it does when it was rebuilt from the words; only the one that `demur file` wrote can "
            "be sent again."
        ) from None
    if header.get("case") != key.case:
        raise BadKeyFile("R.sealed is of another case than the key file; name the two that were written together.")
    return header


def _head(note: str, channel: Channel) -> Head:
    try:
        return open_head(note, channel.log_verifier)
    except RecordError as error:
        raise BadAnswer(f"The mailbox's head is not signed by this channel's log: {error}") from None
