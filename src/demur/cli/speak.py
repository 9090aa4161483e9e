# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the command line speaks. The rules:

- Answers go to standard output; everything else (progress, warnings, errors) goes to standard error with `demur: `
  before it.
- With `--json` standard output holds exactly one JSON document, also when the answer is short; nothing else.
- What a question needs a person for goes to the terminal, never through a pipe; without a terminal the command says
  which option answers instead. A person who does not answer has said no.
- Secrets (words, passphrases) are shown once, on standard output, and never repeated in an error.
- Text that others wrote is shown with its control characters, escapes and direction marks made visible: a reply must
  not be able to move the cursor, clear the screen or reorder a line. Files hold it byte for byte. Whatever is said goes
  through `shown`, so that no command can forget it; a value of others inside a sentence of ours goes through `line` or
  `quoted` besides, so that none of it can pose as a sentence of ours.
- An error is one sentence: the fact, then the remedy. No traceback, no colour that carries meaning, no emoji.
"""

import json as jsonlib
import sys
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import click

from demur.clock.wording import moment_words

_Command = TypeVar("_Command", bound=Callable[..., Any])

# Characters that reorder, hide or join text: shown by name, so that what is seen is what is there.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
MOST_SHOWN: Final = 200  # letters of a value of others inside a sentence of ours
_KEPT: Final = frozenset({"\n", "\t", "\u200c", "\u200d"})  # joiners belong to Persian, Indic scripts and emoji


def say(text: str = "") -> None:
    """One line of the answer."""
    click.echo(shown(text))


def warn(text: str) -> None:
    """Something the person should know; on standard error."""
    click.echo(f"demur: warning: {shown(text)}", err=True)


def progress(text: str) -> None:
    """What is being done now; on standard error."""
    click.echo(f"demur: {shown(text)}", err=True)


def fail(sentence: str) -> None:
    """Why the command ends; on standard error, one line whatever stands in it."""
    click.echo(f"demur: {shown(' '.join(sentence.split()))}", err=True)


def ask(question: str, *, unless: str = "--yes") -> bool:
    """Ask yes or no on the terminal. Raises click.UsageError where there is none: `unless` is the option that
    answers.
    """
    if not has_terminal():
        raise click.UsageError(f"This asks for a confirmation and there is no terminal; give {unless} if you mean it.")
    return click.confirm(question, default=False, err=True)


def has_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def emit(document: dict[str, Any], *, json: bool, lines: Iterable[str]) -> None:
    """The answer: as one JSON document with `--json`, else as lines."""
    if json:
        # ASCII only: escapes and direction marks of others' texts must not reach a terminal, and JSON keeps them exactly.
        click.echo(jsonlib.dumps(document, ensure_ascii=True, indent=2, sort_keys=True))
        return
    for row in lines:
        click.echo(shown(row))


def json_option(command: _Command) -> _Command:
    """The option `--json`, the same on every command; the parameter is named `json`."""
    return click.option("--json", "json", is_flag=True, help="Answer as one JSON document.")(command)


def shown(text: str) -> str:
    """`text` safe for a terminal: what cannot be seen is written as `<U+202E>`."""
    return "".join(
        letter if letter in _KEPT or unicodedata.category(letter) not in _UNSEEN else f"<U+{ord(letter):04X}>"
        for letter in text
    )


def line(value: object, *, most: int = MOST_SHOWN) -> str:
    """A value of others on one line, safe for a terminal, and no longer than a reader can take in."""
    text = shown(" ".join(str(value)[: most * 8].split()))
    return text if len(text) <= most else f"{text[:most]}… (cut here)"


def quoted(value: object, *, most: int = MOST_SHOWN) -> str:
    """A value of others between marks that it cannot close: what stands outside them is Demur's own."""
    return f"“{line(value, most=most).replace('“', '<U+201C>').replace('”', '<U+201D>')}”"


def shown_block(text: str, *, indent: str = "  ") -> list[str]:
    """Somebody's text as lines with an indent, so that none of it can pose as a line of Demur's own."""
    return [indent + line for line in shown(text.replace("\r\n", "\n")).split("\n")]


def moment(at: int) -> str:
    """A moment in words by this machine's clock, for what belongs to no office; times of a case are told by `charter.zones`."""
    return moment_words(at, None)
