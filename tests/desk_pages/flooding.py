# SPDX-License-Identifier: AGPL-3.0-or-later
"""Floods the sign-in of the server at a port until its input ends; then prints how often which status answered. A process of its own: what
is measured meanwhile is the server, not this.

    python flooding.py PORT CONNECTIONS
"""

import http.client
import json
import re
import secrets
import sys
import threading
import urllib.parse
from collections import Counter


def ask(port: int, method: str, body: str = "", **headers: str) -> tuple[int, list[tuple[str, str]], bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        line.request(method, "/en/desk/in/", body=body or None, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        line.close()


def main() -> None:
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    _, headers, page = ask(port, "GET")
    cookie = next(value for name, value in headers if name.lower() == "set-cookie").split(";")[0]
    found = re.search(rb'name="form" value="([0-9a-f]+)"', page)
    assert found is not None
    answers, end = Counter[int](), threading.Event()

    def flood() -> None:
        while not end.is_set():
            typed = {
                "form": found[1].decode(),
                "name": f"x{secrets.token_hex(4)}",
                "passphrase": "y" * 20,
                "code": "123456",
            }
            kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
            try:
                answers[ask(port, "POST", urllib.parse.urlencode(typed), **kind)[0]] += 1
            except OSError:
                answers[0] += 1

    for _ in range(connections):
        threading.Thread(target=flood, daemon=True).start()
    sys.stdin.read()
    end.set()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
