# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing that was typed at the desk is lost unasked; what cannot be done is told at the field; what is signed is shown."""

from collections.abc import Callable

import pytest
from axe import axe
from browsing import Browser

Played = Callable[..., Browser]
ONE = "#case/00000000000000000000000000000001"
TYPED = "Half a sentence that nobody else may lose"


def locked_with_a_draft(played: Played) -> Browser:
    page = played(ONE, scene="late", trouble={"draft.save": "unreachable"})
    page.click("#may-reply")
    page.fill("#reply-text", TYPED)
    page.see("The draft is not saved")
    page.click("#may-message")
    page.fill("#text", "A question that was not sent")
    page.click("#lock")
    page.see("What you typed is not saved or not sent yet.")
    return page


def test_locking_asks_while_something_is_not_saved_and_keeps_it_sealed(played: Played) -> None:
    page = locked_with_a_draft(played)
    assert axe(page) == []
    page.click("dialog [data-act=no]")
    page.until("!document.querySelector('dialog')")
    assert page.value("document.querySelector('#text').value") == "A question that was not sent"
    page.click("#lock")
    page.click("dialog [data-act=yes]")
    page.see("kept in this window, sealed by your key")
    page.see("The desk is locked")
    assert page.value("document.querySelector('#head').hidden")
    assert TYPED not in page.value("document.documentElement.outerHTML")
    assert axe(page) == []

    page.fill("#words", "arctic dream become tiny goat typical practice")
    page.click("[data-act=unlock]")
    page.see("What you had typed is back where you typed it")
    page.see("What you can do")
    page.click("#may-reply")
    page.until(f"document.querySelector('#reply-text')?.value === '{TYPED}'")
    page.click("#may-message")
    page.until("document.querySelector('#act #text')?.value === 'A question that was not sent'")


def test_closing_or_loading_anew_asks_while_something_is_not_saved(played: Played) -> None:
    def asks(page: Browser) -> bool:
        return bool(
            page.value(
                "(() => { const asked = new Event('beforeunload', { cancelable: true }); return !window.dispatchEvent(asked); })()"
            )
        )

    page = played(ONE, scene="late")
    assert not asks(page)
    page.click("#may-reply")
    page.fill("#reply-text", TYPED)
    assert asks(page)  # not even two seconds are lost unasked
    page.see("Draft saved")
    assert not asks(page)
    page.click("#may-message")
    page.fill("#text", "A question")
    assert asks(page)
    page.click("#act [data-act=do]")
    page.see("Your message is recorded.")
    assert not asks(page)


def test_throwing_a_draft_away_asks(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-reply")
    page.fill("#reply-text", TYPED)
    page.click("#act [data-act=drop]")
    page.see("It cannot be brought back.")
    page.press("Escape")
    page.until("!document.querySelector('dialog')")
    assert page.value("document.querySelector('#reply-text').value") == TYPED
    page.click("#act [data-act=drop]")
    page.click("dialog [data-act=yes]")
    page.until("!document.querySelector('#sheet')")
    page.click("#may-reply")
    page.until("document.querySelector('#reply-text')?.value === ''")


@pytest.mark.parametrize("link", [".languages a", "#account a", ".name a"])
def test_a_link_that_leads_away_locks_only_when_it_was_asked(played: Played, link: str) -> None:
    page = played(ONE, scene="late")
    page.see("What you can do")
    page.click(link)
    page.see("the words of your vault are asked for again")
    page.click("dialog [data-act=no]")
    page.until("!document.querySelector('dialog')")
    page.see("What you can do")
    page.click(link)
    page.click("dialog [data-act=yes]")
    page.until("location.pathname !== '/en/desk/'")
    if link == ".languages a":
        assert page.value("location.pathname + location.hash") == f"/id/desk/{ONE}"


def test_a_day_that_the_charter_does_not_allow_is_told_at_the_field(played: Played) -> None:
    page = played(ONE)
    page.click("#may-extend")
    page.fill("#text", "It takes longer.")
    for day, said in (("2030-01-01", "The charter allows Tuesday"), ("2026-01-01", "must be later than")):
        page.value(f"document.querySelector('#until').value = '{day}'")
        page.click("#act [data-act=do]")
        page.until("!document.querySelector('#until-fault').hidden")
        assert said in page.value("document.querySelector('#until-fault').textContent").replace("\u00a0", " ")
        assert page.value("document.querySelector('#until').getAttribute('aria-invalid')") == "true"


def test_a_day_that_is_no_working_day_is_told_at_the_field(played: Played) -> None:
    page = played(ONE, trouble={"extend": "extension-day"}, facts={"chosen": "2027-02-06", "next": "2027-02-08"})
    page.click("#may-extend")
    page.fill("#text", "It takes longer.")
    page.value("document.querySelector('#until').value = document.querySelector('#until').min")
    page.click("#act [data-act=do]")
    page.until("!document.querySelector('#until-fault').hidden")
    said = page.value("document.querySelector('#until-fault').textContent").replace("\u00a0", " ")
    assert said.startswith("Saturday, 6 February 2027 is not a working day")
    assert "Monday, 8 February 2027" in said


def test_what_is_countersigned_stands_in_the_sheet_and_nothing_else_can_be_signed(played: Played) -> None:
    page = played(ONE, scene="waiting")
    page.click("#may-countersign")
    assert page.value("document.querySelector('#act .pairs li') !== null")
    page.visit("about:blank")
    page = played(ONE, scene="waiting", put={"waiting": 1})
    page.click("#may-countersign")
    page.see("The reply is not open here yet.")
    assert page.value("document.querySelector('#act [data-act=do]')") is None


def test_a_promise_that_was_typed_is_removed_only_when_it_is_meant(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-reply")
    page.click("#act [data-act=commit]")
    page.click("#act #commitments [data-act=remove]")  # an empty one goes unasked
    page.until("document.querySelectorAll('#commitments > *').length === 0")
    page.click("#act [data-act=commit]")
    page.fill("#commitments [data-id=promise]", TYPED)
    page.click("#act #commitments [data-act=remove]")
    page.see("What you typed of this promise is then gone.")
    page.press("Escape")
    page.until("!document.querySelector('dialog')")
    assert page.value("document.querySelector('#commitments [data-id=promise]').value") == TYPED
    page.click("#act #commitments [data-act=remove]")
    page.click("dialog [data-act=yes]")
    page.until("document.querySelectorAll('#commitments > *').length === 0")


def test_a_promise_for_a_day_that_is_past_is_told_at_the_field(played: Played) -> None:
    page = played(ONE, scene="late")
    page.click("#may-reply")
    page.click("#act [data-act=commit]")
    page.fill("#commitments [data-id=promise]", "A new count")
    page.value("document.querySelector('#commitments [data-id=date]').value = '2020-01-01'")
    page.click("#act [data-act=check]")
    page.until("document.querySelector('#commitments [data-id=date]').getAttribute('aria-invalid') === 'true'")
    fault = "document.getElementById(`${document.querySelector('#commitments [data-id=date]').id}-fault`).textContent"
    assert page.value(fault) == "A promise must name a day after today."


def test_the_offices_that_can_be_given_access_are_one_group(played: Played) -> None:
    offices = [{"seat": seat, "title": seat, "holder": ""} for seat in ("deputy", "political", "legal")]
    page = played(ONE, put={"grantable": offices})
    page.click("#may-grant")
    page.value("document.querySelector('#office-deputy').focus()")
    page.press("ArrowDown")
    assert page.value("[document.activeElement.id, document.activeElement.checked]") == ["office-political", True]
    page.press("ArrowDown")
    assert page.value("[...document.querySelectorAll('[data-office]:checked')].map((box) => box.value)") == ["legal"]
    page.press("Tab")
    assert not page.value("document.activeElement.matches('[data-office]')")  # one stop for all three
