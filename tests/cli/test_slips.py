# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first things that a newcomer types: nothing at all, a slip of the fingers, help for a verb without a server."""

import importlib

import click
import pytest
from click.testing import CliRunner, Result

from demur.cli.main import COMMANDS, run


def demur(*arguments: str) -> Result:
    return CliRunner().invoke(run, list(arguments), prog_name="demur")


def groups() -> list[str]:
    found = []
    for name, (place, _) in COMMANDS.items():
        module, _, attribute = place.partition(":")
        if isinstance(getattr(importlib.import_module(module), attribute), click.Group):
            found.append(name)
    return found


def commands() -> list[list[str]]:
    """Every command there is, as it is typed."""
    found = []
    for name in COMMANDS:
        command = run.get_command(click.Context(run), name)
        verbs = command.list_commands(click.Context(command)) if isinstance(command, click.Group) else []
        found += [[name], *([name, verb] for verb in verbs)]
    return found


@pytest.mark.parametrize("words", [[], *([name] for name in groups())], ids=" ".join)
def test_a_group_alone_shows_its_help_as_it_is_laid_out(words: list[str]) -> None:
    said = demur(*words)

    assert said.exit_code == 2  # as click does
    lines = said.stderr.splitlines()
    assert lines[0].startswith(f"Usage: {' '.join(['demur', *words])} [OPTIONS] COMMAND")
    assert "Commands:" in lines
    assert not any(line.startswith("demur: ") for line in lines)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_help_of_every_command_needs_neither_server_nor_key(words: list[str]) -> None:
    for asked in ("--help", "-h"):
        said = demur(*words, asked)
        assert (said.exit_code, said.stderr) == (0, "")
        assert said.stdout.startswith(f"Usage: demur {' '.join(words)}")


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        (["fiel"], "Did you mean file"),
        (["statsu", "mine.key"], "Did you mean status"),
        (["desk", "akcnowledge", "3fa8"], "Did you mean acknowledge"),
        (["key", "nwe"], "Did you mean new"),
        (["charter", "adpot"], "Did you mean adopt"),
        (["trust", "ad"], "Did you mean add"),
        (["file", "--sever", "x"], "Did you mean --server"),
        (["status", "--word"], "Did you mean --words"),
        (["desk", "list", "--server", "x"], "It belongs before 'list': demur desk --server"),
        (["desk", "list", "--key", "x"], "It belongs before 'list': demur desk --key"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_is_answered_with_the_nearest_name(typed: list[str], named: str) -> None:
    said = demur(*typed)

    assert said.exit_code == 2
    assert named in said.stderr
    assert said.stderr.count("\n") == 1
    assert "--help` shows" in said.stderr


def test_what_is_near_nothing_names_nothing() -> None:
    assert "Did you mean" not in demur("xyzzy").stderr


def test_a_verb_of_the_desk_says_what_it_needs_and_where() -> None:
    for verb in ("list", "fetch"):
        said = demur("desk", verb, *(["3fa85f64"] if verb == "fetch" else []))
        assert said.exit_code == 2
        assert said.stderr.startswith("demur: The desk needs --server and --key, before the verb")
