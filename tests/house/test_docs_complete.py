# SPDX-License-Identifier: AGPL-3.0-or-later
"""What there is, the documents name; what the documents name, there is."""

import dataclasses
import json
import re
from pathlib import Path

import click
import pytest

from demur.charter import model
from demur.cli.main import COMMANDS, run
from demur.dissent.events import FIELDS
from demur.dissent.states import State, Verb

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def commands() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, name: str) -> None:
        found[name] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for child in command.list_commands(context):
                inner = command.get_command(context, child)
                assert inner is not None
                walk(inner, f"{name} {child}")

    walk(run, "demur")
    return found


def test_every_command_stands_in_the_reference() -> None:
    text = (REFERENCE / "commands.md").read_text()

    assert [name for name in commands() if f"## {name}\n" not in text] == []


@pytest.mark.parametrize(("name", "command"), commands().items())
def test_every_command_has_help_with_an_example(name: str, command: click.Command) -> None:
    said = command.help or ""

    assert re.search(r"Examples?(, as an author)?:", said) or isinstance(command, click.Group), name
    if not isinstance(command, click.Group) and name not in {"demur demo", "demur serve", "demur witness serve"}:
        assert "--json" in {option for parameter in command.params for option in parameter.opts}, name


def test_the_readme_names_only_commands_that_exist() -> None:
    known = set(COMMANDS)
    for file in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for match in re.finditer(r"(?m)^\s*(?:\$ )?demur ([a-z]+)", file.read_text()):
            assert match[1] in known, f"{file}: demur {match[1]}"


def test_every_key_of_a_charter_stands_in_the_reference() -> None:
    text = (REFERENCE / "charter.md").read_text()
    for cls in vars(model).values():
        if dataclasses.is_dataclass(cls) and cls.__module__ == model.__name__:
            for field in dataclasses.fields(cls):
                assert f"`{field.name}`" in text, f"{cls.__name__}.{field.name}"  # type: ignore[union-attr]


def test_every_event_type_stands_in_its_specification() -> None:
    text = (ROOT / "spec" / "event.md").read_text()

    assert [kind for kind in FIELDS if f"| `{kind}` |" not in text] == []


def test_every_address_stands_in_a_specification() -> None:
    text = "".join(page.read_text() for page in (ROOT / "spec").glob("*.md"))
    said = {
        re.sub(r"\{[^}]*\}", "{}", found) for found in re.findall(r"(?:GET|PUT|POST) (/api/v1/[a-z0-9/{}_ -]*)", text)
    }
    served = json.loads((ROOT / "spec" / "openapi.json").read_text())["paths"]

    assert [path for path in served if re.sub(r"\{[^}]*\}", "{}", path) not in {place.strip() for place in said}] == []


def test_every_state_and_verb_stands_in_the_procedure() -> None:
    text = (REFERENCE / "procedure.md").read_text()

    assert [word for word in [*State, *Verb] if str(word) not in text] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for file in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "spec").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text()):
            if "://" not in target and not (file.parent / target).exists():
                broken.append(f"{file.relative_to(ROOT)}: {target}")

    assert broken == []


def test_the_changelog_knows_this_version() -> None:
    from demur import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()
