# SPDX-License-Identifier: AGPL-3.0-or-later
"""The browser's reader of a thread, in node, asking the tiny server of a test over a socket."""

import json
import subprocess
from pathlib import Path
from typing import Any

from lying import on_stage
from tiny_record import TinyServer

from demur.client.submitting import Filed
from serving import HANGS

SCRIPT = Path(__file__).parent / "node" / "thread.mjs"


def read_in_node(
    server: TinyServer, filed: Filed, *, recused: tuple[str, ...] = (), version: int = 2
) -> dict[str, Any]:
    """What `assets/lib/thread.js` makes of the case, whose dissent is of `version`, told as `thread.mjs` says."""
    asked = {
        "channel": server.channel.document(),
        "items": server.cases[filed.key.case].items,
        "author": filed.key.keys.signing.public.hex(),
        "now": server.now,
        "recused": list(recused),
        "filed": version,
        "newest": [server.roster, server.roster_statement],
    }
    with on_stage(server) as stage:
        done = subprocess.run(
            ["node", str(SCRIPT), stage.address],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=HANGS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
