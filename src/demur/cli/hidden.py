# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secret words typed without being shown: on one line, one a line as they stand on paper, or pasted in one piece.

A prompt that takes one line leaves the others to the shell, which runs them, shows them and keeps them in its history. So the
terminal stays silent until all words are there, and what was typed beyond them is thrown away, never handed on.
"""

import re
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from demur.cli import speak

if sys.platform != "win32":
    import termios

_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"\b\d{1,2}[.):]")  # of a line, as groups stand on paper
_DIGITS: Final = 42  # of a return code with its check
_PASTED: Final = 0.1  # seconds within which the next line of one paste is there
_MOST: Final = 4096  # letters: nobody types more


def typed_words(question: str, count: int) -> str:
    """`count` words from the terminal, hidden, or from standard input, whole. Lines are joined by spaces and otherwise as typed."""
    if not speak.has_terminal():
        return sys.stdin.read(_MOST)
    if sys.platform == "win32":
        return str(click.prompt(question, hide_input=True, err=True))
    click.echo(f"{question} (not shown; on one line, or one a line, then an empty line): ", err=True, nl=False)
    with _silent():
        text = _until(count)
    click.echo(err=True)
    return text


def _until(count: int) -> str:
    text, empty = "", 0
    while not _whole(text, count) and len(text) < _MOST:
        line = sys.stdin.readline()
        empty = 0 if line.strip() else empty + 1
        # An empty line ends it, unless it stands between lines that were pasted together, or before the first word.
        if not line or (empty and (text.strip() or empty > 1) and not _more_waits()):
            break
        text += f" {line.strip()}"
    return text.strip()


def _whole(text: str, count: int) -> bool:
    """All words are there, or all digits of a return code, which some type instead."""
    digits = sum(sign.isdigit() for sign in _NUMBER.sub(" ", text))
    return len(_WORD.findall(text)) >= count or digits >= _DIGITS


def _more_waits() -> bool:
    return bool(select.select([sys.stdin], [], [], _PASTED)[0])


@contextmanager
def _silent() -> Iterator[None]:
    """The terminal shows nothing of what is typed; what is left unread at the end is discarded."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        select.select([sys.stdin], [], [], _PASTED)  # the rest of a paste may still be on its way
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
