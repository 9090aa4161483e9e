# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the plain pages leave behind, and what they refuse: no text or code on any disk or in any log; once filed, once there."""

import html
import io
import os
import re
import secrets
import urllib.request
from pathlib import Path

import pytest
import sheets
from django.test import RequestFactory
from sheets import answered, code_in, coded, file_it, hidden, looked_at, post, sent_on, to

from demur.author.plain_form import MOST_LINES
from demur.client.following import rebuild
from demur.client.http import Server
from demur.client.known import channel_file
from demur.client.returncode import words_of
from serving import Channel, demur, real_channel

pytestmark = pytest.mark.adversary

SECRET = "PLAINTEXT-" + secrets.token_hex(8)
TEXT = f"A subject\r\n\r\nThe count was wrong, says {SECRET}.\r\n"


def sheet(served: Channel, text: str = TEXT) -> list[tuple[str, str]]:
    return sheets.sheet(served, text)


def cases(served: Channel, home: Path) -> int:
    desk = ["desk", *served.known, "--key", served.key("custodian")]
    return len(demur(*desk, "list", "--json", home=home).json["cases"])


def test_a_button_pressed_twice_files_once_and_answers_the_same(served: Channel, tmp_path: Path) -> None:
    attached = [("table.csv", b"a,b\r\n1,2\r\n")]
    before = cases(served, tmp_path)
    _, page, fields = coded(served, sheet(served), attached)
    sent = answered(fields, code_in(page))
    first, second = (post(served, "/en/file/plain/", sent) for _ in range(2))
    assert (first[0], second[0]) == (200, 200)
    assert entry_in(first[1]) == entry_in(second[1])
    assert cases(served, tmp_path) == before + 1


def entry_in(page: str) -> str:
    """The author's own entry, as the last page names it."""
    found = re.search(r"Your entry in the record</dt><dd>([0-9a-f]{64})<", page)
    assert found is not None, page[-3000:]
    return found[1]


def test_nothing_is_filed_before_two_groups_are_typed_back_rightly(served: Channel, tmp_path: Path) -> None:
    before = cases(served, tmp_path)
    _, page, fields = coded(served, sheet(served))
    code = code_in(page)
    assert len(code) == 42
    assert "Nothing is filed yet" in page
    wrong = answered(fields, code[:-1] + str((int(code[-1]) + 1) % 10))
    for sent, status, said in (
        (to(fields, "typed"), 200, "Type two groups back"),
        (fields, 400, "is not this"),  # with none typed
        (wrong, 400, "Group 14 is not this"),
        (answered(fields, code, (3,)), 400, "is not this"),  # with one
    ):
        found, page = post(served, "/en/file/plain/", sent)
        assert (found, said in page, code_in(page)) == (status, True, "")
        assert SECRET in page  # it is carried on
    assert cases(served, tmp_path) == before
    assert post(served, "/en/file/plain/", answered(fields, code))[0] == 200
    assert cases(served, tmp_path) == before + 1


def test_every_step_has_a_way_back_that_keeps_text_choices_and_files(served: Channel) -> None:
    chosen = [*sheet(served), ("recuse", "deputy")]
    status, page = post(served, "/en/file/plain/", chosen, [("table.csv", b"a,b\r\n"), ("more.txt", b"x")])
    assert (status, "table.csv" in page, "left out by you" in page) == (200, True, True)
    assert "Due by the end of" in page
    waiting = hidden(page, "files")
    _, back = post(served, "/en/file/plain/", to(chosen, "choose", files=waiting))
    assert [row in back for row in KEPT_ON_THE_SHEET] == [True, True]
    assert back.count('name="drop"') == 2
    drop = re.findall(r'name="drop" value="([0-9a-f]{32})"', back)
    _, text = post(served, "/en/file/plain/", to(chosen, "write", files=waiting))
    assert re.search(r'<textarea id="text"[^>]*>\s*A subject', text)
    assert 'name="claim" value="2"' in text
    _, again = post(served, "/en/file/plain/", [*to(chosen, "check", files=hidden(text, "files")), ("drop", drop[0])])
    assert ("table.csv" in again, "more.txt" in again) == (False, True)


def test_files_that_are_kept_no_more_are_asked_for_again(served: Channel) -> None:
    status, page = post(served, "/en/file/plain/", to(sheet(served), "code", files="ab" * 32))
    assert (status, "these are kept no more. Choose them again." in page) == (400, True)
    assert SECRET in page


def test_the_same_sheet_with_another_text_is_another_case_with_other_keys(served: Channel, tmp_path: Path) -> None:
    fields = sheet(served)
    other = [(name, value if name != "text" else value + "More.\r\n") for name, value in fields]
    _, page, first = coded(served, fields)
    kept = {name: value for name, value in first if name in {"nonce", "begun"}}
    codes = {code_in(page), code_in(post(served, "/en/file/plain/", to(other, "code", **kept))[1])}
    assert len(codes) == 2


def test_the_code_follows_from_nothing_that_a_thief_of_the_page_has(served: Channel, tmp_path: Path) -> None:
    from demur.author.plain_form import PlainForm

    def drawn(secret: bytes, nonce: str, text: str) -> bytes:
        form = PlainForm(
            text=text, subject="", claims=(), facts={}, recused=frozenset(), accepted=frozenset(), files=(), as_is=False,
            nonce=nonce, begun=1,
        )  # fmt: skip
        return form.random(secret)(16)

    known = drawn(b"s", "ab" * 32, "text")
    assert known == drawn(b"s", "ab" * 32, "text")
    assert (
        len({known, drawn(b"t", "ab" * 32, "text"), drawn(b"s", "cd" * 32, "text"), drawn(b"s", "ab" * 32, "texts")})
        == 4
    )


def test_nothing_that_was_typed_touches_a_disk_or_a_log(served: Channel, tmp_path: Path) -> None:
    fields = sheet(served)
    attached = [
        ("notes.txt", f"{SECRET} in a file\n".encode() * 50_000)
    ]  # larger than any buffer that would go to a disk
    status, page, code = file_it(served, fields, attached)
    assert (status, len(code)) == (200, 42), page
    post(served, "/en/case/plain/", [("code", code), ("act", "open")])
    post(
        served,
        "/en/case/plain/",
        [("code", code), ("act", "message"), ("shown", "2"), ("message", f"{SECRET} once more")],
    )
    assert served.process is not None
    places = [served.directory, served.output, Path(os.environ.get("TMPDIR", "/tmp"))]
    # Other programs' folders may go while this looks.
    files = [path for path in places if path.is_file()]
    files += [Path(folder, name) for place in places for folder, _, names in os.walk(place) for name in names]
    mine = tmp_path.parent  # what this test itself wrote would be found too
    found = [
        path
        for path in files
        if path.is_file()
        and not path.is_symlink()
        and mine not in path.parents
        and path.stat().st_size < 64 * 2**20
        and _holds(path, code)
    ]
    assert found == []


def _holds(path: Path, code: str) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return SECRET.encode() in data or code.encode() in data or SECRET.encode("utf-16-le") in data


def test_a_message_sent_twice_is_recorded_once_and_its_promise_can_be_saved(served: Channel) -> None:
    _, _, code = file_it(served, sheet(served))
    shown = re.search(
        r'name="shown" value="(\d+)"', post(served, "/en/case/plain/", [("code", code), ("act", "open")])[1]
    )
    assert shown is not None
    message = [("code", code), ("act", "message"), ("shown", shown[1]), ("message", "The count was wrong again.")]
    first, second = (post(served, "/en/case/plain/", message)[1] for _ in range(2))
    assert ("act-promise" in first, "Your message is recorded, as item 2" in first) == (True, True)
    assert ("act-promise" in second, "Your message is recorded" in second) == (False, False)
    assert "perhaps by a button pressed twice" in second
    assert second.count("The count was wrong again.") == 2  # in the thread, and in the field where it was typed


def test_a_reason_for_withdrawing_that_is_overtaken_stays_a_reason(served: Channel) -> None:
    _, _, code = file_it(served, sheet(served))
    first = hidden(post(served, "/en/case/plain/", [("code", code), ("act", "withdraw")])[1], "shown")
    post(served, "/en/case/plain/", [("code", code), ("act", "message"), ("shown", first), ("message", "One more.")])
    leaving = [("code", code), ("act", "withdraw-sure"), ("reason", "It was settled.")]
    overtaken = post(served, "/en/case/plain/", [*leaving, ("shown", first)])[1]
    assert "perhaps by a button pressed twice" in overtaken
    assert re.search(r'<textarea id="reason"[^>]*>\s*It was settled\.</textarea>', overtaken)
    assert re.search(r'<textarea id="message"[^>]*>\s*</textarea>', overtaken)
    done = post(served, "/en/case/plain/", [*leaving, ("shown", hidden(overtaken, "shown"))])[1]
    assert "The case is withdrawn, by item 3" in done
    assert "It was settled." in done


def test_an_office_accepted_and_one_left_out_are_two_sheets() -> None:
    from demur.author.plain_form import PlainForm

    def drawn(recused: set[str], accepted: set[str]) -> bytes:
        form = PlainForm(
            text="text", subject="", claims=(), facts={}, recused=frozenset(recused), accepted=frozenset(accepted), files=(),
            as_is=False, nonce="ab" * 32, begun=1,
        )  # fmt: skip
        return form.random(b"s")(16)

    assert drawn({"custodian"}, set()) != drawn(set(), {"custodian"})


KEPT = [
    "Screenshot 2026-11-03 at 9.41.07\u202fAM.txt",  # what a Mac writes between figure and letters
    "R&amp;D \u202e;txt.\u200b",
    "  two spaces.txt ",
    ".hidden",
    "jadwal-tambang-élève-جدول-表.txt",
    "a'b%20c=d.txt",
]


@pytest.mark.parametrize("name", KEPT)
def test_a_file_is_sealed_under_the_name_that_it_was_given(served: Channel, name: str) -> None:
    status, page, code = file_it(served, sheet(served), [(name, b"x")])
    assert status == 200, page
    assert names_filed(served, code) == [name]


CHANGED = {
    "C:\\Users\\amina\\count.txt": "count.txt",
    "../notes/count.txt": "count.txt",
    "say %22no%22.txt": 'say "no".txt',
    "two%0D%0Alines.txt": "two_lines.txt",
    "bell\a.txt": "bell_.txt",
    "..": "file",
    "/": "file",
    "x" * 300 + ".txt": "x" * 251 + ".txt",
    "é" * 200: "é" * 127,
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_name_that_cannot_be_sealed_is_changed_only_when_the_author_says_so(served: Channel, name: str) -> None:
    fields, attached = sheet(served), [(name, b"x")]
    status, page = post(served, "/en/file/plain/", fields, attached)
    assert (status, code_in(page)) == (400, "")
    assert f"is filed as “<bdi>{html.escape(CHANGED[name])}</bdi>”" in page
    assert TEXT.replace("\r\n", "\n") in page
    allowed = [*fields, ("rename", hidden(page, "rename"))]
    other = post(served, "/en/file/plain/", allowed, [("other/" + name, b"x")])
    assert (other[0], code_in(other[1])) == (400, "")  # what was allowed was this change, not any
    _, _, code = file_it(served, allowed, attached)
    assert names_filed(served, code) == [CHANGED[name]]


def names_filed(served: Channel, code: str) -> list[str]:
    """The names of the files of a case, as its author signed them."""
    key, _, _ = rebuild(Server(served.url), words_of(code), channel_file(served.file).channel)
    return [row["name"] for row in key.manifest["attachments"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write what you disagree with, and why."),
        (" \r\n\r\n", "Write what you disagree with, and why."),
        ("The count\0 was wrong.", "What you typed has a NUL character, which is no text."),
    ],
)
def test_each_cause_says_its_own_fact_and_the_text_is_kept(served: Channel, text: str, said: str) -> None:
    for step in (
        [("to", "choose"), ("text", text), ("subject", "")],
        [*(row for row in sheet(served) if row[0] not in {"text", "claim"}), ("text", text)],
    ):
        status, page = post(served, "/en/file/plain/", step)
        assert (status, said in page) == (400, True)
        assert text.replace("\r\n", "\n") in page


def test_a_mark_beyond_the_text_is_told_beside_the_paragraphs(served: Channel) -> None:
    status, page = post(served, "/en/file/plain/", [*sheet(served), ("claim", "9")])
    assert (status, "A paragraph was marked that the text does not have" in page) == (400, True)
    assert 'id="claim-2"' in page


def test_files_that_no_page_asked_for_are_kept_nowhere() -> None:
    request = RequestFactory().post("/en/case/plain/", {"act": "open", "large": io.BytesIO(bytes(8_000_000))})
    assert (request.POST["act"], dict(request.FILES)) == ("open", {})


@pytest.mark.parametrize(
    ("paragraphs", "taken"), [(MOST_LINES // 2, True), (MOST_LINES // 2 + 1, False), (150_000, False)]
)
def test_a_text_of_very_many_paragraphs_can_be_marked_at_its_start_and_beyond_the_bound_is_told_so(
    served: Channel, paragraphs: int, taken: bool
) -> None:
    status, page = post(
        served, "/en/file/plain/", [("to", "choose"), ("text", "x\r\n\r\n" * paragraphs), ("subject", "")]
    )
    marks = page.count('name="claim"')
    if taken:
        assert (status, marks) == (200, 500)
        assert "Only the first 500 paragraphs can be marked here; the whole text is filed." in page
    else:
        assert (status, marks) == (413, 0)
        assert f"The text has more lines than this page takes, {MOST_LINES}: add it as a file." in page
        assert page.count("x\n\n") + page.count("x\r\n\r\n") >= paragraphs - 1  # what was typed is still there


def test_a_form_with_too_many_fields_is_told_so_in_a_sentence(served: Channel) -> None:
    for path, said in (("/en/file/plain/", "leave something out"), ("/en/case/plain/", "shorten it")):
        status, page = post(served, path, [("claim", "1")] * 1_100)
        assert (status, said in page) == (413, True)


def test_the_search_would_find_it(served: Channel, tmp_path: Path) -> None:
    planted = served.directory / "files" / "planted"
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f"x{SECRET}x")
    try:
        assert _holds(planted, "0" * 39)
    finally:
        planted.unlink()


@pytest.mark.parametrize(
    "text", ["", "   \r\n", "\u202eturned \u200b round\r\n\r\n<script>alert(1)</script>\r\n\r\n&lt;b&gt; \u0000\r\n"]
)
def test_odd_texts_are_kept_as_they_are_or_refused(served: Channel, text: str) -> None:
    status, page = post(served, "/en/file/plain/", [("to", "choose"), ("text", text), ("subject", "")])
    if text.strip() and "\0" not in text:
        assert status == 200
    assert "<script>" not in page
    assert status in {200, 400}


def test_more_than_the_page_takes_is_refused_before_it_is_read(served: Channel) -> None:
    limit = 13_000_000
    status, page = post(served, "/en/file/plain/", sheet(served), [("large.bin", bytes(limit))])
    assert status == 413
    assert "larger than this page takes" in page


KEPT_ON_THE_SHEET = ['id="claim-2" name="claim" value="2" checked', 'value="deputy" checked']


@pytest.mark.parametrize(
    ("attached", "said"),
    [
        ([("film.mp4", bytes(20_000_000))], "are larger than this page takes"),
        ([("film.mp4", bytes(60_000_000))], "are larger than this page takes"),
        ([(f"{n}.txt", b"a") for n in range(21)], "There are more files than this page takes"),
        ([(f"{n}.txt", b"a") for n in range(101)], "There are more files than this page takes"),
        ([("x" * 1_100 + ".txt", b"a")], "The name of a file is too long"),
    ],
    ids=["a film", "a long film", "21 files", "101 files", "a long name"],
)
def test_files_that_are_not_taken_cost_nothing_that_was_typed_marked_or_chosen(
    served: Channel, attached: list[tuple[str, bytes]], said: str
) -> None:
    status, page = post(served, "/en/file/plain/", [*sheet(served), ("recuse", "deputy")], attached)
    assert (status, said in page) == (413, True)
    assert TEXT.replace("\r\n", "\n") in page
    assert [row in page for row in KEPT_ON_THE_SHEET] == [True, True]


def test_more_than_is_thrown_away_in_a_breath_still_keeps_what_was_typed(served: Channel) -> None:
    """A browser that is cut off has the sheet at its address; what is read before the files is enough for it."""
    from demur.author.plain_form import read_form

    mark, most = "m" * 16, 1_000
    head = f'--{mark}\r\nContent-Disposition: form-data; name="text"\r\n\r\nkept\r\n--{mark}\r\n'
    file = b'Content-Disposition: form-data; name="file"; filename="large"\r\n\r\n' + bytes(200_000)
    kind = f"multipart/form-data; boundary={mark}"
    request = RequestFactory().post("/en/file/plain/", head.encode() + file, content_type=kind)
    request.at = 1_800_000_000
    form = read_form(request, most=most)
    assert (form.text, form.files, type(form.refused).__name__) == ("kept", (), "FormTooLarge")


def test_limits_are_told_before_anything_is_typed_or_chosen(served: Channel) -> None:
    with urllib.request.urlopen(f"{served.url}/en/file/plain/", timeout=60) as answer:
        first = answer.read().decode()
    second = post(served, "/en/file/plain/", [("to", "choose"), ("text", TEXT), ("subject", "")])[1]
    assert "A text of 1 MB" in first
    for page in (first, second):
        assert "At most 20 files, with the text together at most 12 MB." in page


def test_a_text_beyond_the_charter_is_told_so_at_once_and_kept(served: Channel) -> None:
    text = "The count was wrong. " * 50_000
    status, page = post(served, "/en/file/plain/", [("to", "choose"), ("text", text), ("subject", "")])
    assert (status, "The text has 1.1 MB and may have 1 MB" in page, text in page) == (413, True, True)
    marked = [("claim", str(n)) for n in range(1, 200)]
    kept = [row for row in sheet(served, "x\r\n\r\n" * 300) if row[0] != "claim"]
    status, page = post(served, "/en/file/plain/", [*kept, *marked])
    assert (status, "There may be 100 claims; join some." in page) == (413, True)


ODD = [
    [("recuse", "nobody")],
    [("fact-none", "x")],
    [("accept", "nobody")],
    [("claim", "9")],
]


@pytest.mark.parametrize("odd", ODD)
def test_no_fault_speaks_english_on_an_indonesian_page(served: Channel, odd: list[tuple[str, str]]) -> None:
    status, page = post(served, "/id/file/plain/", [*sheets.sheet(served, TEXT, language="id"), *odd])
    [faults] = re.findall(r'class="errors".*?</section>', page, re.DOTALL)
    assert status == 400
    assert re.search(r"\b(the|no|not|there|is|has|seat|charter|with)\b", html.unescape(faults), re.IGNORECASE) is None


def test_a_fault_without_a_sentence_of_its_own_names_its_kind_and_no_english_sentence() -> None:
    from django.utils import translation

    from demur.author.plain_faults import case_fault, filing_fault
    from demur.client.errors import BadAnswer, ServerRefused

    with translation.override("id"):
        for said in (case_fault, filing_fault):
            assert "BadAnswer" in said(BadAnswer("The answer is not signed."))
            assert "signed" not in said(BadAnswer("The answer is not signed."))
            assert "moved" in said(ServerRefused(409, "moved", "Something has happened."))
            assert "happened" not in said(ServerRefused(409, "moved", "Something has happened."))


def test_a_name_that_may_change_and_one_that_may_not_are_two_sheets() -> None:
    from demur.author.plain_form import PlainForm

    def drawn(renamed: set[str]) -> bytes:
        form = PlainForm(
            text="text", subject="", claims=(), facts={}, recused=frozenset(), accepted=frozenset(), files=(), as_is=False,
            nonce="ab" * 32, begun=1, renamed=frozenset(renamed),
        )  # fmt: skip
        return form.random(b"s")(16)

    assert drawn({"ab" * 16}) != drawn(set())


def test_a_sheet_that_lay_open_for_a_day_is_shown_once_more(served: Channel) -> None:
    _, page, fields = coded(served, sheet(served))
    old = [(name, value if name != "begun" else str(int(value) - 90_000)) for name, value in fields]
    status, shown = post(served, "/en/file/plain/", answered(old, code_in(page)))
    assert "lay open for more than a day" in shown
    assert (status, "strike them out" in shown) == (200, True)


def test_the_receipt_is_given_out_again_for_the_code(served: Channel, tmp_path: Path) -> None:
    _, _, code = file_it(served, sheet(served))
    status, text = post(served, "/en/case/plain/", [("code", code), ("act", "receipt")])
    assert status == 200
    (tmp_path / "mine.receipt").write_text(text)
    assert demur("verify", tmp_path / "mine.receipt", "--channel", served.file, home=tmp_path / "home").code == 0


def test_a_flood_of_forms_reaches_no_last_page_that_waits_to_be_looked_at(served: Channel) -> None:
    _, page, fields = coded(served, sheet(served))
    last = sent_on(served, "/en/file/plain/", answered(fields, code_in(page)))
    form = [("to", "choose"), ("subject", "")]
    waiting = [
        sent_on(served, "/en/file/plain/", [*form, ("text", secrets.token_hex(1_000_000))]) for _ in range(34)
    ]  # each beyond the limit of a text, and shown again whole

    assert 410 in {looked_at(address)[0] for address in waiting}
    status, page = looked_at(last)
    assert status == 200
    assert entry_in(page)


def test_a_message_beyond_the_limit_is_shown_again_and_says_what_helps(served: Channel) -> None:
    _, _, code = file_it(served, sheet(served))
    _, page = post(served, "/en/case/plain/", [("code", code), ("act", "open")])
    form = [("code", code), ("act", "message"), ("shown", hidden(page, "shown"))]
    for text, said in (("x" * 1_200_000, "shorten it, or send it in two"), ("a\0b", "has a NUL character")):
        _, answer = post(served, "/en/case/plain/", [*form, ("message", text)])
        assert said in answer
        assert text in answer
    _, answer = post(served, "/en/case/plain/", [*form, ("message", "\u0639" * 450_000)])  # 900 kB of Arabic: within it
    assert "Your message is recorded, as item" in answer


def test_an_office_that_is_no_more_is_said_and_the_text_stays(served: Channel) -> None:
    status, page = post(served, "/en/file/plain/", [*sheet(served), ("recuse", "nobody")])
    assert status == 400
    assert "The offices of this channel changed since you marked them" in page
    assert SECRET in page


def test_whoever_writes_while_the_channel_closes_keeps_the_text(tmp_path: Path) -> None:
    with real_channel(tmp_path, charter="demur-default", seats=("custodian",)) as closing:
        status, page = post(closing, "/en/file/plain/", [("to", "choose"), ("text", TEXT), ("subject", "")])
        assert status == 409
        assert "What you typed is still here" in page
        assert SECRET in page


def test_leaving_out_the_only_office_that_may_answer_is_refused_with_the_other_doors(served: Channel) -> None:
    status, page, _ = coded(served, [*sheet(served, TEXT), ("recuse", "custodian")])
    said = html.unescape(re.sub(r"<[^>]+>", "", page))
    assert status == 400
    assert "You left out the only office that may acknowledge and answer" in said
    assert "one of the other doors" in said
