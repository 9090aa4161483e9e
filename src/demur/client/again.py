# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending a filing again to a channel that was restored from a backup and has lost the case (PROTOCOL section 4, "Restore").

The same bytes as before, from R.sealed, with the log's own event from R.key and its promise from R.receipt: the record
holds both entries, so the case comes back under the promise that stands.
"""

from collections.abc import Mapping

from demur.charter.channel import Channel
from demur.client.authorkey import AuthorKey
from demur.client.errors import BadAnswer, BadKeyFile
from demur.client.http import Server
from demur.client.receipt import Receipt
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle, unpack_bundle
from demur.dissent.errors import BundleError
from demur.record.errors import RecordError
from demur.record.head import Head, open_head


def file_again(server: Server, key: AuthorKey, receipt: Receipt, filing: bytes, channel: Channel) -> tuple[bool, str]:
    """Whether the case was missing, and the mailbox's new head (a note). `filing` is R.sealed.

    Raises BadKeyFile if R.sealed is not this filing whole, ServerRefused, BadAnswer.
    """
    _check_whole(filing, key)
    header = {"v": 1, "type": "again", "received": dict(key.received), "promise": receipt.promise}
    answer = server.post_json("/api/v1/cases/again", pack_bundle(header, [("filing", filing)]), content_type=MEDIA_TYPE)
    missing, head = answer.get("missing"), str(answer.get("head"))
    if not isinstance(missing, bool) or _head(head, channel).mailbox != key.keys.mailbox:
        raise BadAnswer("The server's answer is not about this case; try again later, and keep your files.")
    return missing, head


def _check_whole(filing: bytes, key: AuthorKey) -> None:
    try:
        header: Mapping[str, object] = unpack_bundle(filing)[0]
    except BundleError:
        raise BadKeyFile(
            "R.sealed holds the text alone, as it does when it was rebuilt from the words; only the one that `demur file` wrote can "
            "be sent again."
        ) from None
    if header.get("case") != key.case:
        raise BadKeyFile("R.sealed is of another case than the key file; name the two that were written together.")


def _head(note: str, channel: Channel) -> Head:
    try:
        return open_head(note, channel.log_verifier)
    except RecordError as error:
        raise BadAnswer(f"The mailbox's head is not signed by this channel's log: {error}") from None
