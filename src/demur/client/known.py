# SPDX-License-Identifier: AGPL-3.0-or-later
"""Channels this machine knows: where they are stored, and which channel a text of words or a file means. No network
here.

Stored channels are checked against their own words at each use, so a file changed on disk is refused, not followed.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from demur.charter.channel import Channel, ChannelError, ChannelFile
from demur.client.errors import NotTrusted
from demur.client.files import replace_own, write_new
from demur.client.proxies import Proxy
from demur.seal.words import typed_words, word_list

_MAX_FILE: Final = 256 * 1024


def demur_home(environ: Mapping[str, str]) -> Path:
    """Where this person's known channels lie: $DEMUR_HOME, else $XDG_CONFIG_HOME/demur, else ~/.config/demur."""
    if environ.get("DEMUR_HOME"):
        return Path(environ["DEMUR_HOME"])
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "demur"
    return Path(environ.get("HOME") or Path.home()) / ".config" / "demur"


def trusting(channel: str | None, home: Path) -> Callable[[Channel], bool]:
    """Whether a channel found inside a receipt is one to trust, without network: by words, by a channel file, else by
    those stored.

    Raises NotTrusted for a channel file that does not hold.
    """
    if channel is not None and are_words(channel):
        said = typed_words(channel)
        return lambda found: said in (found.words(), found.long_words())
    known = [channel_file(Path(channel))] if channel is not None else stored(home)
    digests = {row.channel.digest for row in known}
    return lambda found: found.digest in digests


def stored(home: Path) -> list[ChannelFile]:
    """Every stored channel, sorted by origin. Raises NotTrusted for a stored file that does not hold."""
    folder = home / "channels"
    return [channel_file(path) for path in sorted(folder.glob("*.toml"))] if folder.is_dir() else []


def store(known: ChannelFile, home: Path) -> Path:
    """Remember a channel; returns its file. Storing the same again changes nothing.

    Raises NotTrusted if another channel of the same origin is stored.
    """
    path = _path(known.channel, home)
    if path.exists():
        if channel_file(path).channel.digest != known.channel.digest:
            raise NotTrusted(
                f"Another channel named {known.channel.origin} is stored in {path}; remove that file yourself if it "
                "is wrong."
            )
        if channel_file(path).address == known.address:
            return path
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_new(path, known.to_toml().encode())
    return path


def store_proxy(known: ChannelFile, proxy: Proxy | None, home: Path) -> None:
    """Remember by which proxy a stored channel is reached; None for none."""
    path = _path(known.channel, home).with_suffix(".proxy")
    if proxy is None:
        path.unlink(missing_ok=True)
        return
    replace_own(path, f"{proxy.text}\n".encode())


def stored_proxy(address: str, home: Path) -> Proxy | None:
    """The proxy that was stored for the channel at `address`. Raises Insecure for one that cannot be read: it must not be passed over."""
    for row in stored(home):
        path = _path(row.channel, home).with_suffix(".proxy")
        if row.address == address and path.exists():
            return Proxy.parse(path.read_text(encoding="utf-8", errors="replace"))
    return None


def is_stored(channel: Channel, home: Path) -> bool:
    """Whether this very channel is remembered here."""
    path = _path(channel, home)
    try:
        return path.exists() and channel_file(path).channel.digest == channel.digest
    except NotTrusted:
        return False


def channel_file(path: Path) -> ChannelFile:
    """A channel file from disk. Raises NotTrusted unless it can be read and holds."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE)
        return ChannelFile.parse(data.decode("utf-8-sig"))
    except OSError as error:
        raise NotTrusted(
            f"{str(path)!r} is neither six channel words nor a channel file that can be read ({error.strerror}); look "
            "at the notice again."
        ) from None
    except UnicodeDecodeError:
        raise NotTrusted(f"The channel file {path} is not text; ask for channel.toml again.") from None
    except ChannelError as error:
        raise NotTrusted(f"The channel file {path} does not hold: {error}") from None


def _path(channel: Channel, home: Path) -> Path:
    return home / "channels" / f"{channel.origin.replace('/', '+')}.toml"


def are_words(channel: str) -> bool:
    """Whether these are channel words, six or twelve, one of them misspelt or not, and not the name of a file."""
    said = typed_words(channel)
    listed = sum(word in word_list() for word in said)
    return len(said) in {6, 12} and 2 * listed > len(said)
