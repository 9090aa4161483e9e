# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds for every test: no network but this machine, real cases only where they are, no silent skips in CI."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("DEMUR_DIR", str(ROOT / "tests" / "installation"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demur.site.settings")

from real_cases import data_directory  # noqa: E402 -- tests/ is on the path only now

LOOPBACK = ("127.", "::1", "localhost")


def pytest_report_header() -> str:
    """Says whether tests marked `data` run."""
    return f"data: {'present' if data_directory() else 'absent'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests over real cases are collected only where the cases are."""
    if data_directory() is not None:
        return
    left_out = [item for item in items if item.get_closest_marker("data")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says it again where it is read: at the end."""
    if data_directory() is None:
        terminalreporter.write_line("data: absent")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") == "true" and skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that asks another machine fails at once, with the address."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if not str(host).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
