# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run beside the tests (`test_worst_megabyte.py`): asks each address of an installation with the worst megabyte for what reads it, and
prints the seconds of CPU that each took.

    python worst_megabyte.py DIRECTORY KEY-OF-A-SEAT [planted]

`planted` puts holes in: no bound on the parts of a header, and none on the paragraphs of a text.
"""

import io
import json
import os
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from demur.site.boot import open_installation

MB = 1_000_000
FORM = "application/x-www-form-urlencoded"
BUNDLE = "application/vnd.demur.bundle"


def framed(header: bytes, rest: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "big") + header + rest


def jsons() -> Iterator[tuple[str, bytes]]:
    """Texts of a megabyte that a reader of JSON likes least."""
    yield "brackets", b"[" * MB
    yield "nested objects", b'{"a":' * (MB // 5)
    yield "commas", b'{"files":[' + b"0," * (MB // 2 - 10) + b"0]}"
    yield "empty rows", b'{"files":[' + b"{}," * (MB // 3 - 10) + b"{}]}"
    yield "names", b"{" + b",".join(b'"%07d":0' % n for n in range(MB // 12)) + b"}"
    yield "one number", b'{"v":' + b"9" * (MB - 10) + b"}"
    yield "escapes", b'{"v":"' + b"\\u0041" * (MB // 6 - 10) + b'"}'
    yield "a text", b'{"v":"' + b"a" * (MB - 10) + b'"}'
    yield "white space", b'{"v":' + b" " * (MB - 10) + b"1}"
    yield "not UTF-8", b"\xff" * MB


def headers() -> Iterator[tuple[str, bytes]]:
    """The same as a bundle's header, as large as one may be."""
    for name, text in jsons():
        yield name, framed(text[: 256 * 1024 - 2])
        yield f"{name}, too large", framed(text)
    rows = ",".join(f'{{"role":"grant:a","sha256":"{n:064d}","size":1}}' for n in range(1900))
    yield "rows", framed(f'{{"files":[{rows}]}}'.encode(), b"x" * 1900)


def forms() -> Iterator[tuple[str, dict[str, str] | list[tuple[str, str]]]]:
    """What is typed into a form: a megabyte in one field, or in as many as there can be."""
    kept = {"step": "write", "nonce": "ab" * 32, "begun": str(int(time.time()) - 5)}
    yield "paragraphs of a letter", {**kept, "text": "a\n\n" * (MB // 3)}
    yield "lines of a letter", {**kept, "text": "a\n" * (MB // 2)}
    yield "empty lines", {**kept, "text": "\n" * (MB - 2) + "a"}
    yield "blanks", {**kept, "text": " " * (MB - 2) + "a"}
    yield "carriage returns", {**kept, "text": "\r" * (MB - 2) + "a"}
    yield "closing marks", {**kept, "text": '"' * (MB - 2) + "\na"}
    yield "other line ends", {**kept, "text": "a\v" * (MB // 2)}
    yield "one word", {**kept, "text": "a" * MB}
    yield "joined pictures", {**kept, "text": "\U0001f469\u200d" * (MB // 7)}
    yield "marks that turn", {**kept, "text": "\u202e" * (MB // 3) + "a"}
    yield "letters with marks", {**kept, "text": "a" + "\u0301" * (MB // 2)}
    yield "a subject", {**kept, "text": "a", "subject": "b " * (MB // 2)}
    yield "a thousand fields", [(f"fact-{n}", "a" * 900) for n in range(990)]
    yield "too many fields", [("a", "")] * (MB // 2)
    yield "offices", [*kept.items(), ("text", "a"), *[("recuse", "a" * 900)] * 900]
    yield "claims", [*kept.items(), ("text", "a\n\n" * 300_000), *[("claim", str(n)) for n in range(900)]]
    yield "a code", {"code": "1" * MB}
    yield "a code with blanks", {"code": "1 " * (MB // 2)}
    yield "a file's parts", {**kept, "step": "file", "text": "a\n\n" * (MB // 3)}


def parts() -> Iterator[tuple[str, bytes]]:
    """Forms in parts (RFC 7578)."""
    yield (
        "many small",
        b"".join(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(MB // 55))
        + b"--b--\r\n",
    )
    yield "one header", b'--b\r\nContent-Disposition: form-data; name="' + b"a" * MB + b'"\r\n\r\nx\r\n--b--\r\n'
    yield "parameters", b"--b\r\nContent-Disposition: form-data" + b"; a=b" * (MB // 5) + b"\r\n\r\nx\r\n--b--\r\n"
    yield (
        "dashes",
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"\r\n--" * (MB // 4) + b"\r\n--b--\r\n",
    )
    yield "no end", b"--b\r\n" + b"-" * MB
    pdf = b"%PDF-1.7\n" + b"1 0 obj<</Author(a)>>endobj\n" * (MB // 28)
    for name, data in (
        ("a.pdf", pdf),
        ("a.docx", b"PK\x03\x04" * (MB // 4)),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(MB)),
        ("a.jpg", b"\xff\xd8" + b"\xff\xe1\0\2" * (MB // 4)),
    ):
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n' % name.encode()
        typed = {"step": "file", "text": "a", "nonce": "ab" * 32, "begun": str(int(time.time()) - 5)}
        before = b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (k.encode(), v.encode())
            for k, v in typed.items()
        )
        yield f"a file {name}", before + head + data + b"\r\n--b--\r\n"
    names = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\nx\r\n' % (b"\xc2\xaa" * 4000)
        for _ in range(90)
    )
    yield "files with long names", names + b"--b--\r\n"


class Asked:
    """Requests to the application of this process, and the CPU of the thread that answers; the writer's is added by the process's."""

    def __init__(self, seat_key: Path) -> None:
        from django.core.handlers.wsgi import WSGIHandler

        from demur.seal.keyfile import read
        from demur.site.installed import installation

        self.application, self.ground = WSGIHandler(), installation()
        self.key = read(seat_key.read_bytes(), passphrase=str)
        self.found: dict[str, float] = {}
        self.statuses: dict[str, int] = {}
        self.cookie, self.form = "", ""
        page = self.ask("", "GET", "/en/desk/in/")
        self.form = page.split(b'name="form" value="')[1].split(b'"')[0].decode()

    def ask(
        self, name: str, method: str, path: str, body: bytes = b"", kind: str = "application/json", **headers: str
    ) -> bytes:
        place, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": place, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "x", "SERVER_PORT": "0",
            "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)), "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
            "wsgi.multiprocess": False, "wsgi.run_once": False, **({"HTTP_COOKIE": self.cookie} if self.cookie else {}),
            **{f"HTTP_{key.upper()}": value for key, value in headers.items()},
        }  # fmt: skip
        told: list[Any] = []
        began = time.process_time()
        answer = self.application(environ, lambda status, given, *_: told.append((status, given)))
        data = b"".join(answer)
        taken = time.process_time() - began
        answer.close()
        status, given = told[0]
        for key, value in given:
            if key.lower() == "set-cookie" and not self.cookie and "/en/desk/" in value:
                self.cookie = value.split(";")[0]
        if name:
            self.found[name], self.statuses[name] = round(taken, 4), int(status[:3])
        return data

    def signed(self, method: str, path: str, body: bytes) -> str:
        from demur.seal.requests import sign_request

        return sign_request(
            self.key.signing, seat="custodian", method=method, path=path, body=body, origin=self.ground.channel.origin,
            now=int(time.time()), nonce=os.urandom(16).hex(),
        )  # fmt: skip

    def everything(self) -> None:
        case, mailbox = "0" * 32, "0" * 32
        for name, body in headers():
            for path in ("/api/v1/cases", "/api/v1/cases/again"):
                self.ask(f"POST {path}: header of {name}", "POST", path, body, BUNDLE)
            acts = f"/api/v1/cases/{case}/acts"
            self.ask(
                f"POST seat's acts: header of {name}",
                "POST",
                acts,
                body,
                BUNDLE,
                authorization=self.signed("POST", acts, body),
            )
        again = framed(
            b'{"files":[{"role":"filing","sha256":"%b","size":%d}],"promise":"","received":{},"type":"again","v":1}'
        )
        self.ask("POST /api/v1/cases/again: a filing in it", "POST", "/api/v1/cases/again", again + b"x" * MB, BUNDLE)
        for name, body in jsons():
            path = "/api/v1/desk/cases"
            self.ask(f"POST {path}: {name}", "POST", path, body, authorization=self.signed("POST", path, body))
        path = "/api/v1/desk/cases"
        cases = b'{"cases":[' + b",".join(b'{"case":"","token":""}' for _ in range(MB // 24)) + b"]}"
        self.ask(f"POST {path}: cases", "POST", path, cases, authorization=self.signed("POST", path, cases))
        for name, typed in forms():
            text = urllib.parse.urlencode(typed)
            for path in ("/en/file/plain/", "/en/case/plain/"):
                self.ask(f"POST {path}: {name}", "POST", path, text.encode(), FORM)
            if name in {"one word", "too many fields"}:  # each that is read whole is hashed
                self.ask(
                    f"POST /en/desk/in/: {name}", "POST", "/en/desk/in/", f"form={self.form}&{text}".encode(), FORM
                )
        for name, body in parts():
            for path in ("/en/file/plain/", "/en/case/plain/", "/en/desk/in/"):
                self.ask(f"POST {path}: parts, {name}", "POST", path, body, "multipart/form-data; boundary=b")
        long = "9" * 60_000
        for path in (
            f"/api/v1/record/consistency?old=1&new={long}", f"/api/v1/record/consistency?old={long}&new={long}",
            "/api/v1/record/consistency?old=1&new=9223372036854775807",
            f"/api/v1/record/proof/{long}", f"/api/v1/uploads/{long}", f"/api/v1/mailbox/{mailbox}?after={long}", f"/tile/0/x{long}/000",
            f"/en/?{'a=b&' * 15_000}", f"/en/file/plain/?page={long}", f"/api/v1/limits?{'a&' * 30_000}", "/" + "a/" * 30_000,
            "/%ff" * 20_000,
        ):  # fmt: skip
            self.ask(f"GET {path[:60]}", "GET", path)
        self.ask("GET / in many languages", "GET", "/", accept_language="en;q=0.1," * 6_000)
        self.ask(
            "GET a mailbox with a long word",
            "GET",
            f"/api/v1/mailbox/{mailbox}",
            authorization="Bearer " + "a" * 60_000,
        )
        self.ask(
            "GET an inbox with a long signature",
            "GET",
            "/api/v1/seats/custodian/inbox",
            authorization="Demur-Seat " + "seat=" * 12_000,
        )
        self.ask("GET the desk with many cookies", "GET", "/en/desk/in/", cookie="a=b; " * 12_000)
        kept = f"/api/v1/seats/custodian/kept/{'0' * 64}?was="
        blob = b"age-encryption.org/v1\n" + b"-> a\n" * 50_000
        self.ask("PUT kept", "PUT", kept, blob, authorization=self.signed("PUT", kept, blob))


def plant() -> None:
    """The bounds away."""
    from demur.author import plain_form
    from demur.dissent import bundle

    bundle.MAX_PARTS = bundle.MAX_HEADER = 10**9  # type: ignore[misc]
    plain_form.MOST_LINES = 10**9  # type: ignore[misc]


def main() -> None:
    open_installation(Path(sys.argv[1]))
    if "planted" in sys.argv:
        plant()
    asked = Asked(Path(sys.argv[2]))
    warm: Callable[[], bytes] = lambda: asked.ask("", "GET", "/en/file/plain/")  # noqa: E731
    warm()
    asked.ask("", "POST", "/en/file/plain/", b"step=write&text=a", FORM)
    from demur.desk.accounts import _nobodys

    _nobodys()
    asked.everything()
    print(json.dumps({"seconds": asked.found, "statuses": asked.statuses}))


if __name__ == "__main__":
    main()
