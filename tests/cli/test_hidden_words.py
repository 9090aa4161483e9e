# SPDX-License-Identifier: AGPL-3.0-or-later
"""Return words typed on a terminal: never shown, whole however they are typed, and nothing of them left to the shell."""

import hashlib
import io
import os
import pty
import select
import sys
import time
from collections.abc import Sequence

import pytest

from demur.cli.hidden import typed_words

WORDS = ["addict", "worth", "garden", "lamp", "orbit", "pencil", "quick", "river", "stone", "tunnel", "vivid", "wagon"]
# What runs on the terminal: the prompt, then a shell that would run, and keep, whatever is left.
ASKS = "from demur.cli.hidden import typed_words; got = typed_words('Words', 12)\n"
ONE_LINE = (
    "import click; got = click.prompt('Words', hide_input=True, err=True)\n"  # the hole: as it was on 26 November
)
SHELL = """
import sys
print('GOT', hash_of(got)), print('READY', flush=True)
print('SHELL', repr(sys.stdin.readline()))
"""
HASH = "import hashlib; hash_of = lambda t: hashlib.sha256(' '.join(t.split()).encode()).hexdigest()\n"
END = b"exit\n"


def on_terminal(program: str, typed: Sequence[bytes], *, pause: float) -> str:
    """What the screen shows of `program` while `typed` comes in, piece by piece."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-W", "ignore", "-c", HASH + program + SHELL])
    screen = Screen(terminal)
    screen.until(b"Words")
    time.sleep(0.3)  # the terminal is made silent just after the question
    for piece in typed:
        os.write(terminal, piece)
        screen.look(pause)
    screen.until(b"READY")
    os.write(terminal, END)
    screen.until(b"SHELL")
    screen.look(0.3)
    os.close(terminal)
    os.waitpid(pid, 0)
    return screen.shown.decode()


class Screen:
    """All that was shown so far."""

    def __init__(self, terminal: int) -> None:
        self.terminal, self.shown = terminal, b""

    def look(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.terminal], [], [], left)[0]:
            try:
                self.shown += os.read(self.terminal, 4096)
            except OSError:
                return

    def until(self, mark: bytes) -> None:
        end = time.monotonic() + 20
        while mark not in self.shown and time.monotonic() < end:
            self.look(0.1)
        assert mark in self.shown, self.shown


def digest(words: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


LINES = [f"{word}\n".encode() for word in WORDS]
WAYS = {
    "on one line": [f"{' '.join(WORDS)}\n".encode()],
    "one a line": LINES,
    "four a line": [f"{' '.join(WORDS[at : at + 4])}\n".encode() for at in (0, 4, 8)],
    "pasted lines": [b"".join(LINES)],
    "pasted lines with empty ones between": [b"\n".join(LINES)],
    "an empty line first": [b"\n", *LINES],
}


@pytest.mark.parametrize("way", WAYS)
def test_words_are_taken_whole_and_never_shown(way: str) -> None:
    shown = on_terminal(ASKS, WAYS[way], pause=0.15)

    assert not [word for word in WORDS if word in shown]
    assert digest(WORDS) in shown
    assert "SHELL 'exit\\n'" in shown


@pytest.mark.adversary
def test_one_word_a_line_leaves_nothing_to_the_shell() -> None:
    hole = on_terminal(ONE_LINE, LINES, pause=0.15)
    leaked = [word for word in WORDS if word in hole]
    shown = on_terminal(ASKS, LINES, pause=0.15)
    kept = [word for word in WORDS if word in shown]

    print(f"words on the screen or in the shell: {len(leaked)} of 12 by a prompt of one line, {len(kept)} of 12 here")
    assert leaked
    assert kept == []


def test_what_is_pasted_beyond_the_words_is_thrown_away() -> None:
    shown = on_terminal(ASKS, [b"".join([*LINES, b"rm everything\n", b"extra\n"])], pause=0.5)

    assert "everything" not in shown
    assert "SHELL 'exit\\n'" in shown


def test_fewer_words_end_with_an_empty_line() -> None:
    shown = on_terminal(ASKS, [*LINES[:11], b"\n"], pause=0.3)

    assert digest(WORDS[:11]) in shown
    assert "SHELL 'exit\\n'" in shown


def test_from_a_file_every_line_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(WORDS)))

    assert typed_words("Words", 12).split() == WORDS
