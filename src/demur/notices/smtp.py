# SPDX-License-Identifier: AGPL-3.0-or-later
"""Handing one mail to a server (RFC 5321; submission with TLS: RFC 8314), in a process of its own.

The process is ended from outside when its time is over (`limited`): a server can otherwise hold a connection for hours
by sending a byte now and then. It learns what it needs on its standard input and says what became of it in its exit code.
"""

import contextlib
import json
import smtplib
import ssl
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from demur.notices.errors import Failure, NotDelivered

PATIENCE: Final = 10.0  # seconds for one answer
CODES: Final[Mapping[int, Failure]] = {
    10: Failure.UNREACHABLE,
    11: Failure.TLS,
    12: Failure.LOGIN,
    13: Failure.LATER,
    14: Failure.REFUSED,
    15: Failure.SLOW,
}


@dataclass(frozen=True, kw_only=True)
class Handing:
    """One mail and where it goes. `password` is empty where nobody logs in; `hello` is the name we go by."""

    host: str
    port: int
    tls: str
    hello: str
    user: str
    password: str
    sender: str
    to: str
    message: str

    def dump(self) -> bytes:
        """As the process reads it."""
        return json.dumps(asdict(self)).encode()


def hand_over(handing: Handing) -> None:
    """Hand the mail to the server; raises NotDelivered."""
    try:
        _converse(handing)
    except TimeoutError:
        raise NotDelivered(Failure.SLOW) from None
    except ssl.SSLError:
        raise NotDelivered(Failure.TLS) from None
    except smtplib.SMTPAuthenticationError as error:
        raise NotDelivered(Failure.LATER if error.smtp_code < 500 else Failure.LOGIN) from None
    except smtplib.SMTPRecipientsRefused as error:
        raise NotDelivered(_judged(*(code for code, _ in error.recipients.values()))) from None
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(_judged(error.smtp_code)) from None
    except OSError:  # a server that hung up is one of these too
        raise NotDelivered(Failure.UNREACHABLE) from None


def _converse(handing: Handing) -> None:
    server = _connected(handing)
    try:
        _log_in(server, handing)
        server.sendmail(handing.sender, [handing.to], handing.message.encode("ascii"))
        # The mail is the server's now; how it says goodbye must not make it come a second time.
        with contextlib.suppress(OSError):
            server.quit()
    finally:
        server.close()


def _connected(handing: Handing) -> smtplib.SMTP:
    """A connection on which TLS is spoken where it must be."""
    context = ssl.create_default_context()
    if handing.tls == "tls":
        return smtplib.SMTP_SSL(
            handing.host, handing.port, local_hostname=handing.hello, timeout=PATIENCE, context=context
        )
    server = smtplib.SMTP(handing.host, handing.port, local_hostname=handing.hello, timeout=PATIENCE)
    if handing.tls == "starttls":
        try:
            server.starttls(context=context)
        except smtplib.SMTPNotSupportedError:
            raise NotDelivered(Failure.TLS) from None
    return server


def _log_in(server: smtplib.SMTP, handing: Handing) -> None:
    if not handing.user:
        return
    try:
        server.login(handing.user, handing.password)
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
        raise
    except smtplib.SMTPException:  # the server offers no login, or no way of it that we know
        raise NotDelivered(Failure.LOGIN) from None


def _judged(*codes: int) -> Failure:
    """4xx: later; 5xx: for good; anything else is no answer of a mail server."""
    if all(500 <= code < 600 for code in codes):
        return Failure.REFUSED
    return Failure.LATER if all(400 <= code < 600 for code in codes) else Failure.UNREACHABLE


def main() -> int:
    """The process: a Handing on standard input; 0, or the code of a failure."""
    handing = Handing(**json.loads(sys.stdin.buffer.read()))
    try:
        hand_over(handing)
    except NotDelivered as error:
        return next(code for code, failure in CODES.items() if failure is error.failure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
