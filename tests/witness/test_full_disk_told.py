# SPDX-License-Identifier: AGPL-3.0-or-later
"""A witness whose disk is full says so where it runs, once, and to whoever asks (field report 26)."""

import threading
import urllib.error
import urllib.request

import pytest

from demur.witness.errors import BadWitness
from demur.witness.server import serve


class Full:
    """A witness that can keep nothing."""

    def cosign(self, *_: object, **__: object) -> str:
        raise BadWitness("What was seen cannot be kept (No space left on device), so nothing is signed.")


def test_a_full_disk_is_said_once_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    server = serve(Full(), "127.0.0.1", 0, now=lambda: 0)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    for _ in range(3):
        request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/add-checkpoint", data=b"old 0\n")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        refused.value.close()
        assert refused.value.code == 500
    server.shutdown()
    server.server_close()
    assert capsys.readouterr().err.count("No space left on device") == 1
