# SPDX-License-Identifier: AGPL-3.0-or-later
"""A witness's card: what a log's officers need to name it in a policy. TOML, one file, handed over by hand.

name = "witness.example.net"
key_4 = "witness.example.net+…"     Ed25519
key_6 = "witness.example.net+…"     ML-DSA-44
url = "https://witness.example.net"
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demur.record.errors import NoteError, PolicyError
from demur.record.note import parse_vkey
from demur.record.policy import Named
from demur.record.policyfile import is_address


def card_text(name: str, vkeys: Sequence[str], url: str) -> str:
    """The card's text. Raises PolicyError for an address at which nobody could ask."""
    check_address(url)
    keys = [f'key_{parse_vkey(vkey)[1]} = "{vkey}"' for vkey in vkeys]
    return "\n".join([f"name = {json.dumps(name)}", *keys, f"url = {json.dumps(url)}"]) + "\n"


def check_address(url: str) -> None:
    """Raises PolicyError unless a log can ask at `url`."""
    if not is_address(url):
        raise PolicyError(
            f"{url[:80]!a} is no address at which a witness can be asked; write one such as https://witness.example.net."
        )


@dataclass(frozen=True)
class Card:
    """What stands on a card."""

    named: Named

    @classmethod
    def read(cls, path: Path) -> "Card":
        """A card from disk; raises PolicyError, which names the file, and OSError."""
        try:
            return cls.parse(path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError:
            raise PolicyError(f"{path} is not text; ask for the file that `demur witness new` wrote.") from None
        except PolicyError as error:
            raise PolicyError(f"{path}: {error}") from None

    @classmethod
    def parse(cls, text: str) -> "Card":
        """Read a card; raises PolicyError."""
        try:
            table = tomllib.loads(text.removeprefix("\ufeff"))
            keys = tuple(table[name] for name in ("key_4", "key_6") if name in table)
            if (
                set(table) - {"name", "key_4", "key_6", "url"}
                or not keys
                or not all(isinstance(key, str) for key in keys)
            ):
                raise KeyError("key_4")
            if any(parse_vkey(key)[0] != table["name"] for key in keys):
                raise PolicyError("The keys on the witness's card are not named after it; ask for the card again.")
            url = str(table["url"])
            check_address(url)
            return cls(Named(name=str(table["name"]), vkeys=keys, url=url))
        except (tomllib.TOMLDecodeError, KeyError, NoteError):
            raise PolicyError(
                "This is not a witness's card; ask for the file that `demur witness new` wrote."
            ) from None
