# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's views, each state of them: what is shown, by keyboard, for every reader, and nothing read as markup."""

import re
import time
from collections.abc import Callable

import pytest
from axe import axe
from browsing import Browser
from sitting import Person, sign_in

from real_cases import data_directory

Played = Callable[..., Browser]
ONE = "#case/00000000000000000000000000000001"
RTL = "document.documentElement.dir = 'rtl'"


def test_what_is_overdue_comes_first_and_is_said_in_words(played: Played) -> None:
    page = played()
    page.see("Overdue: 1.")

    first = page.value("document.querySelector('.case-row').innerText")
    assert "overdue" in first
    assert page.value("document.querySelectorAll('.case-row').length") == 6


def test_a_row_that_is_pressed_stays_until_the_press_is_a_click(played: Played) -> None:
    page = played("#cases")
    page.until("document.querySelector('.case-row a')")
    page.value("void (window.row = document.querySelector('.case-row a'))")
    let_go = page.press_down(".case-row a")
    page.value("document.querySelector('#find').dispatchEvent(new Event('input'))")
    assert page.value("window.row.isConnected")
    let_go()
    page.see("What you can do")

    page.visit("about:blank")
    page = played("#cases")
    page.until("document.querySelector('.case-row a')")
    page.value("void (window.row = document.querySelector('.case-row a'))")
    page.value("document.querySelector('#find').dispatchEvent(new Event('input'))")
    assert not page.value("window.row.isConnected")


def test_a_row_under_a_second_finger_stays_when_the_first_is_lifted(played: Played) -> None:
    page = played("#cases")
    page.until("document.querySelectorAll('.case-row a').length > 1")
    places = page.value(
        "[...document.querySelectorAll('.case-row a')].slice(0, 2).map((row) => row.getBoundingClientRect())"
        ".map((box, id) => ({ id, x: box.x + 5, y: box.y + 5 }))"
    )
    page.value("void (window.row = document.querySelector('.case-row a'))")

    def fingers(kind: str, *points: object) -> None:
        page.ask("Input.dispatchTouchEvent", type=kind, touchPoints=list(points))
        page.value("document.querySelector('#find').dispatchEvent(new Event('input'))")

    fingers("touchStart", places[0])
    fingers("touchStart", *places)
    fingers("touchEnd", places[1])
    time.sleep(0.6)  # longer than a press takes to become a click
    fingers("touchMove", places[1])
    assert page.value("window.row.isConnected")
    fingers("touchCancel")
    page.until("!window.row.isConnected")


def test_by_keyboard_showing_more_goes_on_where_the_list_ended(played: Played) -> None:
    page = played("#cases", cases=250)
    page.until("document.querySelectorAll('.case-row').length === 100")
    page.value("document.querySelector('[data-act=more]').focus()")
    page.value("document.querySelector('#find').dispatchEvent(new Event('input'))")
    assert page.value("document.activeElement.matches('[data-act=more]')")

    page.press("Enter")
    page.until("document.querySelectorAll('.case-row').length === 200")
    assert page.value("[...document.querySelectorAll('.case-row a')].indexOf(document.activeElement)") == 100


def test_what_this_office_fetched_elsewhere_is_said_and_can_be_read_here(played: Played) -> None:
    page = played(ONE, scene="elsewhere")
    page.see("Case 00000000, fetched")
    sealed = page.value("document.querySelector('[data-slot=dissent]').innerText").replace("\u00a0", " ")
    assert "Attached files: 1." in sealed
    assert "Fetched by Director of Policy Planning on Wednesday, 28 October 2026" in sealed
    assert "recorded as fetched too, unless it was before" in sealed
    page.see("Director of Policy Planning fetched the filing")
    page.see("Open the text first.")
    page.click("[data-slot=dissent] button")
    page.see("taken in the week of the strike")

    page.visit("about:blank")
    page = played(scene="elsewhere")
    page.see("Case 00000000, fetched")
    page.see("Fetched by Director of Policy Planning on Tuesday, 24 November 2026")
    assert axe(page) == []


def test_a_subject_is_text_and_never_markup(played: Played) -> None:
    page = played("#cases")
    page.see("<img src=x onerror=alert(1)>")

    assert page.value("document.querySelectorAll('#view img').length") == 0
    assert page.dialogs == []
    assert page.complaints() == []


@pytest.mark.data
@pytest.mark.parametrize("folder", ["blns", "languages", "nasty"])
def test_what_people_write_stays_text_whatever_it_is(played: Played, folder: str) -> None:
    data = data_directory()
    assert data is not None
    texts = [path.read_bytes().decode("utf-8", "replace") for path in sorted((data / folder).rglob("*.txt"))]
    lines = [line for text in texts for line in text.replace("\0", "").splitlines() if line.strip()][:700]
    page = played(ONE, scene="hostile", hostile=lines or ["<script>alert(1)</script>"])
    page.see("What happened")
    page.click("#may-reply")
    page.until("document.querySelector('#sheet')")

    assert (
        page.value(
            "document.querySelectorAll('#view :is(img, script, iframe, svg, style, link, object, a[href^=java])').length"
        )
        == 0
    )
    assert page.dialogs == []
    assert page.complaints() == []
    assert all(sent.url.startswith((page.value("location.origin"), "blob:")) for sent in page.sent())
    page.look(width=320)
    assert page.value("document.documentElement.scrollWidth") == 320


TURNED = "Marks that turn the direction of the text, and cannot be seen: 1."
SOMEBODYS = (
    "dissent.text",
    "dissent.claims.0.text",
    "dissent.prompts.recommendation",
    "dissent.marking",
    "dissent.original",
    "attachments.0.name",
    "facts.0.answer",
    "access.1.reason",
    "thread.1.reply.text",
    "thread.1.reply.appeal",
    "thread.1.reply.signedBy",
    "thread.1.reply.answers.0.text",
    "thread.1.reply.answers.1.to",
    "thread.1.reply.commitments.0.text",
    "thread.2.text",
)


@pytest.mark.parametrize("place", SOMEBODYS)
def test_a_mark_that_turns_a_text_is_warned_of_wherever_somebody_wrote_it(played: Played, place: str) -> None:
    page = played(ONE, scene="answered", put={place: "gaji\u202efdp.exe"})
    page.see("What you can do")

    assert TURNED in page.value("document.querySelector('#view').innerText")


def test_a_name_turns_no_word_of_ours_and_is_kept_as_it_is(played: Played) -> None:
    put = {"attachments.0.name": "gaji\u202efdp.exe", "dissent.original": "a\u2069\u202e.txt", "thread.1.title": "عميد"}
    page = played(ONE, scene="answered", put=put)
    page.see("What you can do")
    labels = page.value("[...document.querySelectorAll('#view button')].map((node) => node.textContent)")

    assert "Save gaji⟨U+202E⟩fdp.exe (2 kB)" in labels
    assert "Save what was filed: a⟨U+2069⟩⟨U+202E⟩.txt" in labels
    assert "The reply of \u2068عميد\u2069" in page.value("document.querySelector('#view').textContent")


def test_a_subject_that_turns_is_warned_of_in_the_list(played: Played) -> None:
    page = played("#cases")
    page.see("<img src=x")

    assert TURNED in page.value("document.querySelector('#view').innerText")


def test_a_thousand_cases_show_a_hundred_and_find_the_rest(played: Played) -> None:
    page = played("#cases", cases=1000)
    page.until("document.querySelectorAll('.case-row').length === 100")
    page.fill("#find", "0000000000000000000000000000020a")

    page.until("document.querySelectorAll('.case-row').length === 1")


def test_what_cannot_be_done_says_why(played: Played) -> None:
    page = played(ONE)
    page.see("What you can do")

    page.see("A clock still runs.")
    page.see("Fetch the text first.")
    assert page.value("document.querySelector('#may-reply, #may-close')") is None


YELLOW = """(() => {
  const note = Object.assign(document.createElement('p'), { className: 'note', textContent: 'Know this.' });
  document.querySelector('#view').append(note);
  const colour = getComputedStyle(note).backgroundColor;
  const yellow = [...document.querySelectorAll('#view *')].filter((one) => getComputedStyle(one).backgroundColor === colour);
  return yellow.map((one) => one.textContent);
})()"""


def test_yellow_is_for_what_must_be_known_first_and_not_for_what_was_done_or_is_due(played: Played) -> None:
    page = played(ONE, scene="elsewhere")
    page.see("due soon")
    page.click("#may-fetch")
    page.see("The text stands below.")

    assert page.value(YELLOW) == ["Know this."]


def test_a_moment_tells_its_weekday_and_its_zone(played: Played) -> None:
    page = played(ONE)
    page.see("As of Wednesday, 25 November 2026 at 12:00 GMT\u22125.")


def test_fetching_says_first_that_it_is_recorded(played: Played) -> None:
    page = played(ONE)
    page.click("#may-fetch")
    page.see("told to the author")
    assert "The count was taken" not in page.value("document.body.innerText")
    page.click("#act [data-act=do]")

    page.see("The count was taken in the week of the strike.")


def send_a_question(page: Browser) -> None:
    page.click("#may-message")
    page.fill("#text", "Which week was counted?")
    page.click("#act [data-act=do]")


def test_an_error_loses_nothing_that_was_typed(played: Played) -> None:
    page = played(ONE, trouble={"message": "unreachable"})
    send_a_question(page)
    page.see("The server does not answer.")
    assert page.value("document.querySelector('#text').value") == "Which week was counted?"

    page.click("#tabs a[href='#cases']")
    page.see("Find")
    page.value("location.hash = '#case/00000000000000000000000000000001'")
    page.click("#may-message")
    assert page.value("document.querySelector('#text').value") == "Which week was counted?"


def test_what_was_sent_by_the_servers_clock_is_not_offered_a_second_time(played: Played) -> None:
    page = played(ONE, trouble={"message": "clock-differs"})
    send_a_question(page)
    page.click("#trouble button")
    page.see("Your message is recorded.")
    page.click("#may-message")
    assert page.value("document.querySelector('#text').value") == ""


def away_and_back(page: Browser) -> None:
    page.click("#tabs a[href='#cases']")
    page.see("Find")
    page.value(f"location.hash = '{ONE}'")
    page.see("What you can do")


def test_a_sheet_that_is_opened_again_holds_what_was_chosen_and_warns_of_what_it_holds(played: Played) -> None:
    page = played(ONE)
    page.click("#may-extend")
    page.fill("#text", "It takes\u202e longer.")
    page.value(
        "(() => { const until = document.querySelector('#until'); until.value = '2027-02-15';"
        " until.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    away_and_back(page)
    page.click("#may-extend")

    assert page.value("document.querySelector('#text').value") == "It takes\u202e longer."
    assert page.value("document.querySelector('#until').value") == "2027-02-15"
    assert page.value("document.querySelector('#clock').value") == "reply"
    assert TURNED in page.value("document.querySelector('#act').innerText")

    page.click("#may-grant")
    page.click("#office-deputy")
    away_and_back(page)
    page.click("#may-grant")
    assert page.value("document.querySelector('#office-deputy').checked")
    page.fill("#text", "The budget is hers.")
    page.click("#act [data-act=do]")
    page.see("Access is given, and recorded.")
    page.click("#may-grant")
    assert page.value("document.querySelector('#text').value") == ""
    assert not page.value("document.querySelector('#office-deputy').checked")


def test_a_grant_wants_an_office_and_a_reason(played: Played) -> None:
    page = played(ONE)
    page.click("#may-grant")
    page.click("#act [data-act=do]")
    page.see("Choose an office.")
    page.see("Write the reason")
    assert axe(page) == []
    page.click("#office-deputy")
    page.fill("#text", "The budget is hers.")
    page.click("#act [data-act=do]")

    page.see("Access is given, and recorded.")


def test_a_reply_answers_each_claim_and_its_draft_comes_back(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-reply")
    page.until("document.querySelectorAll('[data-claim]').length === 3")
    page.click("[data-act=check]")
    page.see("Choose the outcome.")
    page.see("Say how claim 3 is answered.")
    page.value("document.querySelector('#outcome').value = 'in_part'")
    for n, kind in enumerate(("answered", "referred", "declined"), start=1):
        page.value(
            f"(() => {{ const s = document.querySelector('#kind-{n}'); s.value = '{kind}'; s.dispatchEvent(new Event('change')); }})()"
        )
        page.fill(f"#text-{n}", f"It is answered by {n}.")
    page.fill("#to-2", "the budget office")
    answer_the_recommendation(page)
    page.see("Draft saved")
    page.click("#act [data-act=cancel]")
    page.until("!document.querySelector('#sheet')")
    page.click("#may-reply")
    page.until("document.querySelector('#text-3')?.value === 'It is answered by 3.'")
    assert axe(page) == []
    page.click("[data-act=check]")
    page.see("Check the reply before it is signed")
    page.see("Referred to the budget office")
    page.click("[data-act=send]")

    page.see("The reply is recorded")


def test_claims_beyond_the_charter_are_answered_together(played: Played) -> None:
    report = {"thread.1.type": "mismatch", "thread.1.fact": "limits.claims"}
    page = played(ONE, scene="late", put={"charter.claims": 2, "faults": ["limits.claims"], **report})
    page.see("The filing has more claims than the charter allows")
    page.see("reported that the filing goes beyond the charter's limits")
    page.click("#may-reply")
    page.see("The charter allows 2 claims. Claims 3 to 3 need no answer of their own")
    assert page.value("document.querySelectorAll('[data-claim]').length") == 2
    assert axe(page) == []
    page.value("document.querySelector('#outcome').value = 'rejected'")
    for n in (1, 2):
        page.value(f"document.querySelector('#kind-{n}').value = 'answered'")
        page.fill(f"#text-{n}", "So it will be done.")
    page.click("[data-act=check]")
    page.see("Say here what the institution answers to claims 3 to 3, together.")
    page.fill("#reply-text", "The third too.")
    answer_the_recommendation(page)
    page.click("[data-act=check]")

    page.see("Check the reply before it is signed")


def look_away_and_back(page: Browser) -> None:
    page.value("location.hash = '#cases'")
    page.see("Find")
    page.value("location.hash = '#case/00000000000000000000000000000001'")
    page.see("What you can do")
    page.click("#may-reply")


def test_a_draft_outlives_a_look_away_however_short(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-reply")
    page.fill("#reply-text", "First.")
    page.see("Draft saved")
    page.fill("#reply-text", "First. And a second sentence")
    look_away_and_back(page)
    page.until("document.querySelector('#reply-text')?.value === 'First. And a second sentence'")

    page.click("#may-message")
    page.click("#may-reply")
    page.until("document.querySelector('#reply-text')?.value === 'First. And a second sentence'")
    page.fill("#reply-text", "First. And a third")
    page.click("article [data-act=again]")
    page.see("This is how it stands now.")
    page.click("#may-reply")
    page.until("document.querySelector('#reply-text')?.value === 'First. And a third'")


def test_a_draft_that_could_not_be_saved_is_still_there_after_a_look_away(played: Played) -> None:
    page = played(ONE, scene="late", trouble={"draft.save": "unreachable"})
    page.click("#may-reply")
    page.fill("#reply-text", "Half a sentence")
    page.see("The draft is not saved")
    look_away_and_back(page)
    page.until("document.querySelector('#reply-text')?.value === 'Half a sentence'")
    page.see("The draft is not saved")


def answer_the_recommendation(page: Browser) -> None:
    page.value("document.querySelector('#recommended-kind').value = 'rejected'")
    page.fill("#recommended-text", "It is not followed.")


def answer_no(page: Browser) -> None:
    answer_the_recommendation(page)
    page.value("document.querySelector('#outcome').value = 'out_of_scope'")
    for field in ("#reply-text", "#appeal", "#text-1", "#text-2", "#text-3"):
        page.fill(field, "No, and this is the reason.")
    page.value("document.querySelectorAll('[data-id=kind]').forEach((field) => { field.value = 'answered'; })")


@pytest.mark.parametrize("again", ["at once", "after a change"])
def test_a_reply_that_twice_could_not_be_sent_is_still_there_after_a_look_away(played: Played, again: str) -> None:
    page = played(ONE, scene="late", trouble={"reply": "unreachable", "draft.save": "unreachable"})
    page.click("#may-reply")
    answer_no(page)
    page.click("[data-act=check]")
    page.click("[data-act=send]")
    page.see("The server does not answer.")
    if again == "after a change":
        page.click("#act [data-act=back]")
        page.fill("#reply-text", "Never.")
        page.click("[data-act=check]")
    page.value("document.querySelector('#trouble')?.remove()")
    page.click("[data-act=send]")
    page.see("The server does not answer.")
    look_away_and_back(page)

    page.until("document.querySelector('#reply-text')?.value")
    assert page.value("document.querySelector('#reply-text').value") == {"at once": "No, and this is the reason."}.get(
        again, "Never."
    )
    assert page.value("document.querySelector('#text-3').value") == "No, and this is the reason."


def test_a_reply_that_was_sent_leaves_no_draft(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-reply")
    answer_no(page)
    page.value(
        "(() => { globalThis.posted = []; const send = Worker.prototype.postMessage; Worker.prototype.postMessage ="
        " function (message, more) { posted.push(message.method); return send.call(this, message, more); }; })()"
    )
    page.click("[data-act=check]")
    page.click("[data-act=send]")
    page.see("The reply is recorded")
    page.click("#tabs a[href='#cases']")
    page.see("Find")

    assert "draft.save" not in page.value("posted")[page.value("posted").index("reply") :]


def test_a_lie_is_told_on_the_page(played: Played) -> None:
    page = played(scene="lied")
    page.see("shows 2 events of the case 00000000, and this seat has seen 3")
    page.value(f"location.hash = '{ONE}'")

    page.see("The filing is not what its author signed.")


def test_a_case_that_this_seat_does_not_have_says_so(played: Played) -> None:
    page = played("#case/" + "0" * 29 + "3e7")

    page.see("This seat has no access to this case")


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("scene", ["first", "lied", "late", "answered", "waiting"])
def test_every_state_of_a_case_is_for_everybody(played: Played, scene: str, language: str) -> None:
    page = played(ONE, scene=scene, language=language)
    page.see({"en": "What happened", "id": "Yang terjadi"}[language])
    assert axe(page) == []
    page.look(width=320)
    assert page.value("document.documentElement.scrollWidth") == 320
    page.value(RTL)
    assert page.value("document.documentElement.scrollWidth") == 320
    assert axe(page) == []
    assert "{" not in page.value("document.querySelector('#view').innerText")


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("place", ["#today", "#cases", "#key"])
def test_every_view_is_for_everybody(played: Played, place: str, language: str) -> None:
    page = played(place, language=language)
    page.until("document.querySelector('#view h1')")
    assert axe(page) == []
    page.value(RTL)
    page.look(width=320)
    assert page.value("document.documentElement.scrollWidth") == 320
    assert axe(page) == []


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("act", ["fetch", "acknowledge", "message", "extend", "grant"])
def test_every_sheet_is_for_everybody(played: Played, act: str, language: str) -> None:
    page = played(ONE, language=language)
    page.click(f"#may-{act}")
    page.until("document.querySelector('#act .card')")
    page.look(width=320)

    assert page.value("document.documentElement.scrollWidth") == 320
    assert axe(page) == []


def test_by_the_keyboard_alone(played: Played) -> None:
    page = played(unlock=False)
    page.tab_to("#words")
    page.type("arctic dream become tiny goat typical practice")
    page.press("Enter")
    page.see("Overdue: 1.")
    page.tab_to("#tabs a[href='#cases']")
    page.press("Enter")
    page.see("Find")
    page.tab_to("a[href='#case/00000000000000000000000000000001']")
    page.press("Enter")
    page.see("What you can do")
    page.tab_to("#may-acknowledge")
    page.press("Enter")
    page.tab_to("#act #text")
    page.type("It has arrived.")
    page.tab_to("#act [data-act=do]")
    page.press("Enter")

    page.see("Acknowledged, and recorded.")


def test_a_case_prints_without_what_acts(played: Played) -> None:
    page = played(ONE, scene="answered")
    page.see("What happened")
    page.look(width=800, media="print")

    hidden = "[...document.querySelectorAll('#head, #account, #act')].every((e) => !e.checkVisibility())"
    assert page.value(hidden)
    assert page.value("document.querySelector('.timeline').checkVisibility()")


def test_it_locks_after_a_quarter_of_an_hour(played: Played, citra: Person) -> None:
    page = played(ONE, scene="late")
    page.see("The count was taken in the week of the strike.")
    page.value("(() => { const real = Date.now; Date.now = () => real() + 16 * 60000; })()")

    page.see("The desk is locked")
    assert "The count" not in page.value("document.documentElement.innerHTML")
    assert page.value("location.hash") == ONE


def test_a_hand_on_the_mouse_after_the_time_is_up_does_not_keep_it_open(played: Played) -> None:
    page = played()
    page.see("Overdue: 1.")
    page.value("(() => { const real = Date.now; Date.now = () => real() + 16 * 60000; })()")
    page.press("Tab")

    page.see("The desk is locked")


def test_reloading_locks(played: Played) -> None:
    page = played()
    page.see("Overdue: 1.")
    page.visit(page.value("location.href"))
    page.ask("Page.reload")

    page.see("The desk is locked")


def test_lock_keeps_the_draft_first(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-reply")
    page.fill("#reply-text", "Half a sentence")
    page.value(
        "(() => { const send = Worker.prototype.postMessage; Worker.prototype.postMessage = function (message, more) {"
        " if (message.method === 'draft.save') document.cookie = 'kept=1; path=/'; return send.call(this, message, more); }; })()"
    )
    page.click("#lock")
    page.see("The desk is locked")

    assert "kept=1" in page.value("document.cookie")
    page.ask("Network.deleteCookies", name="kept", url=page.value("location.origin"))


def test_nothing_of_it_stays_in_the_browser(played: Played) -> None:
    page = played(ONE, scene="late")
    page.see("The count was taken in the week of the strike.")
    kept = page.kept()

    assert {cookie["name"] for cookie in kept.pop("cookies")} == {"desk-en", "desk-id"}
    assert kept == {}
    assert not any("arctic" in request or "Half" in request for request in page.sent())
    assert all("count" not in address for address in page.history())


def test_without_script_the_page_says_what_does_the_same(chromium: Browser, citra: Person) -> None:
    chromium.release()
    sign_in(chromium, citra)
    chromium.without_scripts()
    try:
        chromium.visit("about:blank")
        chromium.visit(f"{citra.channel.url}/id/desk/")
        chromium.without_scripts(off=False)
        chromium.see("demur desk")
        assert chromium.value("document.querySelector('#words')") is None
    finally:
        chromium.without_scripts(off=False)


def test_a_worker_that_does_not_come_is_said_and_the_words_stay_here(chromium: Browser, citra: Person) -> None:
    chromium.release()
    sign_in(chromium, citra)
    chromium.block("*/desk-worker.js")
    chromium.visit("about:blank")
    chromium.visit(f"{citra.channel.url}/en/desk/")
    chromium.fill("#words", citra.vault)
    chromium.click("[data-act=unlock]")
    chromium.see("The part of this page that holds the key has ended.")

    assert not any(citra.vault.split()[0] in sent for sent in chromium.sent())
    chromium.release()


@pytest.mark.parametrize("method", ["today", "open"])
@pytest.mark.parametrize("code", ["unreachable", "bad-answer", "not-on-roster"])
def test_what_fails_is_a_sentence_and_for_everybody(played: Played, method: str, code: str) -> None:
    page = played(ONE if method == "open" else "", trouble={method: code})
    page.until("document.querySelector('[role=alert]')")

    assert axe(page) == []
    assert "{" not in page.value("document.querySelector('#view').innerText")


def test_what_was_asked_of_the_author_stands_with_its_question_and_offices_by_their_titles(played: Played) -> None:
    page = played(ONE, scene="answered")
    page.see("What you can do")
    facts = page.value("[...document.querySelectorAll('#view dl.facts')].map((list) => list.innerText).join('\\n')")
    assert "Asked of the author: Which agency do you serve?\nState" in facts.replace("\n\n", "\n")
    assert "Asked of the author: Where do you serve?\nNot stated" in facts.replace("\n\n", "\n")
    assert "Undersecretary for Political Affairs" in facts


def test_an_act_is_told_with_the_number_of_its_item_and_its_time(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-message")
    page.fill("#text", "A question")
    page.click("#act [data-act=do]")
    page.see("Your message is recorded.")
    said = str(page.value("document.querySelector('#done').textContent")).replace("\u00a0", " ")
    assert re.fullmatch(r"Your message is recorded\. It is item [0-9]+, on [A-Z][a-z]+, .* at .*\.", said), said
