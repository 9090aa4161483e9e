# SPDX-License-Identifier: AGPL-3.0-or-later
"""Before the disk is full the channel closes with a sentence, keeps what is left for the cases that are here, and opens again by itself."""

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from demur.site.disk import AGAIN, KEPT_BACK, Room, free_bytes
from serving import Channel, Done, demur, practice_channel

# The server with a disk whose free bytes stand in a file.
LITTLE = """
import os
from pathlib import Path
import demur.site.disk as disk
told = Path(os.environ["FREE_BYTES"])
disk.free_bytes.__code__ = (lambda path: int(told.read_text())).__code__
disk.free_bytes.__globals__["told"] = told
from demur.cli.main import run
run()
"""


def test_it_shuts_below_what_is_kept_back_and_opens_well_above() -> None:
    left, clock = {"a": KEPT_BACK + 1, "b": KEPT_BACK * 9}, [0.0]
    room = Room([Path("a"), Path("b")], free=lambda place: left[str(place)], clock=lambda: clock[0])

    def asked(free: int) -> bool:
        left["a"], clock[0] = free, clock[0] + 2
        return room()

    assert [asked(free) for free in (KEPT_BACK, KEPT_BACK - 1, KEPT_BACK, KEPT_BACK + AGAIN - 1, KEPT_BACK + AGAIN)] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_a_disk_that_does_not_answer_is_not_taken_for_full() -> None:
    def broken(_: Path) -> int:
        raise OSError

    assert Room([Path("a")], free=broken)() is False
    assert free_bytes(Path("/no/such/place")) > 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Channel, Path, Path]]:
    place = tmp_path_factory.mktemp("full")
    with practice_channel(place, serve=False) as channel:
        (place / "little.py").write_text(LITTLE)
        told = place / "free"
        told.write_text(str(10 * KEPT_BACK))
        os.environ["FREE_BYTES"] = str(told)
        try:
            channel.run(
                str(place / "little.py"), "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}"
            )
            home = place / "home"
            home.mkdir()
            (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
            yield channel, home, told
        finally:
            del os.environ["FREE_BYTES"]


def limits(channel: Channel) -> dict[str, object]:
    with urllib.request.urlopen(f"{channel.url}/api/v1/limits", timeout=10) as answer:
        return dict(json.loads(answer.read()))


def page(channel: Channel, path: str) -> str:
    with urllib.request.urlopen(f"{channel.url}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_the_channel_closes_with_a_sentence_and_opens_by_itself(world: tuple[Channel, Path, Path]) -> None:
    channel, home, told = world

    def filed(name: str) -> Done:
        return demur("file", *channel.known, "--yes", "--json", "-o", name, "text.txt", home=home)

    assert filed("before").code == 0
    told.write_text(str(KEPT_BACK // 2))
    time.sleep(1.5)
    shut = limits(channel)
    assert (shut["open"], shut["code"]) == (False, "no-room")
    assert "as good as full" in str(shut["reason"])
    for path in ("/en/", "/en/file/", "/en/file/plain/"):
        assert "The disk of this server is as good as full" in page(channel, path), path
    refused = filed("meanwhile")
    assert refused.code == 1
    assert "as good as full" in refused.err
    # What is here goes on: it is read, written to and answered.
    assert demur("message", "before.key", "A word more.", home=home).code == 0
    case = demur("status", "before.key", "--json", home=home).json["case"]
    done = demur("desk", *channel.known, "--key", channel.key("custodian"), "acknowledge", case, home=home)
    assert done.code == 0, done.err

    told.write_text(str(KEPT_BACK + 2 * AGAIN))
    time.sleep(1.5)
    assert limits(channel)["open"] is True
    assert filed("after").code == 0


def test_the_doctor_tells(world: tuple[Channel, Path, Path]) -> None:
    import subprocess
    import sys

    channel, home, told = world
    told.write_text(str(KEPT_BACK // 2))
    words = [sys.executable, str(channel.directory.parent / "little.py"), "doctor", str(channel.directory), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "HOME": str(home)})
    found = {row["code"]: row for row in json.loads(done.stdout)["findings"]}
    told.write_text(str(10 * KEPT_BACK))
    assert found["open"]["well"] is False
    assert "256 MiB" in found["open"]["sentence"]
