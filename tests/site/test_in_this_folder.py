# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever stands in a folder can name it `.`, and whoever gives a name that is none hears so in one sentence."""

from pathlib import Path

import pytest

from serving import demur


def test_an_installation_is_made_backed_up_and_restored_from_within_its_folder(tmp_path: Path) -> None:
    here, copy = tmp_path / "here", tmp_path / "copy"
    here.mkdir(mode=0o755)
    (here / "lost+found").mkdir(mode=0o700)  # as in a volume that is new
    volume = here.stat().st_ino

    made = demur("init", ".", "--practice", home=here)
    assert made.code == 0, made.err
    assert here.stat().st_ino == volume, "a volume, or the folder that a shell stands in, is not replaced"
    assert here.stat().st_mode & 0o077 == 0
    assert not [path.name for path in here.iterdir() if path.name.startswith(".founding")]
    assert demur("doctor", ".", home=here).code == 0

    assert demur("backup", ".", "../copy", home=here).code == 0
    for name, said in (("", "The backup lies in"), ("mine", "holds no installation but something else")):
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / "letter.txt").write_text("mine")
        elsewhere = demur("restore", "copy", name, home=tmp_path)
        assert elsewhere.code == 1
        assert said in elsewhere.err
    assert (tmp_path / "mine" / "letter.txt").exists()
    assert copy.is_dir()
    restored = demur("restore", ".", "../again", home=copy)
    assert restored.code == 0, restored.err
    assert demur("doctor", "../again", home=copy).code == 0


def test_a_folder_that_holds_something_is_not_filled(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = demur("init", ".", "--practice", home=tmp_path)
    assert done.code == 1
    assert "is not empty" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["", ".", ".."])
@pytest.mark.parametrize(
    "command",
    [
        ["file", "--server", "http://127.0.0.1:9", "text.txt", "-o"],
        ["file", "--template", "-o"],
        ["key", "new", "--no-passphrase", "-o"],
        ["key", "new", "--officer", "--no-passphrase", "-o"],
    ],
    ids=["case", "template", "key", "officer"],
)
def test_a_folder_is_no_name_for_a_file(command: list[str], name: str, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("The count\n\nIt was wrong.\n")
    done = demur(*command, name, home=tmp_path)
    assert done.code == 1
    assert "is a folder; give the name that the file shall have" in done.err


def test_a_text_that_never_ends_is_left(tmp_path: Path) -> None:
    done = demur("file", "--server", "http://127.0.0.1:9", "-o", "mine", "/dev/zero", home=tmp_path)
    assert done.code == 1
    assert "attach it from an ordinary file" in done.err
