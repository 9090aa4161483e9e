# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a server's channel becomes one that is used.

There is no trust on first use: a channel is used only against words from a poster, a channel file, or a channel stored
by `demur trust add` (PROTOCOL section 1). What the server says of itself is compared, never believed.
"""

from pathlib import Path

from demur.charter.channel import Channel, ChannelError, ChannelFile
from demur.client.address import normal_address
from demur.client.errors import NotTrusted
from demur.client.http import Server
from demur.client.known import are_words, channel_file, stored


def resolve(server_address: str, channel: str | None, home: Path, *, insecure: bool = False) -> ChannelFile:
    """The channel behind `server_address`, if it is the one meant by `channel`: its words, a channel file, or a stored
    one.

    Raises NotTrusted when the channel is not known or the server shows another, and what `Server.get` raises.
    """
    address = normal_address(server_address, insecure=insecure)
    known = None if channel is not None and are_words(channel) else _known(address, channel, home)
    shown = shown_channel(Server(address, insecure=insecure))
    try:
        if known is None:
            shown.check_words(str(channel))
        elif known.digest != shown.digest:
            raise NotTrusted(
                f"The server {address} shows another channel than the one you know; do not file there, and tell the "
                "officers."
            )
    except ChannelError as error:
        raise NotTrusted(str(error)) from None
    return ChannelFile(channel=shown, address=address)


def shown_channel(server: Server) -> Channel:
    """The channel that a server shows, not yet trusted. Raises NotTrusted if it shows none."""
    try:
        return Channel.from_document(server.get_json("/api/v1/channel").get("channel"))
    except ChannelError as error:
        raise NotTrusted(f"The server {server.address} shows no usable channel: {error}") from None


def _known(address: str, channel: str | None, home: Path) -> Channel:
    if channel is not None:
        return channel_file(Path(channel)).channel
    for row in stored(home):
        if row.address == address:
            return row.channel
    raise NotTrusted(
        f"The channel at {address} is not known here; give --channel with the words from its notice, or use `demur "
        "trust add` once."
    )
