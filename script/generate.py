# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes below the directory given: docs/reference/{procedure,commands}.md, spec/openapi.json, src/demur/web/assets.json, and
spec/documents.json where each language loads it.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

LICENCE = (
    "SPDX-License-" + "Identifier: AGPL-3.0-or-later"
)  # in two parts, so that `reuse` does not read it as this file's
GENERATED = (
    "docs/reference/procedure.md",
    "docs/reference/commands.md",
    "spec/openapi.json",
    "src/demur/documents.json",
    "assets/lib/documents/forms.js",
    "assets/lib/documents/unseen.js",
    "src/demur/web/assets.json",  # the last: it lists what was built of the one before
)
UNSEEN = (("SPACE_CODES", "spaces"), ("UNSEEN_CODES", "unseen"))
ROOT = Path(__file__).resolve().parent.parent


def documents() -> str:
    """The schema without spaces, for Python."""
    schema = json.loads((ROOT / "spec/documents.json").read_text(encoding="utf-8"))
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False) + "\n"


def forms() -> str:
    """The schema as a module, for browsers: a constant for each shape and document, so that a bundle takes those alone that it reads."""
    told = "Written by script/generate from spec/documents.json; do not edit."
    schema = json.loads(documents())
    whole = {"patterns": schema["forms"], "acts": schema["acts"]}
    rows = {name: json.dumps(value, separators=(",", ":")) for name, value in whole.items()}
    shapes, manifests = schema["shapes"], schema["manifests"]
    for name in shapes:
        _add_shape(name, shapes, rows)
    rows["every manifest"] = _node(manifests.pop(""), shapes, rows)
    rows["manifests"] = _nodes(manifests, shapes, rows)
    for name, versions in schema["documents"].items():
        rows[f"{name} document"] = _nodes(versions, shapes, rows)
    return f"// {LICENCE}\n// {told}\n" + "".join(
        f"export const {_constant(name)} = {value};\n" for name, value in rows.items()
    )


def _add_shape(name: str, shapes: dict[str, Any], rows: dict[str, str]) -> str:
    """The constant of a shape; what it names stands before it."""
    key = f"{name} shape"
    if key not in rows:
        rows[key] = _node(shapes[name], shapes, rows)
    return _constant(key)


def _node(node: Any, shapes: dict[str, Any], rows: dict[str, str]) -> str:
    """A node of the grammar as JavaScript writes it; the name of a shape is its constant."""
    if isinstance(node, str):
        return _add_shape(node, shapes, rows)
    told = {name: json.dumps(value, separators=(",", ":")) for name, value in node.items()}
    if "of" in node:
        told["of"] = _node(node["of"], shapes, rows)
    if "members" in node:
        told["members"] = _nodes(node["members"], shapes, rows)
    return _object(told)


def _nodes(nodes: dict[str, Any], shapes: dict[str, Any], rows: dict[str, str]) -> str:
    return _object({name: _node(node, shapes, rows) for name, node in nodes.items()})


def _object(parts: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in parts.items()) + "}"


def _constant(name: str) -> str:
    """A name of the schema as one of JavaScript: "kept case document" is keptCaseDocument."""
    first, *rest = name.split()
    return first + "".join(word.capitalize() for word in rest)


def unseen() -> str:
    """White space, and letters that nobody sees, as a module of their own: a page needs no more of the schema."""
    told = "Written by script/generate from spec/documents.json; do not edit."
    schema = json.loads(documents())
    rows = [f"export const {name} = {json.dumps(schema[key], separators=(',', ':'))};\n" for name, key in UNSEEN]
    return f"// {LICENCE}\n// {told}\n{''.join(rows)}"


def procedure() -> str:
    from demur.dissent.diagram import markdown

    return markdown()


def openapi() -> str:
    from demur.errors import DemurError
    from demur.site.boot import open_installation
    from demur.site.configuration import GRACE, Configuration, write_configuration

    with tempfile.TemporaryDirectory() as name:
        write_configuration(Path(name), Configuration(secret="only to read the addresses", grace=GRACE))
        with contextlib.suppress(DemurError):  # there is no channel here; Django is set up, which is all that is needed
            open_installation(Path(name), founding=True)
        from demur.site.api import api

        return json.dumps(api.get_openapi_schema(), indent=2, sort_keys=True) + "\n"


def commands() -> str:
    from demur.cli.main import run

    parts = [
        f"<!-- {LICENCE} -->",
        "<!-- Written by script/generate from each command's --help; do not edit. -->",
        "# Commands",
        "",
        "Exit codes: 0 done; 1 something does not hold or could not be done; 2 the command was misused; 130 interrupted.",
        "",
    ]
    _describe(run, "demur", None, parts)
    return "\n".join(parts).rstrip() + "\n"


def _describe(command: click.Command, name: str, parent: click.Context | None, parts: list[str]) -> None:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, max_content_width=100)
    parts += [f"## {context.command_path}", "", "```", command.get_help(context).rstrip(), "```", ""]
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                _describe(found, child, context, parts)


def assets() -> str:
    """What a build of the pages' files gives, in a folder of its own: neither what lies here already nor where it lies may matter."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["node", str(ROOT / "assets/build.mjs"), "--into", name], check=True)
        return (Path(name) / "assets.json").read_text(encoding="utf-8")


def main(target: Path) -> None:
    for path, made in zip(GENERATED, (procedure, commands, openapi, documents, forms, unseen, assets), strict=True):
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
