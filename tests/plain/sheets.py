# SPDX-License-Identifier: AGPL-3.0-or-later
"""The forms of the plain pages as a browser posts them, without one."""

import html
import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Sequence

from serving import Channel


class _Here(urllib.request.HTTPRedirectHandler):
    """Goes nowhere, so that a test sees where it was sent."""

    def redirect_request(self, *_: object) -> None:
        """Not followed."""


def _posted(
    served: Channel, path: str, fields: list[tuple[str, str]], files: Sequence[tuple[str, bytes]]
) -> urllib.request.Request:
    mark = secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    parts += [
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in files
    ]
    body = b"".join([*parts, f"--{mark}--\r\n".encode()])
    return urllib.request.Request(
        served.url + path, data=body, headers={"Content-Type": f"multipart/form-data; boundary={mark}"}
    )


def sent_on(served: Channel, path: str, fields: list[tuple[str, str]]) -> str:
    """The address at which the answer to a form waits."""
    try:
        urllib.request.build_opener(_Here).open(_posted(served, path, fields, ()), timeout=60).close()
    except urllib.error.HTTPError as error:
        error.close()
        return served.url + error.headers["Location"]
    raise AssertionError("the form was answered at once")


def looked_at(url: str) -> tuple[int, str]:
    """Status and page at an address."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def post(
    served: Channel, path: str, fields: list[tuple[str, str]], files: Sequence[tuple[str, bytes]] = ()
) -> tuple[int, str]:
    """Status and page of the answer, looked at where it waits."""
    request = _posted(served, path, fields, files)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.headers.get("Set-Cookie") is None
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page[-2000:]
    return html.unescape(found[1])


def sheet(served: Channel, text: str, *, language: str = "en") -> list[tuple[str, str]]:
    """The fields of the second step, as a browser would send them on to the third."""
    first = [("to", "choose"), ("text", text), ("subject", "")]
    status, page = post(served, f"/{language}/file/plain/", first)
    assert status == 200, page
    return [("to", "check"), ("subject", hidden(page, "subject")), ("text", text), ("claim", "2")]


def to(fields: list[tuple[str, str]], step: str, **more: str) -> list[tuple[str, str]]:
    """The same fields, sent on to another step."""
    return [
        *((name, value) for name, value in fields if name != "to" and name not in more),
        ("to", step),
        *more.items(),
    ]


def coded(
    served: Channel, fields: list[tuple[str, str]], files: Sequence[tuple[str, bytes]] = (), *, language: str = "en"
) -> tuple[int, str, list[tuple[str, str]]]:
    """From the second step to the digits: status and page where it ended, and the fields that it carries on."""
    path = f"/{language}/file/plain/"
    status, page = post(served, path, to(fields, "check"), files)
    if status != 200:
        return status, page, fields
    status, page = post(served, path, to(fields, "code", files=hidden(page, "files")))
    if status != 200:
        return status, page, fields
    kept = {name: hidden(page, name) for name in ("nonce", "begun", "files")}
    return status, page, to(fields, "file", **kept)


def file_it(
    served: Channel, fields: list[tuple[str, str]], files: Sequence[tuple[str, bytes]] = (), *, language: str = "en"
) -> tuple[int, str, str]:
    """From the second step to the last page: status and page where it ended, and the digits, "" where none were shown."""
    status, page, sent = coded(served, fields, files, language=language)
    code = code_in(page)
    if not code:
        return status, page, ""
    status, page = post(served, f"/{language}/file/plain/", answered(sent, code))
    return status, page, code


def answered(fields: list[tuple[str, str]], code: str, groups: Sequence[int] = (3, 14)) -> list[tuple[str, str]]:
    """The fields with two groups of the code typed back."""
    return [*fields, *((f"group-{n}", code[3 * n - 3 : 3 * n]) for n in groups)]


def code_in(page: str) -> str:
    return "".join(re.findall(r"<li>(\d{3})</li>", page))
