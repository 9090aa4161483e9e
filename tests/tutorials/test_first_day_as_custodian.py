# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tutorial of the custodian's first day, followed as it stands, on the case of the first dissent."""

import base64
import json
import shlex
from pathlib import Path

import pytest
from browsing import Browser
from sitting import Person, type_account
from walking import Walk, commands

from demur.desk import totp
from serving import Channel, demur

OWN = "quiet rivers carry slow news"

pytestmark = pytest.mark.story


def account(walk: Walk, served: Channel, home: Path) -> Person:
    """What the tutorial's command makes; --json is ours, to read the passphrase."""
    ((command, _),) = commands(walk.text)
    words = shlex.split(command)[1:]
    done = demur(*(str(served.directory) if word == "channel" else word for word in words), "--json", home=home)
    assert done.code == 0, done.err
    return Person(channel=served, home=home, name="ada", passphrase=done.json["passphrase"], codes=[], vault="")


def set_up(walk: Walk, person: Person) -> None:
    """From the first passphrase to the recovery codes."""
    page = walk.page
    page.visit(f"{person.channel.url}/en/desk/")
    page.until("document.querySelector('#passphrase')")
    walk.look()
    type_account(page, person, code="")
    page.see("Set up your account")
    seed = base64.b32decode(page.value("document.querySelector('#letters').textContent").replace(" ", ""))
    page.fill("#passphrase", OWN)
    page.fill("#again", OWN)
    walk.picture("custodian-set-up", last="main .qr")
    page.fill("#code", totp.code_at(seed, page.value("Math.floor(Date.now() / 1000)") // totp.STEP))
    page.click("main form button")
    page.see("They are shown once.")
    walk.look()
    page.click("main .acts a")


def fill_vault(walk: Walk, served: Channel) -> None:
    """Take the practice key, and write down and type back its seven words."""
    page = walk.page
    page.see("You have no vault here yet.")
    walk.look()
    page.click("[data-act=import]")
    page.until("document.querySelector('#key-file')")
    page.choose("#key-file", served.key("custodian"))
    page.click("[data-act=take]")
    page.see("Write down these seven words")
    words = str(page.value("[...document.querySelectorAll('.words li')].map((one) => one.textContent).join(' ')"))
    assert len(words.split()) == 7
    walk.picture("custodian-words", "#view")
    page.click("[data-act=written]")
    page.fill("#words-back", words)
    page.click("[data-act=compare]")
    page.until("!document.querySelector('#head').hidden")


def answer(walk: Walk) -> None:
    """From the case that nobody fetched to the reply."""
    page = walk.page
    page.click("#may-fetch")
    walk.look()
    page.click("#act [data-act=do]")
    page.see("summer holidays")
    walk.picture("custodian-case", "h2:has(+ [data-slot=dissent])", last="[data-slot=dissent]")
    page.click("#may-acknowledge")
    page.fill("#act #text", "It has arrived, and is being read.")
    walk.look()
    page.click("#act [data-act=do]")
    page.see("Acknowledged, and recorded.")
    page.click("#may-reply")
    page.until("document.querySelectorAll('[data-claim]').length === 2")
    page.value("document.querySelector('#outcome').value = 'in_part'")
    for n, kind in enumerate(("answered", "referred"), start=1):
        page.value(
            f"(() => {{ const s = document.querySelector('#kind-{n}'); s.value = '{kind}'; s.dispatchEvent(new Event('change')); }})()"
        )
    page.fill("#text-1", "The count will be repeated in October.")
    page.fill("#to-2", "the consular office")
    page.fill("#text-2", "It will say by May whether one Saturday a month is possible.")
    walk.picture("custodian-reply", "#sheet .pairs")
    page.click("[data-act=check]")
    walk.look()
    page.click("[data-act=send]")
    page.see("The reply is recorded")


def test_the_custodians_first_day_goes_as_its_tutorial_says(
    chromium: Browser, served: Channel, consulate: Path, tmp_path: Path
) -> None:
    walk = Walk(name="first-day-as-custodian", page=chromium)
    set_up(walk, account(walk, served, tmp_path / "admin"))
    fill_vault(walk, served)
    chromium.see("not fetched yet")
    chromium.until("!document.querySelector('#progress').innerText.startsWith('Reading')")
    walk.picture("custodian-today", "#view")
    chromium.click(".case-row a")
    chromium.see("What you can do")
    walk.look()
    answer(walk)
    walk.picture("custodian-answered", "#view", last="#view .clocks")
    chromium.click("#lock")
    chromium.see("The desk is locked")
    walk.ends()

    said = json.dumps(demur("status", "mine.key", "--json", home=consulate).json)
    assert "The count will be repeated in October." in said
    assert "the consular office" in said
