# SPDX-License-Identifier: AGPL-3.0-or-later
"""The doorbell as a mail: composed here, handed to the server by a process of its own (`smtp`)."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from demur.notices.doorbell import Mail
from demur.notices.errors import Failure, NotDelivered
from demur.notices.kinds import Kind
from demur.notices.letter import compose, domain
from demur.notices.limited import LIMIT, path_only, run_limited
from demur.notices.smtp import CODES, Handing

_TRUST: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # where this machine keeps the authorities it trusts
_OPEN_TO_OTHERS: Final = 0o077
_LONGEST: Final = 1024  # bytes of a password file


def send_mail(mail: Mail, kind: Kind, *, now: int, random: Callable[[int], bytes], limit: float = LIMIT) -> None:
    """Send the notice; raises NotDelivered. `now` in POSIX seconds, `limit` in seconds for all of it."""
    handing = Handing(
        host=mail.host,
        port=mail.port,
        tls=mail.tls,
        hello=domain(mail),
        user=mail.user or "",
        password=_password(mail.password_file) if mail.password_file else "",
        sender=mail.sender,
        to=mail.to,
        message=compose(mail, kind, now=now, random=random).decode("ascii"),
    )
    trust = {name: os.environ[name] for name in _TRUST if name in os.environ}
    code = run_limited(
        [sys.executable, "-I", "-m", "demur.notices.smtp"],
        environment={**path_only(), **trust},
        text=handing.dump(),
        limit=limit,
    )
    if code != 0:
        raise NotDelivered(CODES.get(code, Failure.INTERRUPTED))


def _password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OPEN_TO_OTHERS:
                raise NotDelivered(Failure.PASSWORD)
            data = file.read(_LONGEST + 1)
    except OSError:
        raise NotDelivered(Failure.PASSWORD) from None
    password = data.decode("ascii", "replace").removesuffix("\n").removesuffix("\r")
    if not password or len(data) > _LONGEST or not (password.isascii() and password.isprintable()):
        raise NotDelivered(Failure.PASSWORD)
    return password
