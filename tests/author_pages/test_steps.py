# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing on the page: every step says what is wrong where it is wrong, and nothing that was typed is lost by going anywhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from acting import Author, complaints, until, whole
from stub_worker import WORDS, Played

from serving import Channel

TEXT = """The northern crossing should stay open

The count was taken in the week of the strike.

The southern road is shut by snow on eleven days of an average winter."""
Play = Callable[..., Played]


def readers_accepted(author: Author) -> None:
    """From the files to the last look."""
    author.next("facts")
    author.choose("agency", "State")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")


def sealed(author: Author, folder: Path) -> dict[str, Any]:
    """File, type the words back, and read what the worker was given."""
    author.page.saved_to(folder)
    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')")
    author.words_back(WORDS.split())
    author.click("[data-act=key]")
    until(lambda: whole(folder / "demur-0d7c.key"))
    return dict(json.loads((folder / "demur-0d7c.key").read_text()))


def claimed(wish: dict[str, Any]) -> list[str]:
    """The claims that the worker was given, out of the text."""
    whole = bytes(wish["dissent"]["bytes"])
    return [whole[start:end].decode() for start, end in wish["dissent"]["places"]]


def test_a_step_that_lacks_its_answer_says_so_and_leads_to_the_field(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.click("#next")

    assert author.faults() == ["Choose how you want to write it."]
    assert author.value("document.activeElement.id") == "errors"
    author.click("#errors a")
    assert author.value("document.activeElement.id") == "way-own"
    assert not author.value("location.hash")


def test_own_text_goes_as_it_was_typed_with_its_claims_by_paragraph(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT, claims=(2, 3))
    readers_accepted(author)
    wish = sealed(author, tmp_path)

    assert bytes(wish["dissent"]["bytes"]).decode() == TEXT
    assert claimed(wish) == TEXT.split("\n\n")[1:]
    assert (wish["dissent"]["parts"], wish["dissent"]["recommendation"]) == ("blank", "")
    assert wish["facts"] == {"agency": "State"}
    assert (wish["recused"], wish["newKeys"]) == ([], ["deputy"])
    assert complaints(author.page) == []


def test_answered_questions_go_each_in_its_place(served: Channel, played: Play, tmp_path: Path) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.click("#way-asked")
    author.next("subject")
    author.type("#subject", "The northern crossing")
    author.press("Enter")
    author.wait("document.querySelector('[data-step=dissent]:not([hidden])')")
    author.type("#dissent", "It should stay open.")
    author.next("recommendation")
    author.type("#recommendation", "Count again.")
    author.next("more")
    author.type("#standing", "ten years on this file")
    author.next("claims")
    author.type("#claim-1", "The count is wrong.")
    author.click("#claim-more")
    author.type("#claim-2", "To be taken out.")
    author.click("#claim-more")
    author.type("#claim-3", "The road is shut.")
    author.click("#claim-rows .field:has(#claim-2) button")
    author.next("language")
    author.value("document.getElementById('language').value = 'en'")
    author.next("files")
    readers_accepted(author)
    assert "Your standing on this matter\n\nten years on this file" in author.text()
    wish = sealed(author, tmp_path)["dissent"]

    assert wish["kind"] == "template"
    assert (wish["subject"], wish["dissent"]) == ("The northern crossing", "It should stay open.")
    assert wish["recommendation"] == "Count again."
    assert wish["prompts"] == {"standing": "ten years on this file"}
    assert wish["claims"] == ["The count is wrong.", "The road is shut."]
    assert wish["language"] == "en"


def test_changing_an_answer_leads_back_to_the_last_look_and_keeps_everything_else(
    served: Channel, played: Play
) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT, claims=(2,))
    readers_accepted(author)
    author.value("[...document.querySelectorAll('#check button')].find((b) => b.innerText.includes('Text')).click()")
    author.wait("document.querySelector('[data-step=own]:not([hidden])')")

    assert author.value("document.getElementById('own-text').value") == TEXT
    author.type("#own-text", TEXT.replace("eleven", "twelve"))
    author.next("claims")
    assert author.value("document.getElementById('paragraph-2').checked")
    author.next("check")
    assert "twelve days" in author.text()


def test_going_back_to_the_first_step_and_on_loses_nothing(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT, claims=(3,))
    for step in ("claims", "own", "way"):
        author.click("#back")
        author.wait(f"document.querySelector('[data-step={step}]:not([hidden])')")
    author.next("own")

    assert author.value("document.getElementById('own-text').value") == TEXT
    author.next("claims")
    assert author.value("document.getElementById('paragraph-3').checked")


@pytest.mark.parametrize(
    ("method", "code"),
    [("readers", "unreachable"), ("seal", "too-large"), ("submit", "unreachable"), ("seal", "fault")],
)
def test_an_error_anywhere_leaves_the_text_where_it_was(served: Channel, played: Play, method: str, code: str) -> None:
    author = played(trouble={method: {"code": code, "facts": {}, "times": 1}})
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.next("facts")
    author.choose("agency", "State")
    author.click("#next")
    if method == "readers":
        author.wait("document.querySelector('#errors:not([hidden])')")
        assert author.faults() == [
            "The server does not answer. What you typed is still here; look at your network and try again."
        ]
        author.click("#next")
    author.wait("document.querySelector('[data-step=readers]:not([hidden])')")
    author.click("#accept-deputy")
    author.next("check")
    author.click("#next")
    if method == "submit":
        author.words_back(author.words(), wait="#after .note")
        assert "The server does not answer." in author.text()
        author.click("#after .acts button")
        author.wait("document.querySelector('[data-act=receipt]')")
        return
    if method == "seal":
        author.wait("document.querySelector('#errors:not([hidden])')")
        assert author.value("document.getElementById('own-text').value") == TEXT
        assert author.step() == "check"
        if code == "fault":
            return  # the worker that was started anew plays the same fault again
        author.click("#next")
    author.wait("document.querySelector('[data-act=written]')")


CHANGED = (
    "The charter, the offices or their keys have changed since this page showed them. Nothing was sealed, and what you typed is still here;"
    " look at what is asked and who reads now, then send."
)


def changed_meanwhile(served: Channel, played: Play, **later: Any) -> Author:
    """An author who sends, while what is in force has become `later`."""
    author = played(trouble={"seal": {"code": "readers-changed", "facts": {}, "times": 1}}, later=later)
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT, claims=(2,))
    readers_accepted(author)
    author.click("#next")
    author.wait("document.querySelector('#errors:not([hidden])')")
    assert author.value("document.getElementById('own-text').value") == TEXT
    assert author.faults()[0] == CHANGED
    return author


def test_a_charter_that_asks_more_meanwhile_leads_to_the_question_and_keeps_the_text(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    asked = [
        {"id": "agency", "question": "Which agency do you work for?", "choices": ["State", "USAID"]},
        {"id": "unit", "question": "Which unit do you belong to?", "choices": ["North", "South"]},
    ]
    author = changed_meanwhile(served, played, facts=asked)

    assert author.step() == "facts"
    assert author.faults()[1:] == ["Choose an answer."]
    assert author.value("document.querySelector('[name=fact-agency]:checked').value") == "State"
    author.choose("unit", "North")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    assert "Which unit do you belong to? North" in author.text()
    given = sealed(author, tmp_path)
    assert given["facts"] == {"agency": "State", "unit": "North"}
    assert bytes(given["dissent"]["bytes"]).decode() == TEXT


def test_offices_that_change_meanwhile_are_shown_anew_and_their_keys_accepted_anew(
    served: Channel, played: Play
) -> None:
    author = changed_meanwhile(served, played)

    assert author.step() == "readers"
    assert author.faults()[1:] == ["The key of Deputy Secretary is new: accept it, or leave the office out."]
    author.click("#accept-deputy")
    author.next("check")
    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')")


def test_a_limit_that_shrinks_meanwhile_leads_to_what_is_too_large(served: Channel, played: Play) -> None:
    small = {"textBytes": 100, "claims": 20, "files": 5, "fileBytes": 1, "totalBytes": 1000}
    author = changed_meanwhile(served, played, limits=small)

    assert author.step() == "own"
    assert "may have 100 bytes" in author.faults()[1]
    assert author.value("document.getElementById('own-count').textContent").endswith("of 100 bytes.")


def test_the_clock_of_the_server_is_accepted_only_when_asked(served: Channel, played: Play, tmp_path: Path) -> None:
    author = played(trouble={"submit": {"code": "clock-differs", "facts": {"seconds": 900}, "times": 1}})
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.next("facts")
    author.choose("agency", "State")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    author.click("#next")
    author.words_back(author.words(), wait="#after .note")

    assert "differ by 900 seconds" in author.text()
    author.page.saved_to(tmp_path)
    author.click("#after .acts button")
    author.wait("document.querySelector('[data-act=key]')")
    author.click("[data-act=key]")
    until(lambda: whole(tmp_path / "demur-0d7c.key"))
    assert json.loads((tmp_path / "demur-0d7c.key").read_text())["acceptClock"] is True


def test_nobody_is_filed_to_by_mistake(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.next("facts")
    author.click("#next")
    assert author.faults() == ["Choose an answer."]
    author.choose("agency", "State")
    author.next("readers")
    author.click("#next")
    assert author.faults() == ["The key of Deputy Secretary is new: accept it, or leave the office out."]
    author.click("#recuse-custodian")
    author.click("#recuse-deputy")
    author.click("#next")
    assert author.faults() == ["Nobody would be left to read it; leave fewer offices out."]
    author.click("#recuse-custodian")
    author.next("check")
    assert "Deputy Secretary: left out by you" in author.text()
    assert "Legal Adviser: vacant now" in author.text()


def test_a_word_that_was_written_down_wrongly_is_found_and_the_words_are_shown_again(
    served: Channel, played: Play
) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    readers_accepted(author)
    author.click("#next")
    author.click("[data-act=written]")
    author.wait("document.querySelector('#after input')")
    assert "abandon" not in author.text()
    author.type("#after input", "wrong")
    author.click("[data-act=compare]")
    assert author.value("document.querySelector('#after .fault').innerText").startswith("This is not word")
    author.click("[data-act=again]")
    author.wait("document.querySelector('[data-act=written]')")
    assert "abandon" in author.text()


def test_a_channel_that_is_not_open_says_so_and_keeps_the_other_doors_in_sight(served: Channel, played: Play) -> None:
    author = played(look={"open": False, "reason": "too-few-readers"})
    author.page.visit(f"{served.url}/en/file/")
    author.click("#begin")
    author.wait("document.getElementById('state').innerText.includes('not open')")

    assert "Other doors" in author.text()
    assert author.value("document.querySelectorAll('#task input, #task textarea').length") == 0


def test_nothing_is_stated_for_an_author_and_each_answer_says_who_reads_then(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.next("facts")
    assert author.value("document.querySelectorAll('[name=fact-agency]:checked').length") == 0
    assert "Always read, unless you leave them out: Director of Policy Planning, Legal Adviser." in author.text()
    rows = author.value("[...document.querySelectorAll('#fact-agency .choice')].map((row) => row.innerText)")
    assert rows == [
        "State\nNo other office reads for this answer.",
        "USAID\nThen reads too: Head of the author's agency.",
        "Not stated\nNo other office reads for this answer.",
    ]
    author.click("#next")
    assert author.faults() == ["Choose an answer."]
    author.choose("agency", "")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    assert "Which agency do you work for? Not stated" in author.text()

    assert sealed(author, tmp_path)["facts"] == {}


def test_the_answers_of_one_question_are_one_group_for_keys(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.tab_to("#way-own")
    author.press("ArrowDown")
    author.press("ArrowDown")
    assert author.value("document.activeElement.id") == "way-document"
    author.press("Tab", shift=True)
    assert not author.value("document.activeElement.matches('[name=way]')")  # one stop for all three
    author.tab_to("[name=way]:checked")
    author.press("ArrowUp")
    author.press("ArrowUp")
    author.press("Enter")
    author.wait("document.querySelector('[data-step=own]:not([hidden])')")
    tree = author.page.ask("Accessibility.getFullAXTree")["nodes"]
    assert tree


def test_the_words_come_before_anything_is_sent_and_who_mends_keeps_them(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    readers_accepted(author)
    author.click("#next")
    words = author.words()
    assert "Nothing is sent yet" in author.text()
    author.click("[data-act=unfile]")
    author.wait("document.querySelector('[data-step=check]:not([hidden])')")
    assert author.value("document.getElementById('own-text').value") == TEXT
    author.click("#next")

    assert author.words() == words
    assert "other words than before" not in author.text()


def test_words_that_lead_nowhere_any_more_are_named_as_such(served: Channel, played: Play) -> None:
    author = played(
        trouble={"submit": {"code": "server", "facts": {"code": "moved-on", "sentence": "", "final": True}, "times": 1}}
    )
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    readers_accepted(author)
    author.click("#next")
    author.words_back(author.words(), wait="#errors:not([hidden])")

    assert any("strike them out" in fault for fault in author.faults())
    assert author.value("document.title").startswith("Error: ")


def test_words_are_typed_back_however_they_are_copied(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    readers_accepted(author)
    author.click("#next")
    author.words_back([f" {n}. {word.capitalize()},\u200b" for n, word in enumerate(author.words(), start=1)])

    assert "Your dissent is filed" in author.text()


def test_the_last_page_tells_what_was_filed_and_what_is_owed_on_paper_too(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT, claims=(2, 3))
    readers_accepted(author)
    author.click("#next")
    author.words_back(author.words())

    told = author.text()
    for part in (
        "The northern crossing should stay open",
        "The count was taken in the week of the strike.",
        "Director of Policy Planning: Ana Ruiz",
        "Due by the end of Monday, 30 November 2026",
        f"{served.url}/en/case/",
        "e1" * 32,
        "they\nhold\nautumn",
    ):
        assert part in told, (part, told)
    facts = author.value("[...document.querySelectorAll('#after dt')].map((row) => row.innerText)")
    assert "Your entry in the record" in facts
    assert "The charter's entry in the record" in facts
    author.page.ask("Emulation.setEmulatedMedia", media="print")
    printed = author.value("document.body.innerText")
    author.page.ask("Emulation.setEmulatedMedia", media="")
    assert "Save the receipt" not in printed
    assert "Print this page" not in printed
    assert "e1" * 32 in printed


def test_leaving_out_the_only_office_that_may_answer_is_refused_with_the_other_doors(
    served: Channel, played: Play
) -> None:
    facts = {"seat": "custodian", "title": "Director of Policy Planning", "doors": "Inspector General, Congress"}
    author = played(trouble={"readers": {"code": "no-answer", "facts": facts, "times": 1}})
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.next("facts")
    author.choose("agency", "State")
    author.click("#next")
    author.wait("document.querySelector('#errors:not([hidden]) li')")
    [said] = author.faults()
    assert "Only Director of Policy Planning may acknowledge and answer" in said
    assert "Inspector General, Congress" in said
    assert author.step() == "facts"
