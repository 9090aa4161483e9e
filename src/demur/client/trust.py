# SPDX-License-Identifier: AGPL-3.0-or-later
"""Channels this machine knows, and how a server's channel becomes one of them.

There is no trust on first use: a channel is used only against words from a poster, a channel file, or a channel stored by
`demur trust add` (PROTOCOL section 1). What the server says of itself is compared, never believed. Stored channels are checked against
their own words at each use, so a file changed on disk is refused, not followed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from demur.charter.channel import Channel, ChannelError, ChannelFile
from demur.client.errors import NotTrusted
from demur.client.files import write_new
from demur.client.http import Server, normal_address

_WORDS: Final = re.compile(r"[a-z]+(?: [a-z]+){5}(?:(?: [a-z]+){6})?")
_MAX_FILE: Final = 256 * 1024


def demur_home(environ: Mapping[str, str]) -> Path:
    """Where this person's known channels lie: $DEMUR_HOME, else $XDG_CONFIG_HOME/demur, else ~/.config/demur."""
    if environ.get("DEMUR_HOME"):
        return Path(environ["DEMUR_HOME"])
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "demur"
    return Path(environ.get("HOME") or Path.home()) / ".config" / "demur"


def resolve(server_address: str, channel: str | None, home: Path, *, insecure: bool = False) -> ChannelFile:
    """The channel behind `server_address`, if it is the one meant by `channel`: its words, a channel file, or a stored one.

    Raises NotTrusted when the channel is not known or the server shows another, and what `Server.get` raises.
    """
    address = normal_address(server_address, insecure=insecure)
    known = None if channel is not None and _are_words(channel) else _known(address, channel, home)
    shown = shown_channel(Server(address, insecure=insecure))
    try:
        if known is None:
            shown.check_words(" ".join(str(channel).lower().split()))
        elif known.digest != shown.digest:
            raise NotTrusted(
                f"The server {address} shows another channel than the one you know; do not file there, and tell the officers."
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


def named(channel: str | None, home: Path) -> list[Channel]:
    """The channels to verify against, without network: the file or stored words given, else every stored one.

    Raises NotTrusted for words that fit no stored channel: words alone cannot be turned into keys.
    """
    if channel is None:
        return [row.channel for row in stored(home)]
    if not _are_words(channel):
        return [_from_file(Path(channel)).channel]
    said = channel.lower().split()
    return [row.channel for row in stored(home) if said in (row.channel.words(), row.channel.long_words())]


def stored(home: Path) -> list[ChannelFile]:
    """Every stored channel, sorted by origin. Raises NotTrusted for a stored file that does not hold."""
    folder = home / "channels"
    return [_from_file(path) for path in sorted(folder.glob("*.toml"))] if folder.is_dir() else []


def store(known: ChannelFile, home: Path) -> Path:
    """Remember a channel; returns its file. Storing the same again changes nothing.

    Raises NotTrusted if another channel of the same origin is stored.
    """
    path = home / "channels" / f"{known.channel.origin.replace('/', '+')}.toml"
    if path.exists():
        if _from_file(path).channel.digest != known.channel.digest:
            raise NotTrusted(
                f"Another channel named {known.channel.origin} is stored in {path}; remove that file yourself if it is wrong."
            )
        if _from_file(path).address == known.address:
            return path
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_new(path, known.to_toml().encode())
    return path


def _known(address: str, channel: str | None, home: Path) -> Channel:
    if channel is not None:
        return _from_file(Path(channel)).channel
    for row in stored(home):
        if row.address == address:
            return row.channel
    raise NotTrusted(
        f"The channel at {address} is not known here; give --channel with the words from its notice, or use `demur trust add` once."
    )


def _from_file(path: Path) -> ChannelFile:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE)
        return ChannelFile.parse(data.decode("utf-8"))
    except OSError as error:
        raise NotTrusted(
            f"{str(path)!r} is neither six channel words nor a channel file that can be read ({error.strerror}); look at the notice again."
        ) from None
    except UnicodeDecodeError:
        raise NotTrusted(f"The channel file {path} is not text; ask for channel.toml again.") from None
    except ChannelError as error:
        raise NotTrusted(f"The channel file {path} does not hold: {error}") from None


def _are_words(channel: str) -> bool:
    return bool(_WORDS.fullmatch(" ".join(channel.lower().split())))
