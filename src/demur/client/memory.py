# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this machine has seen of a channel: the largest checkpoint, the newest directory. A server that shows less, or other, is refused.

Without a memory each use believes whatever is signed, so a log could show one person two records on two days. The memory is kept only of
channels that were stored here by `demur trust add`: for any other, nothing on this machine tells that somebody asked, and the
memory would. An author's receipts remember too, and are compared in the same way.

It is a sectioned text (`spec/receipt.md`) in `seen/` beside the stored channels: `channel` (its document with the changes of policy that
were proven, on a line), `checkpoint` and `directory` (notes), `charter`, `roster` and `policy` (the statements that the directory
names, on a line each). Every byte of it was signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.directory import open_directory
from demur.charter.errors import CharterError
from demur.charter.policies import agreed
from demur.client.comparing import Signed, check_one_record, check_times
from demur.client.contradictions import rewritten
from demur.client.directory import FRESH, InForce, check_directory
from demur.client.errors import BackDated, BadAnswer, BadReceipt, NotTrusted, RecordForked, RolledBack, ServerRefused
from demur.client.evidence import forked_record, older_statement
from demur.client.files import replace_own
from demur.client.http import Server
from demur.client.known import is_stored
from demur.client.lookups import Record
from demur.client.named import Named, rolled_back
from demur.client.policyseen import SEEN_LINE, seen_path
from demur.client.receipt import channel_line, read_channel_line
from demur.client.sections import read_sections, write_sections
from demur.record.errors import RecordError

_KINDS: Final = ("charter", "seats", "policy")
_PARTS: Final = ["channel", "checkpoint", "directory", "charter", "roster", "policy"]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What was seen of one channel: a checkpoint, and a directory's note with the charter and the roster that it names, each on a line.

    `roster` is empty where no seat was filled. Each text is as it was signed.
    """

    channel: Channel
    checkpoint: Signed
    directory: str
    charter: str
    roster: str
    policy: str

    @classmethod
    def of(cls, found: InForce) -> "Memory":
        """The memory of what was just read and verified. Raises RecordError."""
        return cls(
            channel=found.channel,
            checkpoint=Signed.under(found.channel, found.checkpoint_note),
            directory=found.directory_note,
            charter=found.charter_line,
            roster=found.roster_line,
            policy=found.policy_line,
        )

    @property
    def text(self) -> str:
        """The file's one form."""
        parts = (
            channel_line(self.channel),
            self.checkpoint.note,
            self.directory,
            self.charter,
            self.roster,
            self.policy,
        )
        return write_sections(SEEN_LINE, list(zip(_PARTS, parts, strict=True)))

    @classmethod
    def parse(cls, data: bytes, channel: Channel) -> "Memory | None":
        """Read it back, None if it is of another channel. Raises NotTrusted unless log and officers signed what it holds."""
        sections = read_sections(data, SEEN_LINE, family=NotTrusted)
        if [name for name, _ in sections] != _PARTS:
            raise NotTrusted("It has other parts than a memory has.")
        line, checkpoint, directory, *statements = (text for _, text in sections)
        try:
            seen = read_channel_line(line)
            if seen.digest != channel.digest:
                return None
            tree = Signed.under(seen, checkpoint)
            kinds = [Named.read(seen, directory, row).kind if row else "" for row in statements]
        except BadReceipt as error:
            raise NotTrusted(str(error)) from None
        except (CharterError, RecordError, canonical.CanonicalError) as error:
            raise NotTrusted(str(error)) from None
        _check_kinds(kinds)
        charter, roster, policy = statements
        return cls(channel=seen, checkpoint=tree, directory=directory, charter=charter, roster=roster, policy=policy)

    def compare_statements(self, found: InForce) -> None:
        """Raises RolledBack with evidence if the log names what it had replaced; BadAnswer where no two signatures prove it."""
        statements = (
            (self.policy, found.policy_line),
            (self.charter, found.charter_line),
            (self.roster, found.roster_line),
        )
        for mine, theirs in statements:
            if mine and mine != theirs:
                self._check_statement(mine, theirs, found)

    def compare(self, found: InForce, record: Record) -> None:
        """Raises RecordForked with evidence if the server's record is not, or no longer, what was seen; BadAnswer where it is older
        and no two signatures prove it; BackDated with evidence if only its times run backwards.

        Asks `record` where the sizes differ.
        """
        current = Signed.under(found.channel, found.checkpoint_note)
        check_grown(record, self.checkpoint, current)
        seen = open_directory(self.directory, self.channel.log_verifier)
        if found.directory.time + FRESH < seen.time:
            raise BadAnswer(
                "What the server says is in force was signed before what this machine has seen; do not use it, and "
                "tell the officers."
            )
        check_times(found.channel, [self.checkpoint, current], ())

    def _check_statement(self, mine: str, theirs: str, found: InForce) -> None:
        seen = Named.read(self.channel, self.directory, mine)
        shown = Named.read(self.channel, found.directory_note, theirs) if theirs else None
        if shown is not None and rolled_back(seen, shown):
            raise RolledBack(
                f"The log names {seen.kind} number {shown.number} as in force, after it had named number {seen.number}; "
                "keep the evidence and show it.",
                older_statement(
                    channel=self.channel, seen=(self.directory, mine), shown=(found.directory_note, theirs)
                ),
            )
        if shown is None or shown.number < seen.number:
            raise BadAnswer(
                f"The server shows older {seen.kind} than this machine has seen; do not use it, and tell the officers."
            )
        if shown.number == seen.number and not _same_statement(mine, theirs):
            raise BadAnswer(
                f"The server shows other {seen.kind} than this machine has seen, both as number {seen.number}: the officers signed two; "
                "do not use it, and ask them which is meant."
            )


def _same_statement(mine: str, theirs: str) -> bool:
    """Whether two lines say the same, whichever of the officers signed each."""
    said = [canonical.load_object(line.removesuffix("\n").encode()) for line in (mine, theirs)]
    return len({canonical.dump({name: row[name] for name in row if name != "officers"}) for row in said}) == 1


def _check_kinds(kinds: Sequence[str]) -> None:
    if kinds[0] != "charter" or any(kind not in {"", wanted} for kind, wanted in zip(kinds, _KINDS, strict=True)):
        raise NotTrusted("It holds other statements than a charter, seats and a policy.")


def check_grown(record: Record, older: Signed, newer: Signed) -> None:
    """Raises RecordForked, with evidence, unless the record of `newer` starts with that of `older`; BadAnswer if it is smaller, or if
    the server can show neither.
    """
    channel = record.channel
    if newer.size < older.size:
        raise BadAnswer(
            f"The server shows a record of {newer.size} entries, and this machine has seen {older.size}: it went back; "
            "do not use it, and tell oversight."
        )
    check_one_record(channel, [older, newer])
    if newer.size == older.size or _proven(record, older, newer):
        return
    leaves = record.tree(newer.accepted)
    if rewritten(older.accepted, newer.accepted, leaves):
        raise RecordForked(
            f"The log signed a record of {newer.size} entries that does not start with the {older.size} this machine "
            "has seen; keep the evidence and show it.",
            forked_record(channel=channel, older=older.note, newer=newer.note, leaves=leaves),
        )


def _proven(record: Record, older: Signed, newer: Signed) -> bool:
    """Whether the server proves the growth. If not, for whatever reason, its leaves decide."""
    try:
        record.check_consistency(older.accepted.checkpoint, newer.accepted.checkpoint)
    except (ServerRefused, BadAnswer):
        return False
    return True


def ask_in_force(server: Server, channel: Channel, *, home: Path, now: int, kept: Sequence[Signed] = ()) -> InForce:
    """What is in force, held against all that this machine has seen: its memory in `home`, and the checkpoints `kept`, such as
    those of a receipt.

    Raises what `check_directory`, `Memory.compare_statements`, `Memory.compare` and `Server.get` raise, and NotTrusted for a memory
    that is damaged.
    """
    # Read before the server is asked: what another command remembers meanwhile may be newer than this answer.
    memory = load_memory(channel, home)
    # Asked from the first policy on: one that leaves a change out must be shown whole, to be compared with what was seen.
    answer = server.get_json("/api/v1/directory")
    found = check_directory(answer, replace(channel, changes=()), now=now)
    if memory is not None:
        memory.compare_statements(found)
    # Under a weaker policy the rest would be judged by the wrong witnesses.
    found = _held(answer, found, [memory.channel, channel] if memory is not None else [channel])
    record = Record(server=server, channel=found.channel)
    current = Signed.under(found.channel, found.checkpoint_note)
    for older in kept:
        check_grown(record, older, current)
    try:
        if memory is not None:
            memory.compare(found, record)
    except BackDated:
        # Said once: the trees are of one record, and a clock that was set right must not close the desk for ever.
        _remember(found, home)
        raise
    _remember(found, home)
    return found


def _held(answer: Mapping[str, Any], found: InForce, seen: Sequence[Channel]) -> InForce:
    """`found`, judged by each change of policy from the smallest size at which it was seen proven. Raises BadAnswer."""
    held = found.channel
    try:
        for older in seen:
            held = agreed(older, held)
    except CharterError as error:
        raise BadAnswer(f"The server's trust policy does not hold: {error}") from None
    if [change.size for change in held.changes] == [change.size for change in found.channel.changes]:
        return found
    return check_directory(answer, held, now=found.read_at)


def load_memory(channel: Channel, home: Path) -> Memory | None:
    """What is remembered of a channel, None if nothing. Raises NotTrusted for a file that does not hold."""
    path = seen_path(home, channel.origin)
    try:
        return Memory.parse(path.read_bytes(), channel)
    except OSError:
        return None
    except NotTrusted as error:
        raise NotTrusted(
            f"What this machine remembers of {channel.origin} does not hold ({error}); remove {path}, and it is "
            "remembered anew."
        ) from None


def _remember(found: InForce, home: Path) -> None:
    if not is_stored(found.channel, home):
        return
    path = seen_path(home, found.channel.origin)
    try:
        path.parent.mkdir(exist_ok=True, mode=0o700)
        replace_own(path, Memory.of(found).text.encode())
    except OSError:
        return  # a home that cannot be written still lets its owner file
