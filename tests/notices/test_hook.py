# SPDX-License-Identifier: AGPL-3.0-or-later
"""The doorbell as a command: its words, its one further word, an empty environment, a limited time."""

import json
import sys
import time
from pathlib import Path

import pytest

from demur.notices.doorbell import Hook
from demur.notices.errors import Failure, NotDelivered
from demur.notices.hook import run_hook
from demur.notices.kinds import Kind

SAYS = "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps([sys.argv[2:], dict(os.environ), os.getcwd()]))"


def python(code: str, *words: str | Path) -> Hook:
    return Hook(command=(sys.executable, "-I", "-c", code, *map(str, words)))


def failure(hook: Hook, *, limit: float = 20.0) -> Failure:
    with pytest.raises(NotDelivered) as refused:
        run_hook(hook, Kind.NEW, limit=limit)
    return refused.value.failure


@pytest.mark.adversary
@pytest.mark.parametrize("kind", Kind)
def test_the_command_learns_the_kind_and_nothing_else(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMUR_SECRET", "Amina Sastro")
    told = tmp_path / "told"

    run_hook(python(SAYS, told), kind)
    words, environment, place = json.loads(told.read_text())

    assert (words, place) == ([str(kind)], "/")
    # LC_CTYPE is Python's own doing, in any C locale.
    assert set(environment) - {"LC_CTYPE"} == {"PATH"}


def test_words_go_to_no_shell(tmp_path: Path) -> None:
    told = tmp_path / "told"

    run_hook(python(SAYS, told, "$(touch x); *", "a b"), Kind.DUE)

    assert json.loads(told.read_text())[0] == ["$(touch x); *", "a b", "due"]


def test_a_command_that_fails_has_not_rung() -> None:
    assert failure(python("raise SystemExit(3)")) is Failure.FAILED


def test_a_command_that_is_not_there_or_may_not_be_run_is_missing(tmp_path: Path) -> None:
    (tmp_path / "bell").write_text("no program")

    assert failure(Hook(command=(str(tmp_path / "none"),))) is Failure.MISSING
    assert failure(Hook(command=(str(tmp_path / "bell"),))) is Failure.MISSING


def test_a_command_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = (
        "import subprocess, sys, time\n"
        'child = \'import sys, time\\nwhile True: open(sys.argv[1], "a").write("."); time.sleep(0.05)\'\n'
        "subprocess.Popen([sys.executable, '-I', '-c', child, sys.argv[1]])\n"
        "time.sleep(60)\n"
    )
    start = time.monotonic()

    assert failure(python(code, alive), limit=1.5) is Failure.SLOW
    assert time.monotonic() - start < 6
    size = alive.stat().st_size
    assert size > 0
    time.sleep(0.3)
    assert alive.stat().st_size == size


def test_a_command_that_talks_without_end_is_not_listened_to() -> None:
    run_hook(python("import sys; [sys.stdout.write('x' * 65536) for _ in range(100)]"), Kind.NEW, limit=20)
