# SPDX-License-Identifier: AGPL-3.0-or-later
"""The notice as a mail: fixed words, the same length for every kind, and nothing about the machine that sends it (RFC 5322).

The subject is the same for all kinds, because telephones show it while they are locked.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from demur.notices.doorbell import Mail
from demur.notices.kinds import Kind

WIDTH: Final = 72  # every line is as long as this, so that no kind can be told from the length of a sealed connection
SUBJECT: Final[Mapping[str, str]] = {
    "en": "The dissent channel asks you to look in",
    "id": "Saluran pendapat berbeda meminta Anda menengok",
}
REASON: Final[Mapping[str, Mapping[Kind, str]]] = {
    "en": {
        Kind.NEW: "Something new is waiting in the dissent channel.",
        Kind.DUE: "Something in the dissent channel is due soon.",
        Kind.OVERDUE: "Something in the dissent channel is overdue.",
        Kind.TEST: "This is a test of the doorbell. It works; there is nothing to do.",
    },
    "id": {
        Kind.NEW: "Ada sesuatu yang baru menunggu di saluran pendapat berbeda.",
        Kind.DUE: "Ada sesuatu di saluran pendapat berbeda yang segera jatuh tempo.",
        Kind.OVERDUE: "Ada sesuatu di saluran pendapat berbeda yang melewati tenggat.",
        Kind.TEST: "Ini uji coba bel. Bel berfungsi; tidak ada yang perlu dilakukan.",
    },
}
REST: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "",
        "Open your desk on your own machine to see what it is.",
        "This message says no more on purpose, and holds no link to click.",
        "The dates in the channel run whether or not it reaches you.",
        "Nobody reads answers to it.",
    ),
    "id": (
        "",
        "Buka meja Anda di komputer Anda sendiri untuk melihatnya.",
        "Pesan ini sengaja tidak berisi hal lain, dan tanpa tautan.",
        "Tenggat di saluran tetap berjalan walaupun pesan ini tidak sampai.",
        "Balasan atas pesan ini tidak dibaca siapa pun.",
    ),
}


def compose(mail: Mail, kind: Kind, *, now: int, random: Callable[[int], bytes]) -> bytes:
    """The mail's bytes with CRLF lines. `now` in POSIX seconds; `random(n)` gives n bytes, for the message's id."""
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = mail.to
    message["Subject"] = SUBJECT[mail.language]
    message["Date"] = format_datetime(datetime.fromtimestamp(now, tz=UTC))
    # An id of chance alone: the usual one tells host, process and time.
    message["Message-ID"] = f"<{random(16).hex()}@{domain(mail)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note comes back
    lines = (REASON[mail.language][kind], *REST[mail.language])
    message.set_content("".join(f"{line:<{WIDTH}}\n" for line in lines), cte="7bit")
    return message.as_bytes()


def domain(mail: Mail) -> str:
    """The domain of the sender: all that servers are told of who rings, in place of this machine's name."""
    return mail.sender.rpartition("@")[2]
