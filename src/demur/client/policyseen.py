# SPDX-License-Identifier: AGPL-3.0-or-later
"""Holding proof files against every change of trust policy that the verifier knows: those that this machine has seen, and those that
stand in the files given with them.

A proof file names the policies by which it wants to be judged. A log that a witness has since been set over could leave that change out
of a forged receipt, and sign all of it alone; whoever knows the change is not led back to the policy before it. Offline.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.policies import agreed
from demur.client import exhibit, receipt
from demur.client.errors import BadReceipt, NotTrusted
from demur.client.receipt import read_channel_line
from demur.client.sections import Section, read_sections
from demur.record.errors import RecordError
from demur.record.proof import Proof

SEEN_LINE: Final = "demur/seen/v1"
_PROVING: Final = (receipt.FIRST_LINE, exhibit.FIRST_LINE)
_PROOF: Final = "c2sp.org/tlog-proof@v1\n"


class KnownPolicies:
    """The changes of policy known of each channel, by its digest."""

    def __init__(self, home: Path, proofs: Sequence[bytes]) -> None:
        """From what this machine has seen, in `home`, and from the receipts and exhibits among `proofs`. Raises BadReceipt where two of
        one channel name changes of which neither continues the other's, and NotTrusted for a memory that is damaged.
        """
        self._known: dict[bytes, Channel] = {}
        inside = [channel for data in proofs if (channel := channel_of(data)) is not None]
        seen = [
            channel for origin in {row.origin for row in inside} if (channel := seen_channel(home, origin)) is not None
        ]
        for channel in [*seen, *inside]:
            before = self._known.get(channel.digest)
            self._known[channel.digest] = channel if before is None else _joined(before, channel)

    def check(self, data: bytes) -> None:
        """Raises BadReceipt unless every checkpoint in a receipt or exhibit also meets the policy that is known for its size."""
        channel = channel_of(data)
        known = self._known.get(channel.digest) if channel is not None else None
        if known is None or not known.changes:
            return
        for _, text in _sections(data):
            if text.startswith(_PROOF):
                _check(text, known)


def seen_path(home: Path, origin: str) -> Path:
    """Where a machine keeps what it has seen of a channel (`spec/receipt.md`, "Memory")."""
    return home / "seen" / f"{origin.replace('/', '+')}.seen"


def seen_channel(home: Path, origin: str) -> Channel | None:
    """The channel that this machine has seen under `origin`, with the changes of its policy as they were first seen proven; None if it
    has seen none. The file is its owner's own: what else stands in it is checked when it is used. Raises NotTrusted.
    """
    path = seen_path(home, origin)
    try:
        sections = read_sections(path.read_bytes(), SEEN_LINE, family=NotTrusted)
        if sections[0][0] == "channel":
            return read_channel_line(sections[0][1])
    except FileNotFoundError:
        return None
    except (BadReceipt, NotTrusted, IndexError):
        pass
    raise NotTrusted(
        f"What this machine remembers of the channel, {path}, does not hold; remove it, and it is remembered anew."
    )


def channel_of(data: bytes) -> Channel | None:
    """The channel inside a receipt or an exhibit, with the changes of policy that it names; None for another file. Raises BadReceipt."""
    sections = _sections(data)
    return read_channel_line(sections[0][1]) if sections and sections[0][0] == "channel" else None


def _sections(data: bytes) -> list[Section]:
    first = next((line for line in _PROVING if data.startswith(line.encode() + b"\n")), None)
    return list(read_sections(data, first, family=BadReceipt)) if first is not None else []


def _joined(one: Channel, other: Channel) -> Channel:
    older, newer = sorted((one, other), key=lambda channel: len(channel.changes))
    try:
        return agreed(older, newer)
    except CharterError as error:
        raise BadReceipt(
            f"Two files, or a file and what this machine has seen, name different changes of the trust policy: {error}"
        ) from None


def _check(text: str, known: Channel) -> None:
    try:
        known.policy_object.accept(Proof.parse(text).checkpoint_text)
    except RecordError as error:
        raise BadReceipt(
            "This file leaves out a change of the trust policy that is known here, and a checkpoint in it does not meet the policy "
            f"then in force ({error}); complete a receipt with `demur status`, and else do not rely on it."
        ) from None
