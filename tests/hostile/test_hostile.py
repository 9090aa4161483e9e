# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bad input: filed and fetched byte for byte, or refused with one clear sentence. Never a crash, never a silent change."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_set import NAMES, REFUSED, TEXTS

from demur.client.directory import InForce, read_directory
from demur.client.filing import prepare
from demur.client.http import Server
from demur.client.known import channel_file
from demur.client.wish import Attachment, Wish
from demur.dissent.bundle import unpack_bundle
from demur.dissent.documents.dissent import Dissent, from_document, from_text
from demur.errors import DemurError
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity
from real_cases import data_directory
from serving import Channel, demur, practice_channel

DATA = data_directory()


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("hostile")) as served:
        yield served


@pytest.fixture(scope="module")
def in_force(channel: Channel) -> InForce:
    return read_directory(Server(channel.url), channel_file(channel.file).channel, now=int(time.time()))


def through_the_library(wish: Wish, in_force: InForce, channel: Channel) -> dict[str, bytes]:
    """Seal a filing, and open it again as a reader would; returns the files inside the body and the attachments."""
    limits = Server(channel.url).get_json("/api/v1/limits")
    import os

    filing = prepare(wish, in_force, address=channel.url, limits=limits, now=int(time.time()), random=os.urandom)
    _, files = unpack_bundle(filing.bundle)
    identity = HybridIdentity.parse(filing.draft["case_key"])
    found: dict[str, bytes] = {}
    for role, data in files:
        if role in {"body", "attachment"}:
            found |= container.unpack(age.decrypt(data, [identity]), by=None).files
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_sealed_and_opened_byte_for_byte(name: str, in_force: InForce, channel: Channel) -> None:
    original = TEXTS[name].encode()

    found = through_the_library(
        Wish(dissent=from_text(original, name="dissent.txt"), original=original), in_force, channel
    )

    assert found["dissent.txt"] == original
    assert Dissent.parse(found["dissent.json"]).text == TEXTS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_text_is_refused_or_filed_as_it_is(name: str, in_force: InForce, channel: Channel) -> None:
    data, sentence = REFUSED[name]

    with pytest.raises(DemurError, match=sentence) as caught:
        from_text(data, name="dissent.txt")
    assert "\n" not in str(caught.value)
    found = through_the_library(Wish(dissent=from_document(name="dissent.bin"), original=data), in_force, channel)
    assert found["dissent.bin"] == data


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_or_refused(name: str, in_force: InForce, channel: Channel) -> None:
    wish = Wish(
        dissent=from_text(b"Text.\n", name="d.txt"),
        original=b"Text.\n",
        attachments=(Attachment(name=name, data=b"x"),),
    )

    if NAMES[name]:
        with pytest.raises(DemurError, match=NAMES[name]):
            through_the_library(wish, in_force, channel)
    else:
        assert through_the_library(wish, in_force, channel)[name] == b"x"


def filed_and_fetched(path: Path, channel: Channel, tmp_path: Path, *options: str) -> tuple[bool, str]:
    """By command line: whether the file came back byte for byte, or the sentence that refused it."""
    home, citra = tmp_path / "amina", tmp_path / "citra"
    done = demur("file", *channel.known, *options, "--yes", "-o", "mine", path, home=home)
    if done.code:
        assert done.code in {1, 2}
        assert "Traceback" not in done.err
        assert len(done.err.strip().splitlines()) == 1, done.err
        assert not list(home.glob("mine.*")), "half-filed"
        return False, done.err
    case = json.loads((home / "mine.key").read_text())["case"]
    fetched = demur(
        "desk", *channel.known, "--key", channel.key("custodian"), "fetch", case, "-o", tmp_path / "out", home=citra
    )
    assert fetched.code == 0, fetched.err
    assert "\x1b" not in fetched.out
    came = {file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()}
    return path.read_bytes() in came, ""


@pytest.mark.parametrize(
    "name",
    ["arabic", "mixed directions", "terminal escapes", "line ends of Windows", "looks like an age file", "markup"],
)
def test_a_text_goes_through_the_command_byte_for_byte(name: str, channel: Channel, tmp_path: Path) -> None:
    path = tmp_path / "dissent.txt"
    path.write_bytes(TEXTS[name].encode())

    assert filed_and_fetched(path, channel, tmp_path) == (True, "")


@pytest.mark.parametrize("name", ["empty", "UTF-16", "NUL"])
def test_the_command_refuses_in_one_sentence_and_files_as_is_when_told(
    name: str, channel: Channel, tmp_path: Path
) -> None:
    path = tmp_path / "dissent.bin"
    path.write_bytes(REFUSED[name][0])

    came, sentence = filed_and_fetched(path, channel, tmp_path)

    assert (came, sentence != "") == (False, True)
    if name != "empty":
        assert filed_and_fetched(path, channel, tmp_path, "--as-is") == (True, "")


def naughty_strings() -> list[str]:
    return [text for text in json.loads((DATA / "blns" / "blns.json").read_text()) if text.strip()] if DATA else []


@pytest.mark.data
def test_every_naughty_string_is_sealed_and_opened_byte_for_byte_or_refused(
    in_force: InForce, channel: Channel
) -> None:
    for text in naughty_strings():
        original = text.encode("utf-8", "surrogatepass")
        try:
            dissent = from_text(original, name="dissent.txt")
        except DemurError as error:
            assert "\n" not in str(error)  # noqa: PT017 -- refused is as good as kept, if it is said in one sentence
            continue
        found = through_the_library(Wish(dissent=dissent, original=original), in_force, channel)
        assert found["dissent.txt"] == original


@pytest.mark.data
@pytest.mark.parametrize("number", range(20))
def test_twenty_naughty_strings_go_through_the_command(number: int, channel: Channel, tmp_path: Path) -> None:
    strings = naughty_strings()
    path = tmp_path / "dissent.txt"
    path.write_bytes(strings[number * len(strings) // 20].encode("utf-8", "surrogatepass"))

    came, sentence = filed_and_fetched(path, channel, tmp_path)

    assert came or sentence


def files_of(folder: str) -> list[Path]:
    return sorted(path for path in (DATA / folder).rglob("*") if path.is_file()) if DATA else []


@pytest.mark.data
@pytest.mark.parametrize("path", files_of("languages"), ids=lambda path: path.name)
def test_every_language_goes_through_the_command(path: Path, channel: Channel, tmp_path: Path) -> None:
    assert filed_and_fetched(path, channel, tmp_path)[0]


@pytest.mark.data
@pytest.mark.parametrize("path", files_of("nasty"), ids=lambda path: path.name)
def test_every_nasty_file_is_attached_and_fetched_byte_for_byte_or_refused(
    path: Path, channel: Channel, tmp_path: Path
) -> None:
    text = tmp_path / "dissent.txt"
    text.write_text("See the file.\n")
    home = tmp_path / "amina"
    plain = demur("file", *channel.known, "--attach", path, "--yes", "-o", "mine", text, home=home)
    assert "Traceback" not in plain.err
    if plain.code:
        assert len(plain.err.strip().splitlines()) == 1, plain.err
        assert not list(home.glob("mine.*")), "half-filed"
        plain = demur("file", *channel.known, "--attach", path, "--as-is", "--yes", "-o", "mine", text, home=home)
    if plain.code:
        assert len(plain.err.strip().splitlines()) == 1, plain.err
        return
    case = json.loads((home / "mine.key").read_text())["case"]
    fetched = demur(
        "desk",
        *channel.known,
        "--key",
        channel.key("custodian"),
        "fetch",
        case,
        "-o",
        tmp_path / "out",
        home=tmp_path / "citra",
    )
    assert fetched.code == 0, fetched.err
    assert path.read_bytes() in {file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()}
