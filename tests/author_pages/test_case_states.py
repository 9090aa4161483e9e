# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case as its author sees it, in every state: late is late in words, what was not checked is said, a lie comes with its evidence."""

from collections.abc import Callable
from pathlib import Path

import pytest
from acting import Author, complaints, saved, until, whole
from auditing import faultless
from stub_worker import WORDS, Played

from serving import Channel

SCENES = ["filed", "late", "answered", "waiting", "lied", "withdrawn", "closed"]
Play = Callable[..., Played]


def entered(author: Author, channel: Channel, language: str = "en") -> Author:
    """Come in by the words."""
    author.begin(f"{channel.url}/{language}/case/")
    author.type("#words", WORDS)
    author.click("#open")
    author.wait("document.querySelector('article')")
    return author


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_number_of_a_claim_stands_in_its_list_whatever_direction_the_claim_has(
    served: Channel, played: Play, direction: str
) -> None:
    author = entered(
        played(hostile=["The count was wrong.", "اعتراض على إغلاق المعبر", *("123456789",) * 12], apart=True), served
    )
    author.page.look(width=360)
    author.value(f"document.documentElement.dir = '{direction}'")
    numbered = author.value(
        "[...document.querySelectorAll('article ol:not([class]) > li')].map((row) => {"
        " const [list, text] = [row.parentElement, row.firstChild].map((one) => one.getBoundingClientRect());"
        " const style = getComputedStyle(row);"
        " const room = style.direction === 'rtl' ? list.right - text.right : text.left - list.left;"
        " return [style.direction, room >= 2 * parseFloat(style.fontSize)]; })"
    )

    assert numbered == [[direction, True]] * 14
    assert author.value("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("page", ["file", "case"])
def test_a_lie_that_is_found_before_anything_is_typed_gives_its_evidence(
    served: Channel, played: Play, tmp_path: Path, page: str
) -> None:
    author = played(trouble={"look": {"code": "swapped-key", "facts": {"evidence": "what convicts it"}}})
    author.page.saved_to(tmp_path)
    author.page.visit(f"{served.url}/en/{page}/")
    author.click("#begin")
    author.wait("document.querySelector('#evidence')")

    assert "The server names seats that the officers did not sign." in author.text()
    assert author.value("document.querySelectorAll('input, textarea').length") == 0
    faultless(author)
    author.click("#evidence button")
    assert saved(author.page, "*.evidence").read_text() == "what convicts it"


def test_a_lie_that_is_found_while_it_is_sealed_gives_its_evidence_and_keeps_the_text(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    author = played(
        look={"facts": []},
        trouble={"seal": {"code": "rolled-back", "facts": {"evidence": "what convicts it"}, "times": 1}},
    )
    author.begin(f"{served.url}/en/file/")
    author.write_own("The northern crossing")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    author.page.saved_to(tmp_path)
    author.click("#next")
    author.wait("document.querySelector('#evidence')")

    assert author.faults() == ["The server shows an older charter, or older seats, than it has shown before."]
    author.click("#evidence button")
    assert saved(author.page, "*.evidence").read_text() == "what convicts it"
    assert author.value("document.getElementById('own-text').value") == "The northern crossing"


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_state_can_be_read_by_everybody(served: Channel, played: Play, scene: str, language: str) -> None:
    author = entered(played(scene=scene), served, language)

    faultless(author)
    assert complaints(author.page) == []


def test_coming_in_can_be_done_by_everybody(served: Channel, played: Play) -> None:
    author = played(trouble={"enter": {"code": "words", "facts": {"word": ""}}})
    author.page.visit(f"{served.url}/en/case/")
    faultless(author)
    author.click("#begin")
    author.wait("document.querySelector('#words')")
    faultless(author)
    author.type("#words", WORDS)
    author.click("#open")
    author.wait("document.querySelector('#errors:not([hidden])')")
    faultless(author)


def test_late_is_late_in_words(served: Channel, played: Play) -> None:
    author = entered(played(scene="late"), served)
    clocks = author.value("[...document.querySelectorAll('.clocks > li')].map((row) => row.innerText)")
    clocks = [row.replace("\u00a0", " ") for row in clocks]

    assert "met late" in clocks[0]
    assert "Met on Saturday, 7 November 2026; it was due by the end of Thursday, 5 November 2026." in clocks[0]
    assert "overdue" in clocks[1]
    assert "follows at the next tick" in author.text()


def test_the_reply_stands_beside_the_claims(served: Channel, played: Play) -> None:
    author = entered(played(scene="answered"), served)
    pairs = author.value("[...document.querySelectorAll('.pairs > li')].map((row) => row.innerText)")

    assert len(pairs) == 3
    assert "The count was taken in the week of the strike." in pairs[0]
    assert "It will be repeated in January." in pairs[0]
    assert "Referred to the budget office" in pairs[1]
    assert "By Sunday, 31 January 2027: A new count" in author.text()
    assert "there is nothing left to withdraw" in author.text()


@pytest.mark.parametrize(
    "place",
    [
        "dissent.text",
        "dissent.claims.0.text",
        "dissent.prompts.recommendation",
        "dissent.prompts.tried",
        "dissent.original",
        "attachments.0.name",
        "access.0.reason",
        "thread.4.reply.text",
        "thread.4.reply.appeal",
        "thread.4.reply.signedBy",
        "thread.4.reply.answers.0.text",
        "thread.4.reply.answers.1.to",
        "thread.4.reply.commitments.0.text",
        "thread.3.text",
    ],
)
def test_a_mark_that_turns_a_text_is_warned_of_wherever_somebody_wrote_it(
    served: Channel, played: Play, place: str
) -> None:
    author = entered(played(scene="answered", put={place: "gaji\u202efdp.exe"}), served)

    assert "Marks that turn the direction of the text, and cannot be seen: 1." in author.text()
    if place == "attachments.0.name":
        assert "gaji⟨U+202E⟩fdp.exe" in author.text()


def test_a_reply_that_waits_for_a_second_office_does_not_pass_for_one_that_counts(
    served: Channel, played: Play
) -> None:
    text = entered(played(scene="waiting"), served).text()

    assert "it counts only when a second office has signed it" in text
    assert "This differs from what was recorded (outcome); do not rely on it." in text
    assert "Extended: due by the end of" in text
    assert "Promised was" in text


def test_a_lie_is_told_first_and_its_evidence_can_be_saved(served: Channel, played: Play, tmp_path: Path) -> None:
    author = entered(played(scene="lied"), served)
    author.page.saved_to(tmp_path)

    assert "it was withheld from you" in author.value("document.querySelector('article .note').innerText")
    author.click("article .note button")
    until(lambda: whole(tmp_path / "demur-0d7c.evidence"))
    assert (tmp_path / "demur-0d7c.evidence").read_text() == "evidence text"
    assert "is not the one that you filed; do not rely on it" in author.text()


def test_what_a_browser_cannot_check_is_said_and_the_receipt_checks_more(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    author = entered(played(), served)
    assert "Whether this page itself is the true one" in author.text()
    assert "Whether the case was longer before" in author.text()

    receipt = tmp_path / "mine.receipt"
    receipt.write_text("a receipt")
    author.choose_file("#receipt-file", receipt)
    author.wait("document.querySelector('#compared')")
    assert "nothing that is shown here contradicts it" in author.text()
    assert "Whether the case was longer before" not in author.text()


def test_a_message_is_sent_and_an_error_keeps_it(served: Channel, played: Play) -> None:
    author = entered(played(trouble={"message": {"code": "unreachable", "facts": {}, "times": 1}}), served)
    author.click("[data-act=send]")
    assert author.value("document.querySelector('#message-fault').innerText") == "Write the message first."
    author.type("#message", "When will the reply come?")
    author.click("[data-act=send]")
    author.wait("document.querySelector('#trouble')")
    assert author.value("document.querySelector('#message').value") == "When will the reply come?"
    assert author.value("document.activeElement.id") == "trouble"
    author.click("[data-act=send]")
    author.wait("document.querySelector('.timeline .mine')")
    assert "When will the reply come?" in author.value("document.querySelector('.timeline .mine').innerText")


@pytest.mark.parametrize(("language", "said"), [("en", "this machine shows 17 bits"), ("id", "17")])
def test_an_author_hears_why_a_message_takes_a_moment_where_many_ask(
    served: Channel, played: Play, language: str, said: str
) -> None:
    author = entered(played(work=17), served, language=language)
    author.type("#message", "When will the reply come?")
    author.click("[data-act=send]")
    author.wait(f"document.querySelector('#trouble[role=alert]')?.innerText.includes('{said}')")


def test_an_answer_that_does_not_hold_is_told_with_what_of_it_does_not(served: Channel, played: Play) -> None:
    author = entered(played(trouble={"refresh": {"code": "roster", "facts": {"why": "row"}}}), served)
    author.click("[data-act=refresh]")
    author.wait("document.querySelector('#trouble')?.innerText.includes('does not hold (roster)')")


def test_what_is_typed_stays_whatever_else_is_asked_until_it_is_sent(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    receipt = tmp_path / "mine.receipt"
    receipt.write_text("a receipt")
    author = entered(played(), served)
    author.type("#message", "When will\u202e it come?")
    author.click("[data-act=first]")
    author.type("#reason", "It was settled.")
    value = "document.querySelector('{}')?.value ?? ''"

    author.value("void (window.page = document.querySelector('article'))")
    author.click("[data-act=refresh]")
    author.wait("!window.page.isConnected")
    author.choose_file("#receipt-file", receipt)
    author.wait("document.querySelector('#compared')")
    assert author.value(value.format("#message")) == "When will\u202e it come?"
    assert "turn the direction" in author.value("document.querySelector('#message-marks').innerText")
    assert author.value(value.format("#reason")) == "It was settled."

    author.click("[data-act=send]")
    author.wait("document.querySelector('.timeline .mine')")
    assert author.value(value.format("#message")) == ""
    assert author.value(value.format("#reason")) == "It was settled."
    author.click("[data-act=second]")
    author.wait("document.querySelector('article .lead').innerText.includes('Withdrawn by you.')")


def test_withdrawing_takes_two_steps_and_can_be_left(served: Channel, played: Play) -> None:
    author = entered(played(), served)
    author.click("[data-act=first]")
    assert "This cannot be undone." in author.text()
    faultless(author)
    author.click("[data-act=keep]")
    assert not author.shown("[data-act=second]")
    author.click("[data-act=first]")
    author.type("#reason", "It was settled.")
    author.click("[data-act=second]")
    author.wait("document.querySelector('article .lead').innerText.includes('Withdrawn by you.')")


def test_the_field_of_the_words_is_emptied_and_has_no_name(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/case/")
    named = author.value(
        "[...document.querySelectorAll('input, textarea, form')].filter((part) => part.name || part.action).length"
    )

    assert named == 0
    assert author.value("document.querySelector('#words').form === null")
    author.type("#words", "  Abandon ABILITY\nable ")
    author.click("#open")
    author.wait("document.querySelector('#errors:not([hidden]) li')")
    assert author.faults() == ["Words found here: 3. It takes twelve; look whether one is missing or doubled."]
    author.type("#words", WORDS)
    author.press("Enter")
    author.wait("document.querySelector('article')")
    assert "abandon" not in author.value("document.documentElement.innerHTML")


def test_a_case_by_keyboard_alone(served: Channel, played: Play) -> None:
    author = played()
    author.page.visit(f"{served.url}/en/case/")
    author.tab_to("#begin")
    author.press("Enter")
    author.wait("document.activeElement?.matches('h1')")
    author.tab_to("#words")
    author.page.type(WORDS)
    author.press("Enter")
    author.wait("document.querySelector('article')")
    assert author.value("document.activeElement.matches('h1')")
    author.tab_to("#message")
    author.page.type("When will the reply come?")
    author.tab_to("[data-act=send]")
    author.press("Enter")
    author.wait("document.querySelector('.timeline .mine')")
    author.tab_to("[data-act=first]")
    author.press("Enter")
    author.tab_to("[data-act=second]")
    author.press("Enter")
    author.wait("document.querySelector('article .lead').innerText.includes('Withdrawn by you.')")


def test_on_paper_stands_the_case_and_nothing_to_press(served: Channel, played: Play) -> None:
    author = entered(played(scene="answered"), served)
    author.page.look(width=800, media="print", prefers_color_scheme="dark")
    pressed = "[...document.querySelectorAll('.leave, button, input, textarea')].filter((part) => part.checkVisibility()).length"

    # What fetches a file is its name, and stands on paper too.
    assert author.value(pressed) == 1
    assert author.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert author.shown(".pairs")


def test_what_is_late_says_how_late_who_sees_it_and_what_can_be_done(served: Channel, played: Play) -> None:
    author = entered(played(scene="late"), served)
    told = author.text()

    assert "Late by 2 days." in told
    assert "Everybody sees on the channel's page that something is late" in told
    assert "demur disclose mine.key" in told
    assert author.value("document.querySelectorAll('[data-slot=late] ul ul li').length") > 0  # the other doors


def test_an_act_is_told_where_it_stands_and_the_reader_is_put_there(served: Channel, played: Play) -> None:
    author = entered(played(), served)
    author.type("#message", "When will the reply come?")
    author.click("[data-act=send]")
    author.wait("document.activeElement.matches('[data-slot=done]')")

    assert author.value("document.activeElement.innerText").startswith("Your message is recorded, as item 9, on ")
    assert author.shown("[data-slot=done]")
    faultless(author)
    author.click("[data-act=first]")
    author.click("[data-act=second]")
    author.wait("document.querySelector('[data-slot=done]')?.innerText.includes('withdrawn')")
    clocks = author.value("document.querySelector('.clocks').innerText")
    assert ("due soon" in clocks, "running" in clocks, "Owed no more." in clocks) == (False, False, True)


def test_each_claim_stands_once_in_what_was_filed(served: Channel, played: Play) -> None:
    author = entered(played(), served)

    for claim in ("The count was taken in the week of the strike.", "The southern road is shut by snow"):
        assert author.text().count(claim) == 1
    assert "Claim 2" in author.value("document.querySelector('[data-slot=dissent]').innerText")


REFUSED = {
    "a proxy that takes less": (
        {"status": 413, "code": "unknown", "sentence": ""},
        "takes no request of this size (413)",
    ),
    "a gateway without its channel": (
        {"status": 502, "code": "unknown", "sentence": ""},
        "what stands before it says 502",
    ),
    "something else between": ({"status": 418, "code": "unknown", "sentence": ""}, "answered 418 in its place"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_stands_between_is_named_as_such(served: Channel, played: Play, case: str) -> None:
    facts, said = REFUSED[case]
    author = played(look={"facts": []}, trouble={"submit": {"code": "server", "facts": facts, "times": 1}})
    author.begin(f"{served.url}/en/file/")
    author.write_own("The northern crossing")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    author.click("#next")
    author.words_back(author.words(), wait="#after .note")

    assert said in author.text()
    assert "tell oversight" not in author.text()
    if facts["status"] == 413:
        author.click("#after .acts button")
        author.wait("document.querySelector('[data-step=check]:not([hidden])')")
        assert author.value("document.getElementById('own-text').value") == "The northern crossing"


@pytest.mark.adversary
def test_a_refusal_without_a_sentence_is_never_told_as_a_lie_of_the_server(served: Channel, played: Play) -> None:
    """As the landing of 26 November did for every code that it did not know."""
    told = {}
    for code in ("something-new", "bundle"):
        author = played(trouble={"enter": {"code": code, "facts": {"why": "x"}}})
        author.begin(f"{served.url}/en/case/")
        author.type("#words", WORDS)
        author.click("#open")
        author.wait("document.querySelector('#errors:not([hidden])')")
        told[code] = author.faults()[0]
    print(told)

    assert "This page made a mistake (something-new)" in told["something-new"]
    assert "oversight" not in told["something-new"]


def test_a_misspelt_word_is_named_with_the_nearest(served: Channel, played: Play) -> None:
    author = played(trouble={"enter": {"code": "word-near", "facts": {"n": 1, "word": "stronk", "near": "strong"}}})
    author.begin(f"{served.url}/en/case/")
    author.type("#words", WORDS)
    author.click("#open")
    author.wait("document.querySelector('#errors:not([hidden])')")

    assert author.faults() == ["Word 1, “stronk”, is not on the list of words. Did you mean “strong”?"]


def test_a_page_that_came_over_http_says_so_before_anything(served: Channel, author: Author) -> None:
    author.page.before("Object.defineProperty(globalThis, 'isSecureContext', { value: false })")
    for page in ("file", "case"):
        author.page.visit(f"{served.url}/en/{page}/")
        author.wait("document.getElementById('state').innerText.includes('came over http')")
        assert not author.shown("#begin")
