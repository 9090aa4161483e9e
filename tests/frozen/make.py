# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes the frozen files of a landing with that landing's own code. Run once for each landing, never again for the same one.

The files of 26 November (commit c3f2b4d) were made so, in an environment with the dependencies of that landing:

    git archive c3f2b4d | tar -x -C OLD        # OLD is an empty folder
    (cd OLD/assets && npm ci)                  # for the case that a browser files
    PYTHONPATH=OLD/src python tests/frozen/make.py OLD tests/frozen/2026-11-26

Nothing here uses a function of the checkout that it lies in: `demur`, `serving` and the tools of the tests come from OLD. What it writes is
described in `tests/frozen/README.md`.
"""

import base64
import hashlib
import importlib
import json
import lzma
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OLD, OUT = (Path(word).resolve() for word in sys.argv[1:3])
sys.path[:0] = [str(OLD / "tests" / name) for name in ("", "client", "browser_core")]

import serving  # noqa: E402 -- the old landing's tools are on the path only now

TEXT = (
    "The ferry at Telaga\n\nThe plan ends the last ferry at six from the first of March.\n\n"
    "The pupils of the far bank come home at half past six, and the road around the lake takes two hours.\n\n"
    "The count that the plan rests on was taken in the week of the harvest, when nobody crosses.\n"
)
ANSWERS = (
    ("answered", "The last ferry stays at half past seven until the summer.", ""),
    ("answered", "The school was asked, and agrees.", ""),
    ("referred", "The transport office counts again in April.", "transport office"),
)
DECLINED = tuple(("declined", f"We keep to the plan in point {n}.", "") for n in (1, 2, 3))
# Each case by name: further words of `demur file`, then what happens to it: (seat, words of `demur desk`), or the author's words. Together
# they hold every state and every type of event that the landing knew.
CASES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "acknowledged": (
        ("--recuse", "independent"),
        (
            ("custodian", "grant", "CASE", "--to", "independent", "--reason", "The author was asked and agrees."),
            ("custodian", "acknowledge", "CASE"),
            (
                "head",
                "extend",
                "CASE",
                "--clock",
                "reply",
                "--until",
                "LATER",
                "--reason",
                "The new count ends in April.",
            ),
        ),
    ),
    "unconfirmed": ((), (("custodian", "acknowledge", "CASE"), ("custodian", "LIES", "waiting"))),
    "countersigned": (
        (),
        (
            ("custodian", "acknowledge", "CASE"),
            ("custodian", "reply", "CASE", "declined.toml"),
            ("head", "countersign", "CASE", "--yes"),
        ),
    ),
    "empty-reply": ((), (("custodian", "acknowledge", "CASE"), ("custodian", "LIES", "nothing"))),
    "unreadable": (
        (),
        (("custodian", "acknowledge", "CASE"), ("custodian", "LIES", "bytes"), ("head", "fetch", "CASE")),
    ),
    "closed": (
        ("--attach", "crossings.csv"),
        (
            ("custodian", "fetch", "CASE"),
            ("custodian", "acknowledge", "CASE"),
            ("custodian", "message", "CASE", "Which week was it?"),
            ("custodian", "reply", "CASE", "reply.toml"),
            ("custodian", "close", "CASE"),
        ),
    ),
    "withdrawn": ((), (("", "withdraw", "KEY", "--yes"),)),
}
SHOWN = {
    "existence": ("existence",),
    "time-and-charter": ("time-and-charter",),
    "text-and-authorship": ("text", "authorship"),
    "answers": ("answers",),
}
RECORDED = ("acknowledged", "closed", "unreadable")
SEATS = ("custodian", "head", "independent")


def main() -> None:
    """Make everything below OUT."""
    OUT.mkdir(parents=True)
    expected: dict[str, Any] = {"commit": "c3f2b4d", "made": int(time.time())}
    with (
        tempfile.TemporaryDirectory() as name,
        serving.practice_channel(Path(name), charter=str(charter(Path(name)))) as channel,
    ):
        place = Path(name)
        expected["cases"] = cases(channel, place)
        expected["browser"] = by_browser(channel)
        expected["exhibits"] = exhibits(channel, place)
        expected["desk"] = seats(channel, place)
        statements(channel)
        expected["threads"] = threads(channel, place)
        channel.stop()
        expected["rows"] = installation(channel, place)
        expected["files"] = verified(channel, place)
    expected["evidence"] = evidence()
    expected["asked_as_of"] = int(time.time())
    written = json.dumps(expected, indent=1, sort_keys=True, ensure_ascii=False)
    keep(OUT / "expected.json", (written + "\n").encode())


# cases


def charter(place: Path) -> Path:
    """The built-in charter with two seats fewer, so that what is filed is small."""
    from demur.charter.builtin import builtin_text

    text = builtin_text("demur-default")
    for seat in ("deputy", "executive"):
        before, _, after = text.partition(f'[[seat]]\nid = "{seat}"')
        text = before + "[" + after.partition("\n[")[2]
    fact = '[[fact]]\nid = "branch"\nquestion = "Which branch does it concern?"\nchoices = ["lake", "land"]\n\n'
    text = text.replace("[clocks.ack]", f"{fact}[clocks.ack]")
    (place / "harbour.toml").write_text(text.replace('id = "demur-default"', 'id = "harbour"'), encoding="utf-8")
    return place / "harbour.toml"


def keep(path: Path, data: bytes) -> None:
    """Write the file packed; `frozen_files.unpacked` gives it back."""
    path.with_name(path.name + ".xz").write_bytes(lzma.compress(data, preset=9))


def run(*words: str | Path, home: Path, text: str = "") -> Any:
    """What a command of the old landing answers as JSON."""
    done = serving.demur(*words, "--json", home=home, text=text)
    assert done.code == 0, (words, done.err)
    return done.json


def toml(rows: tuple[tuple[str, str, str], ...], outcome: str) -> str:
    """A reply as an office writes it."""
    answers = "".join(
        f'[[answer]]\nclaim = {n}\nkind = "{kind}"\ntext = "{text}"\n' + (f'to = "{to}"\n' if to else "")
        for n, (kind, text, to) in enumerate(rows, 1)
    )
    return f'outcome = "{outcome}"\nsigned_by = "Harbour office"\ntext = "Thank you for writing."\n{answers}'


def cases(channel: serving.Channel, place: Path) -> dict[str, Any]:
    """File every case, play it, and keep the author's files; what `demur status` says of each at the end."""
    author, desk, kept = place / "author", place / "desk", OUT / "cases"
    author.mkdir()
    desk.mkdir()
    kept.mkdir()
    (author / "ferry.txt").write_text(TEXT)
    (author / "crossings.csv").write_text("week,crossings\n41,12\n42,390\n")
    (desk / "reply.toml").write_text(toml(ANSWERS, "in_part"))
    (desk / "declined.toml").write_text(toml(DECLINED, "rejected"))
    found = {}
    for name, (more, acts) in CASES.items():
        words = (
            "file",
            *channel.known,
            "--claims",
            "2,3,4",
            "--fact",
            "branch=lake",
            "--as-is",
            "--yes",
            "-o",
            name,
            *more,
            "ferry.txt",
        )
        filed = run(*words, home=author)
        if name == "closed":
            keep(kept / "closed.promised.receipt", (author / f"{name}.receipt").read_bytes())
        for act in acts:
            play(channel, author, desk, name, act)
        run("status", f"{name}.key", home=author)  # may report a mismatch
        run("status", f"{name}.key", home=author)
        found[name] = filed
        for ending in ("key", "receipt"):
            keep(kept / f"{name}.{ending}", (author / f"{name}.{ending}").read_bytes())
    for name in ("ferry.txt", "crossings.csv"):
        shutil.copy(author / name, kept)
    return found


def play(channel: serving.Channel, author: Path, desk: Path, name: str, act: tuple[str, ...]) -> None:
    """One step of a case: by the author, by a seat's command, or by a seat that lies."""
    seat, verb, *words = act
    case = json.loads((author / f"{name}.key").read_text())["case"]
    if verb == "LIES":
        lying_reply(channel, case, words[0])
        return
    if not seat:
        run(verb, f"{name}.key", *words[1:], home=author)
        return
    given = [case if word == "CASE" else later(author, name) if word == "LATER" else word for word in words]
    run("desk", *channel.known, "--key", channel.key(seat), verb, *given, home=desk)


def later(author: Path, name: str) -> str:
    """A day that is two weeks after the reply is due."""
    clocks = {row["name"]: row for row in run("status", f"{name}.key", home=author)["clocks"]}
    return time.strftime("%Y-%m-%d", time.gmtime(clocks["reply"]["due"] + 14 * 86_400))


def lying_reply(channel: serving.Channel, case: str, how: str) -> None:
    """The custodian's own client, changed: a reply whose sealed document is another than its event says, or is none."""
    from demur import canonical
    from demur.client.desk import confirm_grant
    from demur.client.directory import read_directory
    from demur.client.fetching import fetch_filing
    from demur.client.http import Server
    from demur.client.inbox import Index, refresh
    from demur.client.known import channel_file
    from demur.client.lookups import Record
    from demur.client.seatacts import Desk, Prepared
    from demur.client.seatline import SeatLine
    from demur.dissent.manifests import base_manifest
    from demur.dissent.states import Verb
    from demur.seal import container, keyfile
    from demur.seal.age import files as age
    from demur.seal.padme import FLOOR

    known_channel, server = channel_file(channel.file).channel, Server(channel.url)
    key = keyfile.read(channel.key("custodian").read_bytes(), passphrase=lambda: "")
    in_force = read_directory(server, known_channel, now=int(time.time()))
    line = SeatLine(
        server=server,
        channel=in_force.channel,
        seat="custodian",
        key=key,
        random=os.urandom,
        clock=lambda: int(time.time()),
    )
    record = Record(server=server, channel=in_force.channel)
    index = refresh(
        line, Index(origin=known_channel.origin, seat="custodian"), confirm=lambda g: confirm_grant(line, g, record)
    )
    desk = Desk(line=line, record=record, accept_clock=True)
    fetched = fetch_filing(desk, index.index.find(case))
    answers = [{"claim": n, "kind": "answered", "text": "No.", "to": ""} for n in (1, 2, 3)]
    document = {
        "v": 1, "type": "reply", "outcome": "rejected", "text": "No.", "signed_by": "", "appeal": "", "commitments": [],
        "answers": [] if how == "nothing" else answers,
    }  # fmt: skip
    said = {"nothing": (0, 0, 0), "waiting": (0, 0, 3), "bytes": (3, 0, 0)}[how]
    told = {"outcome": "rejected", **dict(zip(("answered", "referred", "declined"), said, strict=True))}

    def prepare(ground: Any) -> Prepared:
        case_key = fetched.known.grant.identity.recipient
        manifest = base_manifest(
            Verb.REPLY,
            case=case,
            case_key=case_key.text,
            seat="custodian",
            recipients={},
            names=["reply.json"],
            **ground.place,
        )
        packed = container.pack(manifest, [canonical.dump(document)], key.signing, floor=FLOOR)
        body = age.encrypt(packed, [case_key, fetched.filing.author], random=os.urandom)
        return Prepared(
            fields=told, body=b"age-encryption.org/v1\n" + os.urandom(600) if how in ("bytes", "waiting") else body
        )

    desk.act(fetched.known, Verb.REPLY, prepare)


def by_browser(channel: serving.Channel) -> dict[str, Any]:
    """A case that the browser's own code files, follows and writes to: its three files, and what it shows of the thread."""
    core = importlib.import_module("core")
    kept = OUT / "cases"
    with core.author_at(channel.url) as worker:
        filed = worker.file(TEXT, facts={"branch": "lake"}, recused=["independent"])
        worker.call("enter", words=" ".join(filed["words"]))
        view = worker.call("message", text="Please name the week of the next count.")
    for ending, data in (("key", filed["key"].encode()), ("receipt", view["receipt"].encode())):
        keep(kept / f"browser.{ending}", data)
    return {"case": filed["case"], "state": view["state"], "types": [row["type"] for row in view["thread"]]}


# what is shown to others


def exhibits(channel: serving.Channel, place: Path) -> dict[str, Any]:
    """An exhibit of each kind of the countersigned case."""
    (OUT / "exhibits").mkdir()
    for name, shown in SHOWN.items():
        words = [word for part in shown for word in ("--show", part)]
        to = ["--to", "The school council of Telaga"] if "authorship" in shown else []
        fetch = [] if "existence" in shown or "text" in shown else ["--fetch", *channel.known]
        out = place / f"{name}.exhibit"
        run("disclose", "countersigned.key", *words, *to, *fetch, "-o", out, home=place / "author")
        keep(OUT / "exhibits" / out.name, out.read_bytes())
    return {name: list(shown) for name, shown in SHOWN.items()}


def seats(channel: serving.Channel, place: Path) -> dict[str, Any]:
    """What each seat's list says, and what the custodian fetches of two cases."""
    found: dict[str, Any] = {}
    for seat in SEATS:
        at = ("desk", *channel.known, "--key", channel.key(seat))
        found[seat] = run(*at, "list", home=place / f"home-{seat}")
    at = ("desk", *channel.known, "--key", channel.key("custodian"))
    for name in ("closed", "acknowledged"):
        case = json.loads((place / "author" / f"{name}.key").read_text())["case"]
        found[f"custodian fetches {name}"] = run(*at, "fetch", case, home=place / "home-custodian")
    return found


def statements(channel: serving.Channel) -> None:
    """The charter's and the seats' statements as they stand in the record, and the channel file."""
    from demur.client.http import Server

    answer = Server(channel.url).get_json("/api/v1/directory")
    for name in ("charter", "roster"):
        data = json.dumps(answer[name]["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        keep(OUT / f"{name}.json", (data + "\n").encode())
    shutil.copy(channel.file, OUT)


def threads(channel: serving.Channel, place: Path) -> dict[str, Any]:
    """Every answer but sealed bodies that the old client asked for to follow those cases of RECORDED, as `answers.json`;
    and what it made of every case.
    """
    from demur.cli.status_view import status_document
    from demur.client.casefiles import CaseFiles
    from demur.client.following import follow
    from demur.client.http import Server
    from demur.client.known import channel_file

    answers: dict[str, str] = {}

    class Recorder(Server):
        def get(self, path: str, headers: Any = None) -> bytes:
            data = super().get(path, headers or {})
            if not recording:
                return data
            if path.startswith("/tile/"):
                answers[path] = "base64:" + base64.b64encode(data).decode()
            elif "/files/" not in path:  # those lie in the installation, by their SHA-256
                answers[path] = data.decode()
            return data

    found, now, recording = {}, int(time.time()), False
    for packed in sorted((OUT / "cases").glob("*.key.xz")):
        path = place / "unpacked" / packed.stem
        path.parent.mkdir(exist_ok=True)
        for ending in (".key", ".receipt"):
            data = lzma.decompress(packed.with_name(path.stem + ending + ".xz").read_bytes())
            path.with_suffix(ending).write_bytes(data)
        files, recording = CaseFiles.named(path), path.stem in RECORDED
        thread = follow(
            Recorder(channel.url), files.read_key(), files.read_receipt(), channel_file(channel.file).channel, now=now
        )
        found[path.stem] = {"now": now, **status_document(thread, now=now)}
    recording = True
    Recorder(channel.url).get("/api/v1/directory")
    keep(OUT / "answers.json", (json.dumps(answers, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
    return found


# the installation


def newest_tiles(directory: Path, to: Path) -> int:
    """Copy the tiles that the newest checkpoint needs; gives its size, which is less than a whole tile's."""
    size = int((directory / "record" / "checkpoint").read_text().splitlines()[1])
    for level in ("0", "entries"):
        tile = Path("record") / "tile" / level / "000.p" / str(size)
        (to / tile).parent.mkdir(parents=True)
        shutil.copy(directory / tile, to / tile)
    return size


def installation(channel: serving.Channel, place: Path) -> dict[str, int]:
    """The stopped installation, packed: its rows as SQL with the sealed files beside it, the newest tiles, everything else as it lies; and
    the author's sealed copy of a filing. Gives how many rows each table holds.
    """
    left_out = shutil.ignore_patterns("demur.sqlite3*", "*.lock", ".lock", "tile", "*.index")
    installed = place / "packed" / "installation"
    shutil.copytree(channel.directory, installed, ignore=left_out)
    (installed / "sealed").mkdir()
    with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
        size = newest_tiles(channel.directory, installed)
        assert size
        text = "\n".join(rows.iterdump())
        for (data,) in rows.execute("select data from dissent_sealedfile"):
            (installed / "sealed" / f"{hashlib.sha256(data).hexdigest()}.age").write_bytes(data)
            text = text.replace(f"X'{data.hex().upper()}'", f"readfile('{hashlib.sha256(data).hexdigest()}')")
        names = [name for (name,) in rows.execute("select name from sqlite_master where type = 'table' order by name")]
        counts = {name: rows.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}
    (installed / "demur.sql").write_text(text, encoding="utf-8")
    shutil.copy(place / "author" / "closed.sealed", installed.parent)
    with tarfile.open(OUT / "installation.tar.xz", "w:xz", preset=9) as packed:
        packed.add(installed.parent, arcname=".")
    return {name: count for name, count in counts.items() if not name.startswith(("sqlite_", "django_session"))}


# what `demur verify` says


def verified(channel: serving.Channel, place: Path) -> dict[str, Any]:
    """What the old `demur verify` says of each receipt and exhibit."""
    found, read = {}, place / "reader"
    read.mkdir()
    for packed in sorted([*OUT.glob("cases/*.receipt.xz"), *OUT.glob("exhibits/*.exhibit.xz")]):
        path = read / packed.stem
        path.write_bytes(lzma.decompress(packed.read_bytes()))
        done = serving.demur("verify", path.name, "--channel", channel.file, "--json", home=place / "reader", cwd=read)
        assert done.code == 0, (path, done.err)
        found[str(packed.relative_to(OUT).with_suffix(""))] = done.json["files"][0]
    return found


def evidence() -> dict[str, Any]:
    """One piece of evidence of each kind, with the sentence by which the old reader is convinced."""
    from demur.client.evidence import channel_of, verify_evidence

    made, place = importlib.import_module("test_browser_evidence"), OUT / "evidence"
    place.mkdir()
    found = {}
    for name, tell in made.LIES.items():
        path = place / (name.replace(", ", "-").replace(" ", "-") + ".evidence")
        data = tell().encode()
        keep(path, data)
        convinced = verify_evidence(data, channel_of(data))
        found[path.name] = {"kind": convinced.kind, "sentence": convinced.sentence}
    return found


@contextmanager
def telling_how_large() -> Iterator[None]:
    """Say at the end how many bytes were written."""
    yield
    sizes = {path: path.stat().st_size for path in OUT.rglob("*") if path.is_file()}
    print(f"{len(sizes)} files, {sum(sizes.values())} bytes", file=sys.stderr)


if __name__ == "__main__":
    with telling_how_large():
        main()
