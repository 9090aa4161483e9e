# SPDX-License-Identifier: AGPL-3.0-or-later
"""Today's readers take what the landing of 26 November made, with the verdict of its own code: what was signed then reads the same now."""

import base64
import json
import sqlite3
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from frozen_files import CASES, author_files, expected, held, installation, names, unpacked

from demur.charter.channel import Channel, ChannelFile
from demur.charter.freeze import Frozen
from demur.charter.officers import check_statement
from demur.charter.roster import Roster
from demur.cli.exhibit_view import exhibit_document
from demur.cli.status_view import status_document
from demur.client.casefiles import CaseFiles
from demur.client.errors import BadEvidence, ServerRefused
from demur.client.evidence import channel_of, verify_evidence
from demur.client.exhibited import Shown
from demur.client.following import follow
from demur.client.http import Server
from demur.client.verifying import verify_file, verify_with_key
from demur.dissent.bundle import unpack_bundle
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash
from demur.seal import keyfile
from serving import HANGS

pytestmark = pytest.mark.vectors
SCRIPT = Path(__file__).parent / "reading.mjs"
VERIFIED = (".receipt", ".exhibit")
REWORDED = ("file", "proves", "does_not_prove")  # where it lay; and sentences, which may be said otherwise
SEATS = ("custodian", "head", "independent", "oversight")
RECORDED = ("acknowledged", "closed", "unreadable")


@pytest.fixture(scope="module")
def channel() -> Channel:
    return ChannelFile.parse(unpacked("channel.toml").decode()).channel


def statement(name: str) -> dict[str, Any]:
    return dict(json.loads(unpacked(f"{name}.json")))


@pytest.mark.parametrize("name", [row for row in (*names("cases"), *names("exhibits")) if row.endswith(VERIFIED)])
def test_each_receipt_and_exhibit_says_what_it_said(name: str, channel: Channel) -> None:
    said = {key: value for key, value in expected()["files"][name].items() if key not in REWORDED}
    found = verify_file(unpacked(name), channel.__eq__, must_be_known=True, now=expected()["asked_as_of"])
    document = exhibit_document(found) if isinstance(found, Shown) else found.document  # type: ignore[union-attr]
    assert held(json.loads(json.dumps(document)), said) == []


# Times a minute or less apart convict nobody since issue 11: an honest log may sign them in either order. These two were made with such
# times, and are the only files of the landing that are judged otherwise than they were.
WITHIN_A_MINUTE = {"evidence/shorter-thread.evidence", "evidence/broken-promise.evidence"}


@pytest.mark.parametrize("name", sorted(WITHIN_A_MINUTE))
def test_evidence_that_rests_on_less_than_a_minute_convicts_nobody(name: str) -> None:
    with pytest.raises(BadEvidence, match="more than a minute"):
        verify_evidence(unpacked(name), channel_of(unpacked(name)))


@pytest.mark.parametrize("name", sorted(set(names("evidence")) - WITHIN_A_MINUTE))
def test_each_piece_of_evidence_convinces_by_the_same_sentence(name: str) -> None:
    found = verify_evidence(unpacked(name), channel_of(unpacked(name)))
    said = expected()["evidence"][Path(name).name]
    assert (found.kind, found.sentence) == (said["kind"], said["sentence"])


def test_the_charter_and_the_seats_keep_their_hashes_and_are_read(channel: Channel) -> None:
    charter, roster = statement("charter"), statement("roster")
    (event,) = [row["event"] for row in expected()["threads"]["withdrawn"]["events"] if row["n"] == 1]
    assert leaf_hash(readable_entry(charter)).hex() == event["charter"]
    assert leaf_hash(readable_entry(roster)).hex() == event["roster"]
    check_statement(charter, channel)
    check_statement(roster, channel)
    frozen, holders = Frozen.from_entry(charter), Roster.from_statement(roster).holders
    assert (frozen.charter.id, frozen.charter.custodian, frozen.charter.oversight) == (
        "harbour",
        "custodian",
        "oversight",
    )
    assert [seat.id for seat in frozen.charter.seats] == ["custodian", "head", "independent", "oversight"]
    assert set(holders) == set(SEATS)


def test_key_files_open(tmp_path: Path) -> None:
    files = author_files(tmp_path)
    told = expected()["cases"]
    for name in CASES:
        key = CaseFiles.named(files / f"{name}.key").read_key()
        if name in told:
            assert (key.case, key.words) == (told[name]["case"], told[name]["words"])
    for seat in (*SEATS, "officer"):
        data = (installation_keys(tmp_path) / f"{seat}.key").read_bytes()
        assert keyfile.read(data, passphrase=lambda: "")


def installation_keys(place: Path) -> Path:
    directory = place / "opened" / "installation" / "practice"
    return directory if directory.exists() else installation(place / "opened").directory / "practice"


def test_the_sealed_copy_of_a_filing_is_the_filed_text_byte_for_byte(tmp_path: Path, channel: Channel) -> None:
    files, sealed = CaseFiles.named(author_files(tmp_path / "mine") / "closed.key"), installation(tmp_path).sealed
    files.sealed.write_bytes(sealed.read_bytes())
    header, parts = unpack_bundle(sealed.read_bytes())
    assert (header["type"], [role for role, _ in parts][:2]) == ("filing", ["body", "attachment"])
    data = files.receipt.read_bytes()
    findings = verify_file(data, channel.__eq__, must_be_known=True, now=expected()["asked_as_of"])
    given = {"ferry.txt": unpacked("cases/ferry.txt"), "crossings.csv": unpacked("cases/crossings.csv")}
    found = verify_with_key(findings, files.read_key(), sealed=files.read_sealed(), exhibits=given)  # type: ignore[arg-type]
    assert found.exhibits == {"ferry.txt": "text", "crossings.csv": "attachment 1"}


class Replayed(Server):
    """The landing's server as it answered once: an address that it was not asked for then is not known."""

    def __init__(self, answers: Mapping[str, str], sealed: Mapping[str, bytes]) -> None:
        super().__init__("http://127.0.0.1:1")
        self.answers, self.sealed = answers, sealed

    def get(self, path: str, headers: Any = None) -> bytes:
        if "/files/" in path:
            return self.sealed[path.rpartition("/")[2]]
        # It took no notice of how many items a page may have, and knew no address that came later.
        text = self.answers.get(path.removesuffix("?most=500"))
        if text is None:
            raise ServerRefused(404, "not-found", "There is nothing here for you.")
        return base64.b64decode(text.removeprefix("base64:")) if text.startswith("base64:") else text.encode()

    def post(self, path: str, body: bytes, **_how: Any) -> bytes:
        raise ServerRefused(404, "not-found", "There is nothing here for you.")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    directory = installation(tmp_path_factory.mktemp("rows")).directory
    rows = sqlite3.connect(directory / "demur.sqlite3").execute("select data from dissent_sealedfile").fetchall()
    return Replayed(json.loads(unpacked("answers.json")), {sha256(data).hexdigest(): data for (data,) in rows})


@pytest.mark.parametrize("name", RECORDED)
def test_a_thread_as_the_landings_server_showed_it_is_read_as_it_was(
    name: str, server: Replayed, channel: Channel, tmp_path: Path
) -> None:
    files, said = CaseFiles.named(author_files(tmp_path) / f"{name}.key"), expected()["threads"][name]
    thread = follow(server, files.read_key(), files.read_receipt(), channel, now=said["now"])
    found = json.loads(json.dumps({"now": said["now"], **status_document(thread, now=said["now"])}))
    assert held(found, said) == []


def test_the_browsers_readers_say_the_same(channel: Channel) -> None:
    asked = [
        {"kind": "receipt", "name": name, "text": unpacked(name).decode()}
        for name in names("cases")
        if name.endswith(".receipt")
    ]
    asked += [{"kind": name, "name": name, "text": unpacked(f"{name}.json").decode()} for name in ("charter", "roster")]
    asked += [
        {"kind": "key", "name": name, "text": unpacked(name).decode()}
        for name in names("cases")
        if name.endswith(".key")
    ]
    lines = "".join(json.dumps({"now": expected()["asked_as_of"], **row}) + "\n" for row in asked)
    done = subprocess.run(["node", str(SCRIPT)], input=lines, capture_output=True, text=True, timeout=HANGS)
    assert done.returncode == 0, done.stderr[-2000:]
    found = {row["name"]: row["found"] for row in map(json.loads, done.stdout.splitlines())}
    assert len(found) == len(asked)
    for name, said in expected()["files"].items():
        if name in found:
            same = {"state": said["state"], "indexes": said["indexes"], "due": said["due"], "origin": said["origin"]}
            assert found[name] == same, name
    charter, event = (
        Frozen.from_entry(statement("charter")).charter,
        expected()["threads"]["withdrawn"]["events"][0]["event"],
    )
    assert found["charter"] == {
        "id": charter.id,
        "leaf": event["charter"],
        "seats": [seat.id for seat in charter.seats],
        "custodian": charter.custodian,
        "clocks": sorted(charter.clocks),
    }
    assert found["roster"] == {"leaf": event["roster"], "seats": sorted(SEATS)}
    for name, told in expected()["cases"].items():
        assert found[f"cases/{name}.key"] == {"case": told["case"], "words": told["words"]}
