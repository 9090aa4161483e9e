# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser takes by itself: a dissent sealed to eight seats, and a desk opened; in Chromium, in a worker, by our own modules."""

import asyncio
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from browsing import Browser, browser

from bench.filing_load import send_all
from bench.frame import Plan, Row, Spread, bounded, taking_turns
from bench.pages_frame import waited
from demur.charter.channel import ChannelFile
from demur.client.directory import read_directory
from demur.client.filing import prepare
from demur.client.http import Server
from demur.client.wish import Wish
from demur.dissent.bundle import MEDIA_TYPE
from demur.dissent.documents.dissent import from_text
from serving import Channel

ASSETS: Final = Path(__file__).parents[1] / "assets"
LEAN: Final = {"@noble/curves/nist.js": "absent", "@noble/post-quantum/hybrid.js": "xwing", "@scure/base": "base"}
DISSENT: Final = 5 * 1024
SEATS: Final = 8
EVERYBODY: Final = {"agency": "USAID"}  # the answer under which every seat of the charter reads
SEALING: Final = 150.0  # ms
FIRST: Final = 1000.0  # ms
CLIENTS: Final = 4
LONGEST: Final = 150.0  # seconds for the longest of the questions
# The page's own policy lets through the addresses of our workers only: what stands at that address is ours for this browser.
ASKING: Final = """(() => {
  const policy = trustedTypes.createPolicy("demur-worker", { createScriptURL: (address) => address });
  const worker = new Worker(policy.createScriptURL("/static/demur/js/author-worker.js"));
  globalThis.answer = null;
  worker.onmessage = ({ data }) => { if ("id" in data && !("told" in data)) globalThis.answer = JSON.stringify(data); };
  globalThis.ask = (method, params) => { globalThis.answer = null; worker.postMessage({ id: 1, method, params }); };
})()"""


def sealing(plan: Plan, channel: Channel, place: Path) -> list[Row]:
    """Milliseconds for one dissent to eight seats, in code that has run before as it has when an author is done with writing."""
    with _worker(channel, place / "sealing") as page:
        wish = {"size": DISSENT, "facts": EVERYBODY}
        for _ in range(1 if plan.quick else 6):
            made = _ask(page, "seal", wish)
            least = {"seats": made["seats"], "bytes": made["bytes"]}
            _ask(page, "agree", least)
        turns = taking_turns(
            plan.rounds * (1 if plan.quick else 3),
            ours=lambda: float(_ask(page, "seal", wish)["ms"]),
            floor=lambda: float(_ask(page, "agree", least)["ms"]),
        )
    assert made["seats"] == SEATS, made
    return [
        waited(
            f"seal {DISSENT // 1024} kB to {SEATS} seats in Chromium",
            "ms",
            turns["ours"],
            turns["floor"],
            floor_name="key agreements and cipher",
            most=SEALING,
        )
    ]


def desk(plan: Plan, channel: Channel, place: Path, count: int) -> list[Row]:
    """A desk of `count` cases from the unlocked key on: what is shown first, and the whole list; the very first time apart."""
    failed = _file(channel, count)
    seat = {"vault": channel.key("custodian").read_text(), "seat": "custodian"}
    seen: list[dict[str, Any]] = []

    def open_desk() -> float:
        seen.append(_ask(page, "desk", seat))
        return float(seen[-1]["first"])

    with _worker(channel, place / "desk") as page:
        beginning = _ask(page, "desk", seat)
        size = int(_ask(page, "desk", seat)["kept"])  # and its code has run before
        turns = taking_turns(
            plan.rounds, ours=open_desk, floor=lambda: float(_ask(page, "openOne", {"size": size})["ms"])
        )
    name = f"desk of {beginning['cases']:,} cases"
    return [
        bounded(f"{name}: filings that failed", "", [failed], most=0),
        waited(
            f"{name}: first shown",
            "ms",
            turns["ours"],
            turns["floor"],
            floor_name=f"one age file of {size:,} bytes",
            most=FIRST,
        ),
        Row(name=f"{name}: shown at first", unit="cases", ours=Spread.of([each["shown"] for each in seen])),
        Row(name=f"{name}: whole list", unit="ms", ours=Spread.of([each["whole"] for each in seen])),
        Row(name=f"{name}: whole list, very first time", unit="s", ours=Spread.of([beginning["whole"] / 1000])),
    ]


@contextmanager
def _worker(channel: Channel, profile: Path) -> Iterator[Browser]:
    """A browser before the author's page, whose worker is bench/pages_worker.js."""
    with browser(profile) as page:
        page.answer("*/author-worker.js", _bundle())
        page.visit(f"{channel.url}/en/file/")
        page.value(ASKING)
        yield page


def _bundle() -> bytes:
    """The worker as one file, made as assets/build.mjs makes ours."""
    aliases = [f"--alias:{package}=./lib/lean/{name}.js" for package, name in LEAN.items()]
    done = subprocess.run(  # noqa: S603 -- our own build tool
        [
            ASSETS / "node_modules/.bin/esbuild",
            "../bench/pages_worker.js",
            "--bundle",
            "--format=iife",
            "--minify",
            *aliases,
        ],
        cwd=ASSETS,
        env={**os.environ, "NODE_PATH": str(ASSETS / "node_modules")},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench: {done.stderr.decode()}")
    return done.stdout


def _ask(page: Browser, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """One method of the worker, once it has answered."""
    page.value(f"ask({json.dumps(method)}, {json.dumps(params)})")
    told = json.loads(page.until("globalThis.answer", seconds=LONGEST))
    if "refused" in told:
        raise SystemExit(f"bench: the worker refused {method}: {told['refused']}")
    return dict(told["result"])


def _file(channel: Channel, count: int) -> float:
    """File so many dissents as the command line seals them; how many were not taken."""
    server, known = Server(channel.url), ChannelFile.parse(channel.file.read_text()).channel
    now = int(time.time())
    in_force = read_directory(server, known, now=now)
    limits = server.get_json("/api/v1/limits")
    text = ("Subject\n\n" + "A paragraph of the dissent. " * 20 + "\n").encode()
    wish = Wish(dissent=from_text(text, name="dissent.txt"), original=text, facts=EVERYBODY)
    bundles = [
        prepare(wish, in_force, address=channel.url, limits=limits, now=now, random=secrets.token_bytes).bundle
        for _ in range(count)
    ]
    answered = asyncio.run(send_all(channel.port, "/api/v1/cases", MEDIA_TYPE, bundles, CLIENTS))
    return float(sum(each.status not in (200, 201) for each in answered))
