# SPDX-License-Identifier: AGPL-3.0-or-later
"""The built-in charters, loadable unmodified, and the turning of one into practice."""

import re
from importlib import resources


def builtin_names() -> list[str]:
    """The built-in charters' names, sorted."""
    folder = resources.files("demur.charter").joinpath("regimes")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def builtin_text(name: str) -> str:
    """The TOML of a built-in charter; raises KeyError."""
    if name not in builtin_names():
        raise KeyError(name)
    return resources.files("demur.charter").joinpath("regimes", f"{name}.toml").read_text(encoding="utf-8")


def practice(text: str) -> str:
    """The same charter as practice: marked, publishing at once, keys good at once."""
    changes = {"practice": "true", "tick": '"0"', "key_wait_hours": "0"}
    for key, value in changes.items():
        text = re.sub(rf"(?m)^{key}\s*=.*\n", "", text)
        text = f"{key} = {value}\n{text}"
    return text
