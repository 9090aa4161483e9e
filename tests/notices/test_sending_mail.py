# SPDX-License-Identifier: AGPL-3.0-or-later
"""Handing the mail to a real server on loopback that refuses, is down, asks for patience, drips, and takes."""

import datetime
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mail_server import DRIP, HANG_UP, LATER, REFUSE, RUDE, MailServer, mail_server

from demur.notices.doorbell import Mail
from demur.notices.errors import Failure, NotDelivered
from demur.notices.kinds import Kind
from demur.notices.mail import send_mail
from serving import free_port

NOW = 1_795_424_823


def send(mail: Mail, *, limit: float = 20.0) -> None:
    send_mail(mail, Kind.NEW, now=NOW, random=os.urandom, limit=limit)


def failure(mail: Mail, *, limit: float = 20.0) -> Failure:
    with pytest.raises(NotDelivered) as refused:
        send(mail, limit=limit)
    return refused.value.failure


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1, as a file to trust and as a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "house.example")])
    today = datetime.datetime.now(tz=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "house.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


@pytest.fixture(params=["tls", "starttls"])
def guarded(request: pytest.FixtureRequest, certified: tuple[Path, ssl.SSLContext]) -> Iterator[MailServer]:
    """A mail server that speaks TLS, either way."""
    with mail_server(tls=request.param, context=certified[1]) as served:
        yield served


def test_a_server_that_takes_gets_one_mail_for_one_person(server: MailServer) -> None:
    send(server.mail())

    assert len(server.mails) == 1
    assert [line.split(">")[0] for line in server.heard if ":<" in line] == [
        "mail FROM:<bell@channel.example",
        "rcpt TO:<custodian@house.example",
    ]


@pytest.mark.adversary
def test_the_server_is_not_told_which_machine_rings(server: MailServer) -> None:
    send(server.mail())

    assert server.heard[0] == "ehlo channel.example"
    said = "\n".join(server.heard) + server.mails[0].decode()
    assert all(name not in said for name in {socket.gethostname(), socket.getfqdn(), "127.0.0.1", "localhost"})


@pytest.mark.parametrize(
    ("manner", "word"),
    [(LATER, Failure.LATER), (REFUSE, Failure.REFUSED), (HANG_UP, Failure.UNREACHABLE)],
)
def test_a_server_that_does_not_take_is_told_in_a_word(server: MailServer, manner: str, word: Failure) -> None:
    server.plan = [manner]

    assert failure(server.mail()) is word
    assert server.mails == []


def test_a_server_that_is_down_is_unreachable() -> None:
    assert failure(MailServer(port=free_port()).mail()) is Failure.UNREACHABLE


def test_a_server_that_takes_and_is_rude_at_the_end_has_taken(server: MailServer) -> None:
    server.plan = [RUDE]

    send(server.mail())

    assert len(server.mails) == 1


def test_a_server_that_drips_is_left_when_the_time_is_over(server: MailServer) -> None:
    server.plan = [DRIP]
    start = time.monotonic()

    assert failure(server.mail(), limit=1.5) is Failure.SLOW
    assert time.monotonic() - start < 6


def test_what_a_server_says_is_not_repeated(server: MailServer) -> None:
    server.plan = [LATER]

    with pytest.raises(NotDelivered) as refused:
        send(server.mail())

    assert "Amina" not in str(refused.value) + repr(refused.value.__context__)
    assert "house.example" not in str(refused.value)


def test_tls_is_spoken_with_a_certificate_that_this_machine_trusts(
    guarded: MailServer, certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certified[0]))

    send(guarded.mail())

    assert len(guarded.mails) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(guarded: MailServer) -> None:
    assert failure(guarded.mail()) is Failure.TLS
    assert guarded.mails == []


def test_a_certificate_for_another_name_is_refused(
    guarded: MailServer, certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certified[0]))

    assert failure(guarded.mail(host="localhost")) is Failure.TLS


@pytest.mark.adversary
def test_a_server_that_hides_starttls_gets_neither_mail_nor_password(server: MailServer, tmp_path: Path) -> None:
    secret = private(tmp_path, b"open sesame\n")
    server.login = "\0bell\0open sesame"

    assert failure(server.mail(tls="starttls", user="bell", password_file=secret)) is Failure.TLS
    assert [line.split()[0].lower() for line in server.heard] == ["ehlo"]


def private(where: Path, data: bytes, mode: int = 0o600) -> Path:
    file = where / "password"
    file.write_bytes(data)
    file.chmod(mode)
    return file


def test_whoever_has_a_password_logs_in_with_it(server: MailServer, tmp_path: Path) -> None:
    server.login = "\0bell\0open sesame"

    send(server.mail(user="bell", password_file=private(tmp_path, b"open sesame\n")))

    assert len(server.mails) == 1


def test_a_wrong_password_and_a_server_without_login_are_told_alike(server: MailServer, tmp_path: Path) -> None:
    mail = server.mail(user="bell", password_file=private(tmp_path, b"wrong"))

    assert failure(mail) is Failure.LOGIN
    server.login = "\0bell\0open sesame"
    assert failure(mail) is Failure.LOGIN
    assert server.mails == []


@pytest.mark.parametrize(
    ("data", "mode"),
    [(b"x\n", 0o640), (b"", 0o600), (b"\n", 0o600), (b"a\nb\n", 0o600), (b"\xff", 0o600), (b"x" * 2000, 0o600)],
)
def test_a_password_file_that_is_none_or_that_others_can_read_is_not_used(
    server: MailServer, tmp_path: Path, data: bytes, mode: int
) -> None:
    assert failure(server.mail(user="bell", password_file=private(tmp_path, data, mode))) is Failure.PASSWORD
    assert server.heard == []


def test_a_password_file_that_is_missing_is_told(server: MailServer, tmp_path: Path) -> None:
    assert failure(server.mail(user="bell", password_file=tmp_path / "none")) is Failure.PASSWORD
