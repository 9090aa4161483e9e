# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about charters, channels, officers' statements and rosters.

CharterError
 +-- NobodyAnswers    the author leaves out the only seat that may answer
 +-- LoadError        a charter file that is not one; the sentence names file, line and remedy
 +-- ChannelError     demur.charter.channel
 +-- StatementError   demur.charter.officers
 +-- RosterError      demur.charter.roster
 +-- DirectoryError   demur.charter.directory
 +-- NobodyAnswers    the author leaves out the only seat that may answer
"""

from demur.errors import DemurError


class CharterError(DemurError):
    """Root of this family."""


class NobodyAnswers(CharterError):  # noqa: N818 -- named as the fact
    """The author leaves out the only seat that may acknowledge and answer. `seat` is its id."""

    def __init__(self, sentence: str, *, seat: str) -> None:
        super().__init__(sentence)
        self.seat = seat


class LoadError(CharterError):
    """A charter file that is not one. `file` and `line` (from 1, 0 if unknown) say where."""

    def __init__(self, sentence: str, *, file: str, line: int) -> None:
        """`sentence` is the fact and the remedy; the place is put before it."""
        super().__init__(f"{file}:{line}: {sentence}" if line else f"{file}: {sentence}")
        self.file = file
        self.line = line
