# SPDX-License-Identifier: AGPL-3.0-or-later
"""What looks into files is loaded when a file is chosen: a worker of its own, outside of the first view and of what seals."""

from pathlib import Path

from test_over_the_wire import ask

from demur.web.headers import WORKER
from serving import Channel

MOST = 60_000  # bytes, compressed
SCRIPTS = Path(__file__).parents[2] / "src/demur/web/static/demur/js"


def test_the_worker_that_looks_into_files_is_light_and_has_the_policy_of_a_worker(served: Channel) -> None:
    answer = ask(served, "/static/demur/js/inspection-worker.js", Accept_Encoding="br, gzip")
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["content-security-policy"] == WORKER
    assert 0 < len(answer.body) <= MOST, len(answer.body)


def test_nothing_else_that_an_author_loads_carries_what_looks_into_files() -> None:
    for script in SCRIPTS.rglob("*.js"):
        holds = "APETAGEX" in script.read_text()
        assert holds == (script.name == "inspection-worker.js"), script.name
