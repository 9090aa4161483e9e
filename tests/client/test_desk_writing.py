# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names of strangers' files are made harmless; their bytes stay as they are."""

import unicodedata
from functools import partial
from pathlib import Path

import pytest
from desk_server import DeskServer, Seat, filed_at
from hypothesis import given
from hypothesis import strategies as st
from test_filing import TEXT, wish_of
from tiny_record import Case

from demur.client.errors import FileInTheWay, ServerRefused
from demur.client.fetching import Fetched, fetch_filing, fetch_large
from demur.client.wish import Attachment
from demur.client.writing import safe_name, write_case
from demur.dissent.documents.dissent import from_text

HOSTILE = {
    "../../etc/passwd": "_.._etc_passwd",
    "/etc/passwd": "_etc_passwd",
    "..\\..\\boot.ini": "_.._boot.ini",
    ".bashrc": "bashrc",
    "-rf": "rf",
    "a\u202egnp.exe": "a_gnp.exe",
    "CON:": "CON_",
    "tab\there\n": "tab_here_",
    "\x1b[2Jx": "_[2Jx",
    "": "_",
    "...": "_",
    "résumé 数据.pdf": "résumé 数据.pdf",
    "👩‍💻.txt": "👩_💻.txt",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_a_harmless_one(name: str) -> None:
    assert safe_name(name) == HOSTILE[name]


@given(st.text(max_size=400))
def test_every_name_becomes_one_that_stays_in_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert 0 < len(safe.encode()) <= 180
    assert not set(safe) & set('/\\<>:"|?*')
    assert not safe.startswith((".", "-"))
    assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in safe)
    assert safe_name(safe) == safe


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("数" * 200 + ".pdf").endswith("数.pdf")


@pytest.fixture
def fetched() -> Fetched:
    server = DeskServer()
    same = tuple(Attachment(name=name, data=name.encode()) for name in ("a:b.txt", "a?b.txt", "..txt", "dissent.json"))
    wish = wish_of(attachments=same, dissent=from_text(TEXT, name=".dissent.txt", claims=[2, 3]))
    custodian = Seat(server, "custodian")
    return fetch_filing(custodian.desk, custodian.known(filed_at(server, wish)))


def test_a_case_is_written_byte_for_byte_for_its_owner_alone(fetched: Fetched, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    paths = write_case(folder, fetched).paths
    assert {path.name: path.read_bytes() for path in paths} == {
        "dissent.json": fetched.filing.dissent.json,
        "original-dissent.txt": TEXT,
        "attachment-1-a_b.txt": b"a:b.txt",
        "attachment-2-a_b.txt": b"a?b.txt",
        "attachment-3-txt": b"..txt",
        "attachment-4-dissent.json": b"dissent.json",
    }
    assert sorted(folder.iterdir()) == sorted(paths)
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_nothing_is_overwritten_and_nothing_half_written(fetched: Fetched, tmp_path: Path) -> None:
    (tmp_path / "attachment-4-dissent.json").write_bytes(b"mine")
    with pytest.raises(FileInTheWay):
        write_case(tmp_path, fetched)
    assert [path.name for path in tmp_path.iterdir()] == ["attachment-4-dissent.json"]


class Losing(DeskServer):
    """A server that was restored without the sealed files in `lost`."""

    lost: frozenset[str] = frozenset()

    def file_of(self, case: Case, sha256: str, seat: str) -> bytes:
        data = super().file_of(case, sha256, seat)
        if sha256 in self.lost:
            raise ServerRefused(404, "not-found", "This attachment was lost here.")
        return data


def test_an_attachment_that_is_lost_costs_the_case_nothing_else_and_is_added_when_it_came_back(tmp_path: Path) -> None:
    server = Losing()
    both = (Attachment(name="one.bin", data=b"1"), Attachment(name="two.bin", data=b"2"))
    custodian = Seat(server, "custodian")
    known = custodian.known(filed_at(server, wish_of(attachments=both)))
    rows = [row["sha256"] for row in server.cases[known.grant.case].header["files"] if row["role"] == "attachment"]
    server.lost = frozenset(rows[:1])

    found = fetch_filing(custodian.desk, known)
    assert found.lost == {1: "This attachment was lost here."}
    large = partial(fetch_large, custodian.desk, found)
    made = write_case(tmp_path / "case", found, large=large)
    assert made.lost == found.lost
    assert "attachment-2-two.bin" in {path.name for path in made.paths}
    assert {path.name for path in made.paths} == {path.name for path in (tmp_path / "case").iterdir()}

    server.lost = frozenset()
    again = fetch_filing(custodian.desk, found.known)
    made = write_case(tmp_path / "case", again, large=partial(fetch_large, custodian.desk, again))
    assert not made.lost
    assert (tmp_path / "case" / "attachment-1-one.bin").read_bytes() == b"1"


def test_what_a_server_refuses_for_another_reason_is_not_taken_for_lost() -> None:
    server = Losing()
    custodian = Seat(server, "custodian")
    known = custodian.known(filed_at(server, wish_of(attachments=(Attachment(name="one.bin", data=b"1"),))))
    server.file_of = lambda *_: (_ for _ in ()).throw(ServerRefused(500, "unknown", "No."))  # type: ignore[method-assign]
    with pytest.raises(ServerRefused):
        fetch_filing(custodian.desk, known)
