# SPDX-License-Identifier: AGPL-3.0-or-later
"""The outbox's tests use a database of their own; the notices go to a mail server on this machine."""

from collections.abc import Iterator

import django
import pytest
from mail_server import MailServer, mail_server

django.setup()


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that speaks no TLS."""
    with mail_server() as served:
        yield served
