# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table [doorbell] of demur.toml: by mail, or by a command.

[doorbell]                                [doorbell]
smtp = "mail.example.org:465"             command = ["/usr/local/bin/ring"]
from = "doorbell@example.org"
to = "custodian@example.org"
user = "doorbell"                         # with password_file, or neither
password_file = "keys/doorbell.password"  # below the installation's directory, or absolute
tls = "tls"                               # or "starttls"; "none" on this machine only
language = "en"                           # or "id"
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demur.notices.errors import BadDoorbell

LANGUAGES: Final = ("en", "id")
TLS: Final = ("tls", "starttls", "none")
_MAIL_KEYS: Final = frozenset({"smtp", "from", "to", "user", "password_file", "tls", "language"})
# Letters that need no quoting: an address is written into a header, where a line break would be a header of its own.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]")
_LONGEST_WORD: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A command, by its words; no shell reads them."""

    command: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to one address. `user` and `password_file` are both there or both None."""

    host: str
    port: int
    sender: str
    to: str
    user: str | None
    password_file: Path | None
    tls: str
    language: str


Doorbell = Hook | Mail


def read_doorbell(table: object, directory: Path) -> Doorbell:
    """Read the table [doorbell]; raises BadDoorbell. Paths are taken from `directory`."""
    if not isinstance(table, dict):
        raise BadDoorbell("[doorbell] must be a table with `command`, or with `smtp`, `from` and `to`.")
    known = frozenset({"command"}) if "command" in table else _MAIL_KEYS
    if odd := sorted(set(table) - known):
        beside = " beside `command`" if odd[0] in _MAIL_KEYS else ""
        raise BadDoorbell(f"[doorbell] holds {odd[0]!r}, which is no setting{beside}; take it out.")
    return _hook(table["command"]) if "command" in table else _mail(table, directory)


def _hook(words: object) -> Hook:
    if not isinstance(words, list) or not words or not all(_is_word(word) for word in words):
        raise BadDoorbell('`command` in [doorbell] must be a list of words, such as ["/usr/local/bin/ring"].')
    if not Path(words[0]).is_absolute():
        raise BadDoorbell("`command` in [doorbell] must begin with a whole path, such as /usr/local/bin/ring.")
    return Hook(command=tuple(words))


def _is_word(word: object) -> bool:
    return isinstance(word, str) and 0 < len(word) <= _LONGEST_WORD and "\0" not in word


def _mail(table: Mapping[str, Any], directory: Path) -> Mail:
    host, port = _server(table.get("smtp"))
    user, password_file = table.get("user"), table.get("password_file")
    if (user is None) != (password_file is None):
        raise BadDoorbell("[doorbell] must hold `user` and `password_file`, or neither; add the one that is missing.")
    if user is not None and not (_is_word(user) and _is_word(password_file) and user.isascii() and user.isprintable()):
        raise BadDoorbell("`user` and `password_file` in [doorbell] must be a name in ASCII and a path; mend them.")
    mail = Mail(
        host=host,
        port=port,
        sender=_address(table, "from"),
        to=_address(table, "to"),
        user=user,
        password_file=None if password_file is None else directory / password_file,
        tls=_one_of(TLS, table, "tls"),
        language=_one_of(LANGUAGES, table, "language"),
    )
    if mail.tls == "none" and not _loopback(host):
        raise BadDoorbell(f'`tls = "none"` in [doorbell] is for a server on this machine, not for {host}; use "tls".')
    return mail


def _server(text: object) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    if not _HOST.fullmatch(host) or not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise BadDoorbell("`smtp` in [doorbell] must be a host and a port, such as mail.example.org:465.")
    return host.strip("[]"), int(port)


def _address(table: Mapping[str, Any], key: str) -> str:
    text = table.get(key)
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise BadDoorbell(f"`{key}` in [doorbell] must be one plain mail address, such as custodian@example.org.")
    return text


def _one_of(words: tuple[str, ...], table: Mapping[str, Any], key: str) -> str:
    """The word at `key`; the first of `words` where there is none."""
    word = table.get(key, words[0])
    if not isinstance(word, str) or word not in words:
        choice = ", ".join(f'"{known}"' for known in words)
        raise BadDoorbell(f"`{key}` in [doorbell] must be one of {choice}; choose one.")
    return word


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
