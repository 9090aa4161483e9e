# SPDX-License-Identifier: AGPL-3.0-or-later
"""Processes under measurement: started, awaited with an end, ended by their id, and what they hold."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from serving import free_port

LONGEST: Final = 20.0  # seconds a server may take to answer


def start(*words: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start `python -m WORDS`, silent, in the checkout."""
    return subprocess.Popen(  # noqa: S603 -- our own programs
        [sys.executable, "-m", *words],
        env={**os.environ, **(more or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that was started here."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until_answered(url: str) -> None:
    """Wait for an answer from `url`, whatever it says. Raises SystemExit where none comes."""
    over = time.monotonic() + LONGEST
    while time.monotonic() < over:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 -- loopback
                answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.002)
        else:
            return
    raise SystemExit(f"bench: nobody answers at {url}")


@contextmanager
def served(module: str, **more: str) -> Iterator[int]:
    """A server of ours, `python -m MODULE PORT`, until the block ends; its port."""
    port = free_port()
    process = start(module, str(port), more=more)
    try:
        until_answered(f"http://127.0.0.1:{port}/")
        yield port
    finally:
        end(process)
