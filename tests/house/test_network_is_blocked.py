# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tests reach this machine and no other."""

import socket

import pytest


def test_another_machine_cannot_be_reached() -> None:
    with socket.socket() as probe, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        probe.connect(("192.0.2.1", 80))


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as probe:
        probe.connect(server.getsockname())
