# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mail itself: fixed words, one length, nothing about the machine or the moment but what every mail server adds anyway."""

import email
import email.policy
import os
import re
import socket
from email.message import EmailMessage

import pytest

from demur.notices.doorbell import LANGUAGES, Mail
from demur.notices.kinds import Kind
from demur.notices.letter import REASON, REST, SUBJECT, WIDTH, compose

NOW = 1_795_424_823
MAIL = Mail(
    host="mail.house.example",
    port=465,
    sender="bell@channel.example",
    to="custodian@house.example",
    user=None,
    password_file=None,
    tls="tls",
    language="en",
)


def written(kind: Kind, *, language: str = "en", now: int = NOW) -> bytes:
    return compose(Mail(**{**vars(MAIL), "language": language}), kind, now=now, random=os.urandom)


def parsed(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_the_mail_says_its_one_reason_in_plain_words(kind: Kind, language: str) -> None:
    message = parsed(written(kind, language=language))
    lines = [line.rstrip() for line in message.get_content().splitlines()]

    assert lines == [REASON[language][kind], *REST[language]]
    assert message["Subject"] == SUBJECT[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_and_moment_makes_a_mail_of_the_same_length(language: str) -> None:
    lengths = {
        len(written(kind, language=language, now=NOW + 86400 * day)) for kind in Kind for day in range(0, 400, 13)
    }

    assert len(lengths) == 1


def test_no_line_is_longer_than_the_common_width() -> None:
    texts = [text for lang in LANGUAGES for text in (*REASON[lang].values(), *REST[lang])]

    assert max(len(text) for text in texts) <= WIDTH
    assert all(text.isascii() and "://" not in text for text in [*texts, *SUBJECT.values()])


@pytest.mark.adversary
def test_the_same_kind_is_the_same_mail_but_for_its_date_and_chance() -> None:
    def without(data: bytes) -> bytes:
        return re.sub(rb"(?m)^(Date|Message-ID): .*\r\n", b"", data)

    assert without(written(Kind.NEW)) == without(written(Kind.NEW, now=NOW + 86400))


@pytest.mark.adversary
def test_headers_tell_neither_host_nor_process_nor_program() -> None:
    data = written(Kind.NEW)
    message = parsed(data)

    about_content = {"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert set(message.keys()) - about_content == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    assert re.fullmatch(r"<[0-9a-f]{32}@channel\.example>", message["Message-ID"])
    assert message["Date"].endswith(("+0000", "-0000"))
    assert socket.gethostname().encode() not in data


def test_every_line_ends_as_a_mail_line_does() -> None:
    data = written(Kind.DUE)

    assert data.count(b"\n") == data.count(b"\r\n")
    assert not re.search(rb"(?m)^\.", data)
