# SPDX-License-Identifier: AGPL-3.0-or-later
"""A custodian's day in the browser, on a case filed by the command line; and one key in both places."""

import json
from pathlib import Path

import pytest
from axe import axe
from browsing import Browser
from sitting import Person, sign_in, unlock

from serving import Channel, demur

DISSENT = """The northern crossing should stay open this winter

The count on which the closure rests was taken in the week of the strike.

The southern road is shut by snow on eleven days of an ordinary winter.

The sum that is saved is less than what two days of closure cost.
"""
OWN = "quiet rivers carry slow news"

pytestmark = pytest.mark.story


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Amina's own machine."""
    return tmp_path / "amina"


def filed(served: Channel, home: Path) -> Path:
    """A dissent with three claims, filed; the key file's path."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "dissent.txt").write_text(DISSENT)
    done = demur("file", *served.known, "dissent.txt", "--claims", "2,3,4", "-o", "mycase", "--yes", home=home)
    assert done.code == 0, done.err
    return home / "mycase.key"


def test_a_case_from_inbox_to_answer(chromium: Browser, served: Channel, citra: Person, home: Path) -> None:
    key = filed(served, home)
    chromium.release()
    sign_in(chromium, citra)
    chromium.visit("about:blank")
    chromium.visit(f"{served.url}/en/desk/")
    unlock(chromium, citra.vault)
    chromium.see("not fetched yet")
    assert axe(chromium) == []
    chromium.click(".case-row a")
    chromium.see("What you can do")
    assert axe(chromium) == []
    chromium.click("#may-fetch")
    chromium.click("#act [data-act=do]")
    chromium.see("taken in the week of the strike")
    assert "fetched" in demur("status", str(key), home=home).out
    chromium.click("#may-acknowledge")
    chromium.fill("#act #text", "It has arrived, and is being read.")
    chromium.click("#act [data-act=do]")
    chromium.see("Acknowledged, and recorded.")
    chromium.click("#may-reply")
    chromium.until("document.querySelectorAll('[data-claim]').length === 3")
    chromium.value("document.querySelector('#outcome').value = 'in_part'")
    for n, kind in enumerate(("answered", "referred", "declined"), start=1):
        chromium.value(
            f"(() => {{ const s = document.querySelector('#kind-{n}'); s.value = '{kind}'; s.dispatchEvent(new Event('change')); }})()"
        )
        chromium.fill(f"#text-{n}", f"This is the answer to claim {n}.")
    chromium.fill("#to-2", "the road office")
    chromium.see("Draft saved")
    chromium.ask("Page.reload")
    chromium.see("The desk is locked")
    unlock(chromium, citra.vault)
    chromium.click("#may-fetch")
    chromium.click("#may-reply")
    chromium.until("document.querySelector('#text-3')?.value === 'This is the answer to claim 3.'")
    chromium.click("[data-act=check]")
    chromium.click("[data-act=send]")
    chromium.see("The reply is recorded")
    assert axe(chromium) == []
    assert not any("answer to claim" in sent or "week of the strike" in sent for sent in chromium.sent())
    words = citra.vault.split()
    assert not any(" ".join(words[:3]) in sent for sent in chromium.sent())

    status = demur("status", str(key), "--json", home=home)
    assert status.code == 0, status.err
    said = json.dumps(status.json)
    for text in ("It has arrived, and is being read.", *(f"This is the answer to claim {n}." for n in (1, 2, 3))):
        assert text in said


def test_a_case_that_the_program_fetched_is_fetched_here_too_and_is_not_recorded_twice(
    chromium: Browser, served: Channel, citra: Person, home: Path
) -> None:
    filed(served, home)
    desk = ["desk", *served.known, "--key", served.key("custodian")]
    case = max(demur(*desk, "list", "--json", home=home).json["cases"], key=lambda row: (row["received"], row["case"]))
    assert demur(*desk, "fetch", case["case"], home=home).code == 0
    chromium.release()
    sign_in(chromium, citra)
    chromium.visit("about:blank")
    chromium.visit(f"{served.url}/en/desk/#case/{case['case']}")
    unlock(chromium, citra.vault)
    chromium.see(f"Case {case['case'][:8]}, fetched")
    chromium.see("is recorded as fetched too, unless it was before")
    chromium.click("[data-slot=dissent] button")
    chromium.see("taken in the week of the strike")
    found = demur(*desk, "fetch", case["case"], "--json", home=home).json
    assert [row["event"]["type"] for row in found["events"]].count("fetch") == 1


def test_what_an_office_does_beside_answering_and_what_a_second_one_must(
    chromium: Browser, served: Channel, citra: Person, dewi: Person, home: Path
) -> None:
    key = filed(served, home)
    case = sit_down_at_the_newest(chromium, citra)
    act(chromium, "fetch", "The text stands below.")
    act(chromium, "message", "Your message is recorded.", text="Which week was counted?")
    act(chromium, "acknowledge", "Acknowledged, and recorded.")
    act(chromium, "extend", "The new date is recorded.", text="The count is repeated.", last_day=True)
    chromium.click("#may-grant")
    chromium.click("#act [data-office]")
    chromium.fill("#act #text", "The budget is theirs.")
    chromium.click("#act [data-act=do]")
    chromium.see("Access is given, and recorded.")
    chromium.click("#may-reply")
    chromium.until("document.querySelectorAll('[data-claim]').length === 3")
    chromium.value("document.querySelector('#outcome').value = 'rejected'")
    for n in (1, 2, 3):
        chromium.value(f"document.querySelector('#kind-{n}').value = 'declined'")
        chromium.fill(f"#text-{n}", "It is not for this office.")
    chromium.click("[data-act=check]")
    chromium.see("It declines every claim.")
    chromium.click("[data-act=send]")
    chromium.see("It counts once a second office has countersigned it.")
    chromium.see("Another office must do it, since this one wrote the reply.")

    assert sit_down_at_the_newest(chromium, dewi) == case
    act(chromium, "fetch", "The text stands below.")
    chromium.click("#may-countersign")
    assert "It is not for this office." in chromium.value("document.querySelector('#act').innerText")  # what is signed
    act(chromium, "countersign", "Countersigned, and recorded.")
    assert axe(chromium) == []
    chromium.see("Not for this office.")
    assert sit_down_at_the_newest(chromium, citra) == case
    chromium.see("The author has until the end of")  # ten working days to say that it does not answer
    assert chromium.value("document.querySelector('#may-close')") is None

    said = json.dumps(demur("status", str(key), "--json", home=home).json)
    for text in ("Which week was counted?", "The count is repeated.", "The budget is theirs.", "countersign"):
        assert text in said, text


def sit_down_at_the_newest(page: Browser, person: Person) -> str:
    """Sign in as somebody, unlock, and open the case that was filed last; its address."""
    page.ask("Storage.clearCookies", to="")
    sign_in(page, person)
    page.visit("about:blank")
    page.visit(f"{person.channel.url}/en/desk/#cases")
    unlock(page, person.vault)
    page.see("The desk is open.")
    page.click(".case-row a")
    page.see("What you can do")
    return str(page.value("location.hash"))


def act(page: Browser, name: str, said: str, *, text: str = "", last_day: bool = False) -> None:
    """Open an act's sheet, fill it in, and do it."""
    page.click(f"#may-{name}")
    if last_day:
        page.value(
            "(() => { const field = document.querySelector('#until'); field.value = field.max || field.min; })()"
        )
    if text:
        page.fill("#act #text", text)
    page.click("#act [data-act=do]")
    page.see(said)


def test_a_saved_key_file_opens_on_the_command_line(
    chromium: Browser, served: Channel, dewi: Person, home: Path, tmp_path: Path
) -> None:
    filed(served, home)
    chromium.ask("Storage.clearCookies", to="")
    chromium.saved_to(tmp_path / "saved")
    sign_in(chromium, dewi)
    chromium.visit("about:blank")
    chromium.visit(f"{served.url}/en/desk/#key")
    unlock(chromium, dewi.vault)
    chromium.fill("#words-now", dewi.vault)
    chromium.click("[data-act=change]")
    chromium.see("Write down these seven words")
    new = chromium.value("[...document.querySelectorAll('.words li')].map((one) => one.textContent).join(' ')")
    assert axe(chromium) == []
    chromium.click("[data-act=written]")
    chromium.fill("#words-back", dewi.vault)
    chromium.click("[data-act=compare]")
    chromium.see("These are not the seven words")
    assert axe(chromium) == []
    chromium.fill("#words-back", new)
    chromium.click("[data-act=compare]")
    chromium.see("My key")
    chromium.click("[data-act=save]")
    saved = chromium.saved("secretary.key")
    (tmp_path / "words").write_text(new)
    listed = demur(
        "desk", *served.known, "--key", saved, "--passphrase-file", tmp_path / "words", "list", "--json", home=home
    )

    assert listed.code == 0, listed.err
    assert listed.json["cases"]


def test_a_key_file_of_the_command_line_opens_in_the_browser(
    chromium: Browser, served: Channel, citra: Person, tmp_path: Path
) -> None:
    made = demur("account", "new", served.directory, "eka", "--seat", "political", "--json", home=citra.home).json
    chromium.ask("Storage.clearCookies", to="")
    set_up(chromium, served, made["passphrase"], "eka")
    chromium.click("[data-act=import]")
    assert axe(chromium) == []
    chromium.choose("#key-file", served.key("political"))
    chromium.click("[data-act=take]")
    chromium.see("Write down these seven words")
    words = chromium.value("[...document.querySelectorAll('.words li')].map((one) => one.textContent).join(' ')")
    chromium.click("[data-act=written]")
    chromium.fill("#words-back", words)
    chromium.click("[data-act=compare]")
    chromium.until("!document.querySelector('#head').hidden")
    chromium.ask("Page.reload")
    chromium.see("The desk is locked")
    unlock(chromium, words)

    chromium.see("Today")


def test_a_key_made_in_the_browser_is_a_request_for_the_officers(
    chromium: Browser, served: Channel, citra: Person, tmp_path: Path
) -> None:
    made = demur("account", "new", served.directory, "ada", "--seat", "custodian", "--json", home=citra.home).json
    chromium.ask("Storage.clearCookies", to="")
    chromium.saved_to(tmp_path / "made")
    set_up(chromium, served, made["passphrase"], "ada")
    assert axe(chromium) == []
    chromium.click("[data-act=make]")
    chromium.fill("#holder", "Ada Example")
    chromium.click("[data-act=make]")
    chromium.see("Write down these seven words")
    words = chromium.value("[...document.querySelectorAll('.words li')].map((one) => one.textContent).join(' ')")
    chromium.click("[data-act=written]")
    chromium.fill("#words-back", words)
    chromium.click("[data-act=compare]")
    chromium.see("have not put this key on the roster")
    assert axe(chromium) == []
    chromium.click("[data-act=request]")
    request = json.loads(chromium.saved("custodian.request").read_text())
    chromium.click("[data-act=save]")
    saved = chromium.saved("custodian.key")
    (tmp_path / "words").write_text(words)
    again = demur(
        *("seat", "fill", "--request", "--seat", "custodian", "--holder", "Ada Example", "--key", saved),
        *("--channel", served.file, "--passphrase-file", tmp_path / "words", "-o", tmp_path / "again.request"),
        home=citra.home,
    )
    assert again.code == 0, again.err

    assert json.loads((tmp_path / "again.request").read_text()) == request


def set_up(page: Browser, served: Channel, passphrase: str, name: str) -> None:
    """From the first passphrase to the desk without a vault."""
    import base64

    from sitting import type_account

    from demur.desk import totp

    person = Person(channel=served, home=Path(), name=name, passphrase=passphrase, codes=[], vault="")
    page.visit(f"{served.url}/en/desk/in/")
    type_account(page, person, code="")
    page.see("Set up your account")
    seed = base64.b32decode(page.value("document.querySelector('#letters').textContent").replace(" ", ""))
    page.fill("#passphrase", OWN)
    page.fill("#again", OWN)
    page.fill("#code", totp.code_at(seed, page.value("Math.floor(Date.now() / 1000)") // totp.STEP))
    page.click("main form button")
    page.see("They are shown once.")
    page.until("document.readyState === 'complete'")
    page.click("main .acts a")
    page.see("You have no vault here yet.")


def test_what_is_not_sent_when_the_desk_is_locked_is_sealed_by_the_real_worker_and_comes_back(
    chromium: Browser, served: Channel, citra: Person, home: Path
) -> None:
    filed(served, home)
    chromium.release()
    sit_down_at_the_newest(chromium, citra)
    if chromium.value("!!document.querySelector('#may-fetch')"):
        chromium.click("#may-fetch")
        chromium.click("#act [data-act=do]")
        chromium.see("taken in the week of the strike")
    chromium.click("#may-message")
    typed = "A question that nobody has sent"
    chromium.fill("#act #text", typed)
    chromium.click("#lock")
    chromium.click("dialog [data-act=yes]")
    chromium.see("kept in this window, sealed by your key")
    assert typed not in chromium.value("document.documentElement.outerHTML")
    assert axe(chromium) == []
    unlock(chromium, citra.vault)
    chromium.see("What you had typed is back where you typed it")
    chromium.click("#may-fetch")  # the texts are locked away too
    chromium.see("taken in the week of the strike")
    chromium.click("#may-message")
    chromium.until(f"document.querySelector('#act #text')?.value === '{typed}'")
    assert typed not in demur("status", str(home / "mycase.key"), home=home).out
