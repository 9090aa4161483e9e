# SPDX-License-Identifier: AGPL-3.0-or-later
"""certbot as far as it can fail on a machine: `played_certbot.py PORT PLACE certonly|renew ...`.

With `--standalone` it must be able to listen at port 80 (here PORT). With `--webroot -w DIR` the challenge that it lays below DIR must be
served at port 80 as it is, without a redirect. `renew` does again what was done for the certificate, and its hook is run.
"""

import http.client
import json
import secrets
import socket
import subprocess
import sys
from pathlib import Path


def standalone(port: int) -> bool:
    """Whether port 80 is free."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def served(port: int, root: Path, host: str) -> bool:
    """Whether the challenge is served."""
    place = root / ".well-known" / "acme-challenge"
    place.mkdir(parents=True, exist_ok=True)
    token, text = secrets.token_hex(8), secrets.token_hex(16)
    (place / token).write_text(text)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request("GET", f"/.well-known/acme-challenge/{token}", headers={"Host": host})
        answer = line.getresponse()
        return answer.status == 200 and answer.read().decode() == text
    except OSError:
        return False
    finally:
        line.close()
        (place / token).unlink()


def main() -> int:
    """0 where certbot would have its certificate."""
    port, kept, words = int(sys.argv[1]), Path(sys.argv[2]) / "certbot.json", sys.argv[3:]
    asked = json.loads(kept.read_text()) if words[0] == "renew" else words
    host = asked[asked.index("-d") + 1]
    done = standalone(port) if "--standalone" in asked else served(port, Path(asked[asked.index("-w") + 1]), host)
    if done and words[0] == "certonly":
        kept.write_text(json.dumps(words))
    if done and "--deploy-hook" in asked:
        return subprocess.run(asked[asked.index("--deploy-hook") + 1], shell=True, check=False).returncode
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
