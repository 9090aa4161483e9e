# SPDX-License-Identifier: AGPL-3.0-or-later
"""A proxy that speaks TLS in front of a channel on this machine, with a certificate authority made for the test."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from socks_proxy import pass_on

from serving import free_port

FILES = Path(__file__).parents[2] / "docs" / "how-to" / "files"


def authority(place: Path, *names: str) -> dict[str, Path]:
    """`ca`, `cert` and `key` (PEM): a certificate for `names`, by an authority that nobody else knows."""
    made = {name: place / f"{name}.pem" for name in ("ca", "ca-key", "cert", "key", "request", "names")}
    san = ",".join(f"DNS:{name}" for name in names)
    made["names"].write_text(f"subjectAltName={san},IP:127.0.0.1\n")

    def run(*words: str | Path) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    usage = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
    run(
        "req",
        "-x509",
        *curve,
        "-keyout",
        made["ca-key"],
        "-out",
        made["ca"],
        "-days",
        "2",
        "-subj",
        "/CN=Test authority",
        *usage,
    )
    run("req", *curve, "-keyout", made["key"], "-out", made["request"], "-subj", f"/CN={names[0]}")
    signed = ["-CA", made["ca"], "-CAkey", made["ca-key"], "-CAcreateserial", "-days", "2", "-extfile", made["names"]]
    run("x509", "-req", "-in", made["request"], *signed, "-out", made["cert"])
    return made


def placed(name: str, place: Path, made: Mapping[str, Path], *, https: int, http: int, to: int, host: str) -> Path:
    """The configuration `name` of the how-to with the test's own ports, paths and account, and nothing else changed."""
    text = (FILES / name).read_text()
    both = place / "both.pem"
    both.write_text(made["cert"].read_text() + made["key"].read_text())
    for found, put in (
        (r"listen \[::\].*\n", "\n"),
        (r"\b(listen|bind) :?80\b", rf"\1 127.0.0.1:{http}"),
        (r"\b(listen|bind) :?443\b", rf"\1 127.0.0.1:{https}"),
        (r"127\.0\.0\.1:8765", f"127.0.0.1:{to}"),
        (r"/etc/letsencrypt/live/dissent\.example\.org/fullchain\.pem", str(made["cert"])),
        (r"/etc/letsencrypt/live/dissent\.example\.org/privkey\.pem", str(made["key"])),
        (r"/etc/haproxy/dissent\.pem", str(both)),
        (r"/run/nginx\.pid", str(place / "nginx.pid")),
        (r"(?m)^user .*$|^\s+(user|group) haproxy$", ""),
        (r"dissent\.example\.org", host),
    ):
        text = re.sub(found, put, text)
    path = place / name
    path.write_text(text)
    return path


def commands(name: str, path: Path, prefix: Path) -> tuple[list[str], list[str]]:
    """What checks a configuration, and what runs it in the foreground."""
    if name == "haproxy.cfg":
        return ["haproxy", "-c", "-f", str(path)], ["haproxy", "-db", "-f", str(path)]
    places = "".join(
        f"{kind}_temp_path {prefix}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = path.read_text()
    if places not in text:
        path.write_text(text.replace("http {", f"http {{ {places}", 1))
    words = ["nginx", "-e", "/dev/null", "-c", str(path), "-p", str(prefix)]
    return [*words, "-t"], [*words, "-g", "daemon off;"]


@contextmanager
def running(words: list[str], port: int) -> Iterator[None]:
    """A program that listens at `port` until the block ends."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        _wait(port, process)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}: {process.poll()}")


@contextmanager
def plain_front(made: Mapping[str, Path], *, https: int, to: int) -> Iterator[None]:
    """TLS in front where no proxy is installed here: takes a connection, and hands on what it holds."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made["cert"], made["key"])

    def handle(line: socket.socket) -> None:
        with (
            suppress(OSError, ssl.SSLError),
            context.wrap_socket(line, server_side=True) as secure,
            socket.create_connection(("127.0.0.1", to)) as there,
        ):
            threading.Thread(target=pass_on, args=(there, secure), daemon=True).start()
            pass_on(secure, there)

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=handle, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", https)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield


@contextmanager
def webroot(root: Path, port: int) -> Iterator[None]:
    """Port 80 as Debian's own nginx holds it: the files below `root`."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def installed(name: str) -> bool:
    """Whether the program of a configuration is installed here."""
    return shutil.which("haproxy" if name == "haproxy.cfg" else "nginx") is not None


def ports() -> tuple[int, int]:
    """One for https, one for http."""
    return free_port(), free_port()
