# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table [doorbell]: what it may hold, and the sentence for everything else."""

import tomllib
from pathlib import Path

import pytest

from demur.notices.doorbell import Hook, Mail, read_doorbell
from demur.notices.errors import BadDoorbell
from demur.site.configuration import NoInstallation, read_configuration

HERE = Path("/srv/demur")
MAIL = 'smtp = "mail.example.org:465"\nfrom = "bell@example.org"\nto = "custodian@example.org"\n'


def read(text: str) -> Hook | Mail:
    return read_doorbell(tomllib.loads(text), HERE)


def test_the_least_mail_is_sent_over_tls_in_english() -> None:
    mail = read(MAIL)

    assert mail == Mail(
        host="mail.example.org",
        port=465,
        sender="bell@example.org",
        to="custodian@example.org",
        user=None,
        password_file=None,
        tls="tls",
        language="en",
    )


def test_a_password_file_lies_below_the_installation_unless_its_path_is_whole() -> None:
    below = read(MAIL + 'user = "bell"\npassword_file = "keys/bell"\n')
    apart = read(MAIL + 'user = "bell"\npassword_file = "/etc/bell"\n')

    assert isinstance(below, Mail)
    assert isinstance(apart, Mail)
    assert (below.password_file, apart.password_file) == (HERE / "keys/bell", Path("/etc/bell"))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_a_server_on_this_machine_needs_no_tls(host: str) -> None:
    mail = read(MAIL.replace("mail.example.org:465", f"{host}:25") + 'tls = "none"\n')

    assert isinstance(mail, Mail)
    assert mail.host == host.strip("[]")


def test_a_command_is_a_list_of_words() -> None:
    assert read('command = ["/usr/local/bin/ring", "the bell"]') == Hook(command=("/usr/local/bin/ring", "the bell"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "`smtp` in [doorbell] must be a host and a port"),
        ('colour = "red"', "holds 'colour', which is no setting; take it out"),
        ('command = ["/bin/true"]\nto = "a@b.example"', "holds 'to', which is no setting beside `command`"),
        ('command = "/bin/true"', "must be a list of words"),
        ("command = []", "must be a list of words"),
        ('command = ["/bin/true", 1]', "must be a list of words"),
        ('command = ["/bin/true", "a\\u0000b"]', "must be a list of words"),
        ('command = ["ring"]', "must begin with a whole path"),
        (MAIL.replace(":465", ""), "must be a host and a port"),
        (MAIL.replace(":465", ":0465"), "must be a host and a port"),
        (MAIL.replace(":465", ":65536"), "must be a host and a port"),
        (MAIL.replace("bell@example.org", "bell"), "`from` in [doorbell] must be one plain mail address"),
        (MAIL.replace("custodian@", "a@b.example, custodian@"), "`to` in [doorbell] must be one plain mail address"),
        (MAIL.replace("custodian@", "x\\r\\nBcc: a@b.example\\r\\nz@"), "`to` in [doorbell] must be one plain"),
        (MAIL + 'tls = "none"', 'is for a server on this machine, not for mail.example.org; use "tls"'),
        (MAIL + 'tls = "ssl"', '`tls` in [doorbell] must be one of "tls", "starttls", "none"'),
        (MAIL + "tls = []", "`tls` in [doorbell] must be one of"),
        (MAIL + 'language = "de"', '`language` in [doorbell] must be one of "en", "id"'),
        (MAIL + 'user = "bell"', "must hold `user` and `password_file`, or neither"),
        (MAIL + 'password_file = "bell"', "must hold `user` and `password_file`, or neither"),
        (MAIL + 'user = "bell"\npassword_file = 1', "must be a name in ASCII and a path"),
        (MAIL + 'user = "bell\\r\\n"\npassword_file = "x"', "must be a name in ASCII and a path"),
    ],
)
def test_what_is_no_doorbell_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BadDoorbell) as refused:
        read(text)

    assert said in str(refused.value)


def test_an_installation_without_the_table_has_no_doorbell(tmp_path: Path) -> None:
    (tmp_path / "demur.toml").write_text('secret = "s"\ngrace = 300\n')

    assert read_configuration(tmp_path).doorbell is None


def test_the_configuration_holds_the_doorbell(tmp_path: Path) -> None:
    (tmp_path / "demur.toml").write_text('secret = "s"\ngrace = 300\n[doorbell]\ncommand = ["/bin/true"]\n')

    assert read_configuration(tmp_path).doorbell == Hook(command=("/bin/true",))


@pytest.mark.parametrize("text", ["doorbell = 1", "[doorbell]\nbell = 1"])
def test_a_broken_doorbell_is_named_with_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "demur.toml").write_text(f'secret = "s"\ngrace = 300\n{text}\n')

    with pytest.raises(NoInstallation, match=r"demur\.toml: \[doorbell\]"):
        read_configuration(tmp_path)
