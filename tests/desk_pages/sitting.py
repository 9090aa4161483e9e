# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody who sits down at the desk: their account, and how they sign in and unlock."""

from dataclasses import dataclass
from pathlib import Path

from browsing import Browser

from serving import Channel, demur


@dataclass(kw_only=True)
class Person:
    """Who has an account: what they know, and the channel it is for. `vault` holds the seven words of the vault."""

    channel: Channel
    home: Path
    name: str
    passphrase: str
    codes: list[str]
    vault: str

    def code(self) -> str:
        """A recovery code, or when they are used up what the app shows now."""
        if self.codes:
            return self.codes.pop()
        return demur("account", "code", self.channel.directory, self.name, home=self.home).out.strip()


def sign_in(page: Browser, person: Person, *, language: str = "en") -> None:
    """Sign in, unless this browser is."""
    page.visit(f"{person.channel.url}/{language}/desk/in/")
    if page.value("document.querySelector('#passphrase') === null"):
        return
    type_account(page, person, code=person.code())
    page.until("location.pathname.endsWith('/desk/') && document.readyState === 'complete'")


def type_account(page: Browser, person: Person, *, code: str) -> None:
    """Fill in the sign-in and send it."""
    page.fill("#name", person.name)
    page.fill("#passphrase", person.passphrase)
    page.fill("#code", code)
    page.click("main form button")


def unlock(page: Browser, words: str) -> None:
    """Type the words of the vault."""
    page.fill("#words", words)
    page.click("[data-act=unlock]")
    page.until("!document.querySelector('#head').hidden")
