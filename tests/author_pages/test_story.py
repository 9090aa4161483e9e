# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole way, with the real worker: filed in the browser, verified by the command line, answered at a desk, read in a clean browser.

What goes over the wire is looked at too: no request carries a word of the text, a return word or a key.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from acting import Author, complaints, saved, until, whole
from auditing import faultless
from browsing import browser
from stub_worker import Played
from wiretap import Wire, tapped

from serving import Channel, demur, practice_channel

pytestmark = [pytest.mark.story, pytest.mark.browser]

TEXT = """The northern crossing should stay open this winter

The department has decided to close the northern crossing from December to March.

The decision rests on a traffic count taken in the week of the strike, when few lorries ran at all.

The southern road is shut by snow on eleven days of an average winter."""
# What look() of a worker gives: the names in it, and the kind of each.
SHAPE = """new Promise((done, fail) => {
  const kinds = (value) => Array.isArray(value) ? value.slice(0, 1).map(kinds)
    : value && typeof value === "object" ? Object.keys(value).sort().map((name) => [name, kinds(value[name])]) : typeof value;
  const policy = trustedTypes.createPolicy("demur-worker", { createScriptURL: (address) => address });
  const worker = new Worker(policy.createScriptURL("/static/demur/js/author-worker.js"));
  worker.onmessage = ({ data }) => {
    if (data.refused) fail(data.refused.code);
    if (data.ready) worker.postMessage({ id: 1, method: "look", params: {} });
    if (data.result) done(kinds(data.result));
  };
})"""
TELLING = ["northern", "strike", "lorries", "eleven", "Zanzibar"]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel of its own, in which one case runs its life."""
    with practice_channel(tmp_path_factory.mktemp("quick")) as channel:
        yield channel


def file_it(author: Author, url: str, folder: Path) -> list[str]:
    """File TEXT with two claims and a table; the twelve words."""
    table = folder / "count.csv"
    table.write_text("week,lorries\n48,12\nZanzibar,3\n")
    author.begin(f"{url}/en/file/")
    author.write_own(TEXT, claims=(3, 4))
    author.choose_file("#files", table)
    author.wait("document.querySelector('#file-rows li')")
    author.next("facts")
    author.choose("agency", "State")
    author.next("readers")
    author.next("check")
    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')", seconds=60)
    words = author.value("[...document.querySelectorAll('#after .words li')].map((row) => row.innerText.trim())")
    author.page.saved_to(folder)
    author.words_back(words)
    for name in ("receipt", "sealed", "key"):
        author.click(f"[data-act={name}]")
        until(lambda name=name: any(whole(path) for path in folder.glob(f"*.{name}")))  # type: ignore[misc]
    return list(words)


def nothing_leaked(wire: Wire, words: list[str]) -> None:
    """No byte that went to the server, by page or worker, is of the text, the words or a key."""
    sent = bytes(wire.sent)
    assert b"/api/v1/" in sent  # it was overheard
    assert [part for part in TELLING if part.encode() in sent] == []
    # Two words in a row: one alone may be part of a browser's own headers.
    pairs = [rf"{one}\W+{two}".encode() for one, two in pairwise(words)]
    assert [pair for pair in pairs if re.search(pair, sent, re.IGNORECASE)] == []
    assert b"AGE-SECRET-KEY" not in sent.upper()
    assert b"\r\ncookie:" not in sent.lower()


def test_a_case_from_the_browser_to_the_desk_and_back(quick: Channel, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "saved"
    folder.mkdir()
    with tapped(quick) as wire, browser(tmp_path / "first") as page:
        page.look(width=1000)
        author = Author(page)
        words = file_it(author, wire.url, folder)
        assert len(words) == 12
        assert complaints(page) == []
        assert b"POST /api/v1/cases" in wire.sent
        nothing_leaked(wire, words)
        assert page.kept() == {}

    receipt, key = next(folder.glob("*.receipt")), next(folder.glob("*.key"))
    mirror = ["--mirror", quick.directory / "record", "--json"]
    until(lambda: demur("receipt", "complete", receipt, *mirror, home=home).code == 0, seconds=60)
    verified = demur("verify", receipt, "--channel", quick.file, "--key", key, "--json", home=home)
    assert verified.code == 0, verified.err + verified.out
    case = json.loads(key.read_text())["case"]
    answer_it(quick, home, case, tmp_path)

    with tapped(quick) as wire, browser(tmp_path / "second") as page:
        page.look(width=1000)
        author = Author(page)
        author.begin(f"{wire.url}/en/case/")
        author.type("#words", " ".join(words))
        author.click("#open")
        author.wait("document.querySelector('article')", seconds=60)
        text = author.text()
        assert "The northern crossing should stay open this winter" in text
        assert "The count will be repeated in January." in author.value("document.querySelector('.pairs').innerText")
        assert "Referred to the budget office" in text
        author.choose_file("#receipt-file", receipt)
        author.wait("document.querySelector('#compared, #trouble')", seconds=60)
        assert "nothing that is shown here contradicts it" in author.text()
        author.type("#message", "Zanzibar: thank you for the count.")
        author.click("[data-act=send]")
        author.wait(
            "[...document.querySelectorAll('.timeline .mine')].some((row) => row.innerText.includes('Zanzibar'))",
            seconds=60,
        )
        assert complaints(page) == []
        nothing_leaked(wire, words)

    status = demur(
        "status",
        "--words",
        "--server",
        quick.url,
        "--channel",
        quick.file,
        "--json",
        home=home,
        text=" ".join(words) + "\n",
    )
    assert status.code == 0, status.err
    assert "Zanzibar: thank you" in status.out


def answer_it(channel: Channel, home: Path, case: str, folder: Path) -> None:
    """The custodian acknowledges and replies, by the command line."""
    desk = ["desk", *channel.known, "--key", channel.key("custodian")]

    def act(*words: str | Path) -> str:
        done = demur(*desk, *words, home=home)
        assert done.code == 0, done.err
        return done.out

    act("fetch", case, "-o", folder / "fetched")
    act("acknowledge", case)
    sheet = folder / "reply.toml"
    sheet.write_text(
        'outcome = "in_part"\ntext = "The department thanks the author."\nsigned_by = "The Director"\n'
        '[[answer]]\nclaim = 1\nkind = "answered"\ntext = "The count will be repeated in January."\n'
        '[[answer]]\nclaim = 2\nkind = "referred"\nto = "the budget office"\ntext = "It will compare the sums."\n'
    )
    act("reply", case, sheet)


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_last_look_promises_the_dates_that_the_front_page_promises(
    quick: Channel, tmp_path: Path, language: str
) -> None:
    with browser(tmp_path / "profile") as page:
        page.look(width=1000)
        author = Author(page)
        page.visit(f"{quick.url}/{language}/")
        dates = author.value("[...document.querySelectorAll('td > time')].map((row) => row.innerText)")
        author.begin(f"{quick.url}/{language}/file/")
        author.write_own(TEXT, claims=(3,))
        author.next("facts")
        author.choose("agency", "State")
        author.next("readers")
        author.next("check")
        promised = author.value("document.getElementById('check-clocks').innerText")

    assert len(dates) >= 2  # the acknowledgement and the reply
    assert [date for date in dates if date not in promised] == []
    assert "19" not in promised  # no year of the last century


def test_the_worker_that_plays_answers_in_the_shape_of_the_real_one(
    quick: Channel, author: Author, played: Callable[..., Played]
) -> None:
    address = f"{quick.url}/en/file/"
    author.page.visit(address)
    real = author.value(SHAPE)
    author.page.visit("about:blank")
    playing = played()
    playing.page.visit(address)

    assert playing.value(SHAPE) == real


def test_a_server_that_goes_away_while_one_files_costs_a_moment_and_no_word(tmp_path: Path) -> None:
    with practice_channel(tmp_path) as channel, browser(tmp_path / "profile") as page:
        page.look(width=1000)
        author = Author(page)
        author.begin(f"{channel.url}/en/file/")
        author.write_own(TEXT, claims=(3,))
        author.next("facts")
        author.choose("agency", "State")
        author.next("readers")
        author.next("check")
        channel.stop()
        author.click("#next")
        author.wait("document.querySelector('#errors:not([hidden])')", seconds=60)

        assert author.faults() == [
            "The server does not answer. What you typed is still here; look at your network and try again."
        ]
        assert author.value("document.getElementById('own-text').value") == TEXT
        channel.start()
        author.click("#next")
        author.wait("document.querySelector('[data-act=written]')", seconds=60)


def test_a_case_from_the_command_line_is_read_in_the_browser(quick: Channel, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dissent.txt").write_text(TEXT)
    done = demur("file", *quick.known, "--claims", "3,4", "--yes", "--json", "-o", "mine", "dissent.txt", home=home)
    assert done.code == 0, done.err
    words = done.json["words"]
    with browser(tmp_path / "profile") as page:
        page.look(width=1000)
        author = Author(page)
        author.begin(f"{quick.url}/en/case/")
        author.type("#words", words if isinstance(words, str) else " ".join(words))
        author.click("#open")
        author.wait("document.querySelector('article')", seconds=60)
        assert "The southern road is shut by snow" in author.text()
        faultless(author)

        page.visit(f"{quick.url}/en/case/")
        author.begin(f"{quick.url}/en/case/")
        author.click("details summary")
        author.choose_file("#key-file", home / "mine.key")
        author.wait("document.querySelector('article')", seconds=60)
        assert "Filed; the acknowledgement is owed." in author.text()


def test_words_that_are_none_and_words_of_nobody_are_told_apart(quick: Channel, tmp_path: Path) -> None:
    with browser(tmp_path / "profile") as page:
        page.look(width=1000)
        author = Author(page)
        author.begin(f"{quick.url}/en/case/")
        for words, told in (
            ("zebra " * 12, "These are not the twelve words"),
            ("abandon " * 11 + "about", "This channel has no case for these words."),
        ):
            author.type("#words", words)
            author.click("#open")
            author.wait(f"document.getElementById('errors').innerText.includes({json.dumps(told)})", seconds=60)
            assert author.value("document.getElementById('words').value").strip() == words.strip()


def asked(author: Author, _folder: Path) -> None:
    author.click("#way-asked")
    author.next("subject")
    author.type("#subject", "The northern crossing")
    author.next("dissent")
    author.type("#dissent", "It should stay open.")
    author.next("recommendation")
    author.type("#recommendation", "Count the lorries again.")
    author.next("more")
    author.type("#standing", "ten years on this file")
    author.value("document.getElementById('decision_date').value = '2027-03-31'")
    author.next("claims")
    author.type("#claim-1", "The count is wrong.")
    author.next("language")
    author.value("document.getElementById('language').value = 'en'")
    author.next("files")


def as_a_document(author: Author, folder: Path) -> None:
    (folder / "memo.docx").write_bytes(b"PK\x03\x04" + b"x" * 300)
    author.click("#way-document")
    author.next("document")
    author.choose_file("#document", folder / "memo.docx")
    author.click("#document-confirm")
    author.type("#document-subject", "The northern crossing")
    author.next("files")


@pytest.mark.parametrize(("write", "claims"), [(asked, 1), (as_a_document, 0)], ids=["asked", "document"])
def test_each_other_way_of_writing_is_filed_and_read_at_the_desk(
    quick: Channel, tmp_path: Path, write: Callable[[Author, Path], None], claims: int
) -> None:
    with browser(tmp_path / "profile") as page:
        page.look(width=1000)
        author = Author(page)
        page.saved_to(tmp_path / "saved")
        author.begin(f"{quick.url}/en/file/")
        write(author, tmp_path)
        author.next("facts")
        author.choose("agency", "State")
        author.next("readers")
        author.next("check")
        author.click("#next")
        author.wait("document.querySelector('[data-act=written], #errors:not([hidden]), #after .note')", seconds=60)
        assert author.faults() == []
        author.words_back(
            author.value("[...document.querySelectorAll('#after .words li')].map((row) => row.innerText.trim())")
        )
        author.click("[data-act=key]")
        case = json.loads(saved(page, "*.key").read_text())["case"]
        assert complaints(page) == []

    desk = ["desk", *quick.known, "--key", quick.key("custodian")]
    done = demur(*desk, "fetch", case, "-o", tmp_path / "fetched", "--json", home=tmp_path / "home")
    assert done.code == 0, done.err
    found = json.loads(next((tmp_path / "fetched").rglob("dissent.json")).read_text())
    assert found["subject"] == "The northern crossing"
    assert len(found["claims"]) == 1  # a document is one claim: itself
    if claims:
        assert found["prompts"]["decision_date"] == "2027-03-31"
        assert found["prompts"]["recommendation"] == "Count the lorries again."
