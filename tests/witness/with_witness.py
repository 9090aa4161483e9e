# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel and its witness, each a process of its own, as several stories of this folder want them."""

import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from serving import Channel, demur, free_port


class Story:
    """A practice channel that demands the one outside witness, both as processes of their own."""

    def __init__(self, place: Path) -> None:
        self.home = place / "home"
        self.witness_port, port = free_port(), free_port()
        self.witness_directory = place / "witness"
        done = demur(
            "witness", "new", self.witness_directory, "--name", "union.example",
            "--address", f"http://127.0.0.1:{self.witness_port}", home=self.home,
        )  # fmt: skip
        assert done.code == 0, done.err
        directory = place / "channel"
        done = demur(
            "init", directory, "--practice", "--address", f"http://127.0.0.1:{port}",
            "--witness", self.witness_directory / "witness.card", home=self.home,
        )  # fmt: skip
        assert done.code == 0, done.err
        self.channel = Channel(directory=directory, port=port, output=place / "server.log")
        done = demur("witness", "add", self.witness_directory, self.channel.file, home=self.home)
        assert done.code == 0, done.err
        self.process: subprocess.Popen[bytes] | None = None

    def start_witness(self) -> None:
        listen = f"127.0.0.1:{self.witness_port}"
        command = [sys.executable, "-m", "demur", "witness", "serve", str(self.witness_directory), "--listen", listen]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://{listen}/", timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the witness did not start")

    def stop_witness(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def file(self, name: str) -> None:
        self.home.mkdir(exist_ok=True)
        (self.home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        done = demur("file", *self.channel.known, "--yes", "--json", "-o", name, "text.txt", home=self.home)
        assert done.code == 0, done.err
