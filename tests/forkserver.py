# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fork server for commands: a process that has imported what `demur` imports, and forks one process for each command.

A command that a test runs is a process of its own, as a person's is, with its own environment, folder, input and output; it only does not
spend a third of a second on importing. Python's multiprocessing has such a server for functions; this one is for `python -m demur`.
"""

import atexit
import gc
import importlib
import json
import os
import random
import runpy
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings

# What every command that opens an installation imports before it knows which.
FRAMEWORK = (
    "django.contrib.staticfiles",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.forms",
    "django.template.backends.django",
)
FILES = 5  # of a request: input, output, errors, the request itself, and where the exit code goes
_started: "tuple[subprocess.Popen[bytes], socket.socket] | None" = None  # the server, and where it takes requests


def run(
    arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str], text: bytes, timeout: float
) -> "subprocess.CompletedProcess[bytes]":
    """What `python -m demur ARGUMENTS` answers. Raises TimeoutError after `timeout` seconds."""
    request = {"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)}
    waiting, answering = socket.socketpair()
    with waiting, tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with answering, tempfile.TemporaryFile() as asked:
            for file, content in ((given, text), (asked, json.dumps(request).encode())):
                file.write(content)
                file.seek(0)
            socket.send_fds(_server(), [b"."], [each.fileno() for each in (given, out, err, asked, answering)])
        waiting.settimeout(timeout)
        told = waiting.recv(16)
        assert told, f"the fork server ended while it ran {arguments}"
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(arguments), int(told), out.read(), err.read())


def _server() -> socket.socket:
    """Where the fork server takes requests: one for this process, ended with it, for nobody else holds this end."""
    global _started
    if _started is None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            words = [sys.executable, __file__, str(its.fileno())]
            _started = (subprocess.Popen(words, stdin=subprocess.DEVNULL, pass_fds=[its.fileno()]), ours)
        atexit.register(_end, *_started)
    return _started[1]


def _end(process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
    control.close()
    process.wait()


def _serve(control: socket.socket) -> None:
    """Run what is asked, until nobody can ask any more."""
    from demur.cli.main import COMMANDS

    for module in (*(where.partition(":")[0] for where, _ in COMMANDS.values()), *FRAMEWORK):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    while True:
        message, files, _, _ = socket.recv_fds(control, 1, FILES)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            _run(files)
        for file in files:
            os.close(file)
        _reap()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _run(files: Sequence[int]) -> NoReturn:
    """Run one command in a process of its own, and tell its exit code."""
    *streams, asked, answering = files
    command = os.fork()
    if command == 0:
        os.close(answering)
        with os.fdopen(asked, "rb") as request:
            _become(json.load(request), streams)
    _, status = os.waitpid(command, 0)
    with socket.socket(fileno=answering) as waiting:
        waiting.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(request: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be `python -m demur`: where this ends, the process ends."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    random.seed()
    os.chdir(request["cwd"])
    sys.argv = ["demur", *request["arguments"]]
    try:
        runpy.run_module("demur", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    if settings.configured:  # it opened an installation, and what holds its database closes with the interpreter
        sys.exit(code)
    os._exit(code)  # taking all modules apart takes eight times as long as a short command


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
