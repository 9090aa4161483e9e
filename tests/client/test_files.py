# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files on the author's disk, sectioned text, and known channels."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_record import TinyServer

from demur.charter.channel import ChannelFile
from demur.client.errors import BadReceipt, ClientError, FileInTheWay, NotTrusted
from demur.client.files import replace_own, write_new
from demur.client.known import demur_home, store, stored, trusting
from demur.client.sections import read_sections, write_sections


def test_a_new_file_is_whole_and_private(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_is_never_overwritten_not_even_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "link"):
        with pytest.raises(FileInTheWay, match="nothing is overwritten"):
            write_new(tmp_path / name, b"new")
    assert (tmp_path / "there").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2


def test_replacing_leaves_no_half_file(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"old")
    replace_own(tmp_path / "a", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"new")]


_NAMES = st.from_regex(r"[a-z][a-z-]{0,10}", fullmatch=True)
_LINES = st.lists(st.text(max_size=20).filter(lambda t: "\n" not in t and not t.startswith("=== ")), max_size=4)


@given(st.lists(st.tuples(_NAMES, _LINES), max_size=5))
def test_sections_read_and_written_again_are_the_same(rows: list[tuple[str, list[str]]]) -> None:
    sections = [(name, "".join(f"{line}\n" for line in lines)) for name, lines in rows]
    text = write_sections("demur/x/v1", sections)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert read_sections(data, "demur/x/v1", family=BadReceipt) == sections


@given(st.binary(max_size=200))
def test_any_bytes_are_sections_in_one_form_or_refused(data: bytes) -> None:
    whole = b"demur/x/v1\n" + data
    try:
        sections = read_sections(whole, "demur/x/v1", family=BadReceipt)
    except BadReceipt:
        return
    assert write_sections("demur/x/v1", sections).encode() == whole


def test_the_home_is_the_persons_own() -> None:
    assert demur_home({"DEMUR_HOME": "/a", "XDG_CONFIG_HOME": "/b"}) == Path("/a")
    assert demur_home({"XDG_CONFIG_HOME": "/b", "HOME": "/c"}) == Path("/b/demur")
    assert demur_home({"HOME": "/c"}) == Path("/c/.config/demur")


def test_a_stored_channel_that_was_changed_on_disk_is_refused(tmp_path: Path) -> None:
    server = TinyServer()
    path = store(ChannelFile(channel=server.channel, address="https://a.example"), tmp_path)
    assert trusting(None, tmp_path)(server.channel)
    path.write_text(path.read_text().replace("k = 1", "k = 2"))
    with pytest.raises(NotTrusted):
        stored(tmp_path)


def test_two_channels_of_one_name_are_never_mixed_up(tmp_path: Path) -> None:
    first, second = TinyServer().channel, TinyServer().channel
    other = TinyServer("practice-ffeeddccbbaa0099").channel
    assert first == second
    store(ChannelFile(channel=first, address="https://a.example"), tmp_path)
    store(ChannelFile(channel=first, address="https://b.example"), tmp_path)
    assert [row.address for row in stored(tmp_path)] == ["https://b.example"]
    assert not trusting(None, tmp_path)(other)
    assert not trusting(" ".join(other.words()), tmp_path)(first)
    assert trusting(" ".join(first.long_words()).upper(), tmp_path)(first)


@pytest.mark.parametrize("channel", ["five words are not enough", "nowhere.toml", ""])
def test_what_is_neither_words_nor_a_file_is_one_sentence(tmp_path: Path, channel: str) -> None:
    with pytest.raises(ClientError) as caught:
        trusting(channel, tmp_path)
    assert "\n" not in str(caught.value)
