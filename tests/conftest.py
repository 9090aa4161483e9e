# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds for every test: no network but this machine, real cases only where they are, no silent skips in CI."""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
# What several folders use: the tests' own tools, browsers, the channel in memory that answers a client, and the workers of the pages.
sys.path[:0] = [
    str(ROOT / "tests"),
    *(str(ROOT / "tests" / name) for name in ("web", "client", "browser_core", "plain")),
]
os.environ.setdefault("DEMUR_DIR", str(ROOT / "tests" / "installation"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demur.site.settings")

from browsing import CHROMIUM  # noqa: E402 -- these folders are on the path only now

from real_cases import data_directory  # noqa: E402

# How long an example takes is told by who else is on the machine.
settings.register_profile("demur", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("demur")
# A run in the background ignores Ctrl-C, and so would every program that a test starts and ends by it.
signal.signal(signal.SIGINT, signal.default_int_handler)
LEFT_OUT = pytest.StashKey[list[str]]()
LOOPBACK = ("127.", "::1", "localhost")


def pytest_report_header() -> str:
    """Says whether tests marked `data` run."""
    return f"data: {'present' if data_directory() else 'absent'}"


def starts_servers(module: Any) -> bool:
    """Whether a test module uses real installations."""
    return any(getattr(value, "__module__", "") == "serving" for value in vars(module).values())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests over real cases are collected only where the cases are; what asks for a browser is skipped only where there is none."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if CHROMIUM is None and item.get_closest_marker("browser"):
            item.add_marker(
                pytest.mark.skip(reason="there is no Chromium here; install it (Debian: apt-get install chromium)")
            )
    if hasattr(config, "workerinput"):
        # What starts servers and browsers takes long and begins first: nobody waits at the end for the longest of all.
        long = {item.path for item in items if item.get_closest_marker("browser") or starts_servers(item.module)}
        items.sort(key=lambda item: item.path not in long)
    if data_directory() is not None:
        return
    left_out = [item for item in items if item.get_closest_marker("data")]
    config.stash[LEFT_OUT] = sorted({item.nodeid.partition("[")[0] for item in left_out})
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says what was not run, and why, where it is read: at the end. A test that vanished is not one that passed."""
    left_out = terminalreporter.config.stash.get(LEFT_OUT, [])
    skipped = [
        report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)
    ]
    if data_directory() is None:
        terminalreporter.write_line("data: absent")
    for name in left_out:
        terminalreporter.write_line(f"not run: {name} (wants the real cases: DEMUR_CASES or ../shared/data)")
    for reason in sorted(set(skipped)):
        terminalreporter.write_line(f"not run: {skipped.count(reason)} tests ({reason.removeprefix('Skipped: ')})")


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
