# SPDX-License-Identifier: AGPL-3.0-or-later
"""An officers' table with nothing but files on it: a channel of two officers, a charter to sign, holders who ask."""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from demur import canonical
from demur.charter.builtin import builtin_text
from demur.charter.channel import Channel, ChannelFile
from demur.charter.freeze import freeze_text
from demur.cli.main import run
from demur.record.cosignature import LogKeys
from demur.record.policy import Policy
from demur.seal.keyfile import OfficerKey, read

_counter = itertools.count()


def counted(n: int) -> bytes:
    """Bytes that are different each time, for keys that guard nothing."""
    return next(_counter).to_bytes(8, "big").rjust(n, b"\1")


def demur(*arguments: str | Path) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(run, [str(part) for part in arguments])


@dataclass
class Table:
    """A folder with `channel.toml`, `charter.request`, and the officers' keys a.key, b.key and stranger.key."""

    folder: Path
    channel: Channel
    needed: int

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def sign_charter(self, officer: str = "a", *more: str | Path, output: str = "charter.signed") -> Result:
        key = self / f"{officer}.key"
        options = ["--key", key, "--channel", self / "channel.toml", "-o", self / output, "--json", *more]
        return demur("charter", "sign", self / "charter.request", "--yes", *options)

    def ask(self, seat: str, holder: str | None = None, *, key: str = "") -> Path:
        """A holder makes a key (or uses `key`) and a request; returns the request."""
        keyfile, request = self / f"{key or seat}.key", self / f"{seat}-{next(_counter)}.request"
        if not keyfile.exists():
            assert demur("key", "new", "-o", keyfile, "--no-passphrase").exit_code == 0
        name = f"Holder of {seat}" if holder is None else holder
        common = ["--seat", seat, "--key", keyfile, "--holder", name, "--channel", self / "channel.toml"]
        done = demur("seat", "fill", "--request", *common, "-o", request)
        assert done.exit_code == 0, done.stderr
        return request

    def sign_seats(self, officer: str, *rest: str | Path, output: str = "seats.signed") -> Result:
        options = ["--key", self / f"{officer}.key", "--channel", self / "channel.toml", "-o", self / output, "--json"]
        return demur("seat", "sign", "--charter", self / "charter.signed", "--yes", *options, *rest)

    def statement(self, name: str) -> dict[str, Any]:
        return canonical.load_object((self / name).read_bytes())


def told(done: Result) -> Any:
    """The JSON answer of a command that succeeded."""
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def table(folder: Path, *, needed: int, origin: str = "dissent.example.org") -> Table:
    """Lay the table: `needed` of two officers must sign."""
    folder.mkdir(parents=True, exist_ok=True)
    publics = []
    for name in ("a", "b", "stranger"):
        assert demur("key", "new", "--officer", "-o", folder / f"{name}.key", "--no-passphrase").exit_code == 0
        key = read((folder / f"{name}.key").read_bytes(), passphrase=lambda: "")
        assert isinstance(key, OfficerKey)
        publics.append(key.signing.public.hex())
    log = LogKeys.generate(origin, counted)
    channel = Channel(
        origin=origin,
        ed25519_vkey=log.vkeys[0],
        mldsa_vkey=log.vkeys[1],
        officers=tuple(sorted(publics[:2])),
        k=needed,
        policy=Policy.for_log(log.vkeys).text,
    )
    file = ChannelFile(channel=channel, address="http://127.0.0.1:1")
    (folder / "channel.toml").write_text(file.to_toml(), encoding="utf-8")
    frozen = freeze_text(builtin_text("us-state-2fam070"), name="charter", year=2027)
    (folder / "charter.request").write_bytes(canonical.dump(frozen.entry(origin, 0)))
    return Table(folder=folder, channel=channel, needed=needed)
