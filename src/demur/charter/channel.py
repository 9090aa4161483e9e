# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a channel is known by: origin, log keys, officers, first policy; and the words that stand on the poster.

Trust does not come from the server. Whoever holds the six words can check that every key a server shows belongs to the
channel they mean. Format: `spec/channel.md`; words: PROTOCOL section 1.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from demur import canonical
from demur.charter.errors import CharterError
from demur.record.errors import RecordError
from demur.record.note import Ed25519Verifier
from demur.record.policy import Policy
from demur.seal.words import bits_as_words, typed_words, unlisted

SHORT_WORDS_BITS = 66  # six words: what a person compares
LONG_WORDS_BITS = 132  # twelve words: where only machines compare

_HEX_KEY = re.compile(r"[0-9a-f]{64}")


class ChannelError(CharterError):
    """A channel document, file or set of words that does not hold."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of the trust policy, proven: the officers' statement, the tlog-proof of its entry under the policy before it, the size
    of the checkpoint in that proof, and the policy for every larger one. Made by `demur.charter.policies`.
    """

    statement: Mapping[str, Any]
    proof: str
    size: int
    policy: Policy


@dataclass(frozen=True, kw_only=True)
class Channel:
    """The root of trust of one installation. Equal documents are equal channels."""

    origin: str
    ed25519_vkey: str
    mldsa_vkey: str
    officers: tuple[str, ...]
    k: int
    policy: str
    # Changes of the policy that were proven to whoever holds this channel: they are no part of what the words cover.
    changes: tuple["Change", ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a channel whose parts do not fit each other; raises ChannelError."""
        if list(self.officers) != sorted(set(self.officers)) or not self.officers:
            raise ChannelError("The officers' keys must be sorted and distinct; the channel file was changed by hand.")
        if not all(_HEX_KEY.fullmatch(key) for key in self.officers):
            raise ChannelError(
                "An officer's key is not 64 lower-case hex digits; copy it again from the officer's .pub file."
            )
        if type(self.k) is not int or not 1 <= self.k <= len(self.officers):
            raise ChannelError(
                f"k is {self.k}, but it must lie between 1 and the number of officers, {len(self.officers)}."
            )
        if self.log_verifier.name != self.origin:
            raise ChannelError("The log's key is not named after the channel's origin; this is not a channel of Demur.")
        first = self.first_policy
        if (first.log_vkey, first.log_pq_vkey) != (self.ed25519_vkey, self.mldsa_vkey):
            raise ChannelError("The trust policy names another log than the channel; this is not a channel of Demur.")

    @property
    def practice(self) -> bool:
        """Whether this is a throw-away channel for practice."""
        return self.origin.startswith("practice-")

    @cached_property
    def policy_object(self) -> Policy:
        """The trust policy, after every change that is known. Raises ChannelError."""
        return self.changes[-1].policy if self.changes else self.first_policy

    @cached_property
    def first_policy(self) -> Policy:
        """The first trust policy, which the channel words cover. Raises ChannelError."""
        try:
            return Policy.parse(self.policy)
        except RecordError as error:
            raise ChannelError(f"The channel's trust policy cannot be used: {error}") from None

    @property
    def log_verifier(self) -> Ed25519Verifier:
        """The log's Ed25519 key, for promises, heads and directories. Raises ChannelError."""
        try:
            return Ed25519Verifier.from_vkey(self.ed25519_vkey)
        except RecordError as error:
            raise ChannelError(f"The log's key cannot be read: {error}") from None

    def document(self) -> dict[str, Any]:
        """The channel document of `spec/channel.md`."""
        return {
            "v": 1,
            "type": "channel",
            "origin": self.origin,
            "log": {"ed25519": self.ed25519_vkey, "ml-dsa-44": self.mldsa_vkey},
            "officers": list(self.officers),
            "k": self.k,
            "policy": self.policy,
        }

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the channel document, 32 bytes."""
        return hashlib.sha256(canonical.dump(self.document())).digest()

    def words(self) -> list[str]:
        """The six channel words."""
        return bits_as_words(self.digest, SHORT_WORDS_BITS)

    def long_words(self) -> list[str]:
        """The twelve channel words, for machines."""
        return bits_as_words(self.digest, LONG_WORDS_BITS)

    def check_words(self, words: str) -> None:
        """Raises ChannelError unless `words` (six or twelve) are this channel's."""
        said = typed_words(words)
        n, near = unlisted(said)
        if n:
            # Every channel's words are on the list: this is a slip of the pen, and says nothing of the server.
            hint = f"; the nearest is {near!r}" if near else ""
            raise ChannelError(f"Word {n} is not on the list of channel words{hint}; look at the poster once more.")
        if said not in (self.words(), self.long_words()):
            raise ChannelError(
                "These words belong to another channel than the server's; compare the poster letter by letter, and do not file here."
            )

    @classmethod
    def from_document(cls, document: object) -> "Channel":
        """Read a channel document; raises ChannelError unless it is exactly one."""
        if not isinstance(document, dict):
            raise ChannelError("The channel document is not an object; ask for the channel file again.")
        try:
            channel = cls(
                origin=document["origin"],
                ed25519_vkey=document["log"]["ed25519"],
                mldsa_vkey=document["log"]["ml-dsa-44"],
                officers=tuple(document["officers"]),
                k=document["k"],
                policy=document["policy"],
            )
            same = canonical.dump(channel.document()) == canonical.dump(document)
        except (KeyError, TypeError, AttributeError, canonical.CanonicalError):
            raise ChannelError(
                "The channel document lacks a part or has one of the wrong kind; ask for it again."
            ) from None
        if not same:
            raise ChannelError("The channel document holds more than a channel does; ask for the channel file again.")
        return channel


@dataclass(frozen=True, kw_only=True)
class ChannelFile:
    """`channel.toml`: the channel, its words and where its server answers."""

    channel: Channel
    address: str

    def to_toml(self) -> str:
        """The file's text, for programs; its first line says what it is."""
        channel = self.channel
        lines = [
            "# The channel, for programs. People compare the words with the poster.",
            f"words = {_quoted(' '.join(channel.words()))}",
            f"address = {_quoted(self.address)}",
            f"origin = {_quoted(channel.origin)}",
            f"k = {channel.k}",
            f"officers = [{', '.join(_quoted(key) for key in channel.officers)}]",
            f"policy = {_quoted(channel.policy)}",
            "",
            "[log]",
            f"ed25519 = {_quoted(channel.ed25519_vkey)}",
            f"ml-dsa-44 = {_quoted(channel.mldsa_vkey)}",
            "",
        ]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> "ChannelFile":
        """Read `channel.toml`; raises ChannelError unless its words fit what it holds."""
        try:
            table = tomllib.loads(text.removeprefix("\ufeff"))
        except tomllib.TOMLDecodeError as error:
            raise ChannelError(f"This is not a channel file: {error}; ask for channel.toml again.") from None
        words, address = table.pop("words", None), table.pop("address", None)
        if not isinstance(words, str) or not isinstance(address, str):
            raise ChannelError("The channel file lacks its words or its address; ask for channel.toml again.")
        channel = Channel.from_document({"v": 1, "type": "channel", **table})
        channel.check_words(words)
        return cls(channel=channel, address=address)


def _quoted(text: str) -> str:
    # JSON strings without non-ASCII escapes are TOML basic strings; every value here is ASCII.
    return json.dumps(text)
