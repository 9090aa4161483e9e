# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line's manners: help, exit codes, one sentence."""

import importlib.util
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from demur.cli import speak
from demur.cli.main import COMMANDS, Demur, run
from demur.errors import DemurError

AUTHORS = ["trust", "file", "status", "message", "withdraw", "verify"]


def test_help_imports_no_command() -> None:
    code = "import sys; from demur.cli.main import run\ntry: run(['--help'])\nexcept SystemExit: pass\n"
    code += "print([m for m in sys.modules if m in ('django', 'cryptography', 'demur.client.http')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", AUTHORS)
def test_every_command_of_the_author_has_an_example_and_json(name: str) -> None:
    command = run.get_command(click.Context(run), name)
    assert command is not None
    leaves = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    for leaf in leaves:
        if isinstance(leaf, click.Group):
            continue
        assert "Example" in str(leaf.help)
        assert "  demur " in str(leaf.help)
        assert "\b" in str(leaf.help)
        assert any(parameter.name == "json" for parameter in leaf.params)


def test_every_named_command_exists() -> None:
    for name, (where, _) in COMMANDS.items():
        assert importlib.util.find_spec(where.partition(":")[0]), name


def failing(error: BaseException) -> tuple[int, str]:
    """What is seen when a command raises `error`."""

    @click.command(cls=click.Command)
    def command() -> None:
        raise error

    class One(Demur):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            return command

    done = CliRunner().invoke(One(name="demur"), ["x"])
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DemurError("It is wrong; mend it."), 1),
        (FileNotFoundError(2, "No such file or directory", "a"), 1),
        (click.UsageError("Not like this"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (DemurError("Two\nlines and \x1b[2J"), 1),
    ],
)
def test_every_failure_is_one_sentence_and_its_code(error: BaseException, code: int) -> None:
    seen, said = failing(error)
    assert seen == code
    said = said.lstrip("\n")  # after Ctrl-C the terminal's own line is ended first
    assert said.startswith("demur: ")
    assert said.count("\n") == 1
    assert "\x1b" not in said


def test_a_fault_of_ours_is_told_with_its_place_and_traced_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        raise ValueError("a bug")

    class One(Demur):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            return command

    told = CliRunner().invoke(One(name="demur"), ["x"])
    assert (told.exit_code, told.stderr.count("\n")) == (1, 1)
    assert "ValueError at test_author_front_door.py:" in told.stderr
    monkeypatch.setenv("DEMUR_TRACEBACK", "1")
    assert isinstance(CliRunner().invoke(One(name="demur"), ["x"]).exception, ValueError)


def test_unseen_characters_are_shown_by_name_and_scripts_are_kept() -> None:
    assert speak.shown("a\x07\u200f\u2066b") == "a<U+0007><U+200F><U+2066>b"
    for text in ("größer", "مرحبا", "नमस्ते", "👩\u200d🔬", "a\tb"):
        assert speak.shown(text) == text
    assert speak.shown_block("x\r\ny") == ["  x", "  y"]
