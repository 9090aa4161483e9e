# SPDX-License-Identifier: AGPL-3.0-or-later
"""A session that ended, or another that began, while a page lay open: each form says what is so, and what was made there is not lost."""

import urllib.parse
from pathlib import Path

import pytest
from browsing import Browser
from sitting import Person, sign_in, unlock
from test_signing_in import asked, page_of_sign_in, signed_in

from serving import Channel, demur

KIND = {"Content_Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def fitri(served: Channel, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The secretary, in an account of her own: each sign-in uses up a code."""
    return person(served, tmp_path_factory.mktemp("admin"), "fitri", "secretary")


@pytest.fixture(scope="module")
def hana(served: Channel, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """A political office, in the same way."""
    return person(served, tmp_path_factory.mktemp("admin"), "hana", "political")


def person(served: Channel, home: Path, name: str, seat: str) -> Person:
    made = demur("account", "new", served.directory, name, "--seat", seat, "--ready", "--json", home=home).json
    return Person(channel=served, home=home, **{key: made[key] for key in ("name", "passphrase", "codes", "vault")})


def form_in(page: bytes) -> str:
    return page.decode().split('name="form" value="')[1].split('"')[0]


def left(served: Channel, cookie: str) -> None:
    """Sign this session out, as from another tab."""
    page = asked(served, "GET", "/en/desk/account/", Cookie=cookie)[2]
    asked(served, "POST", "/en/desk/out/", f"form={form_in(page)}".encode(), **KIND, Cookie=cookie)


@pytest.mark.parametrize(
    ("language", "over"), [("en", "You are not signed in any more"), ("id", "Anda tidak lagi masuk")]
)
def test_a_form_of_the_account_says_that_the_session_is_over(
    served: Channel, fitri: Person, language: str, over: str
) -> None:
    cookie = signed_in(served, fitri)
    form = form_in(asked(served, "GET", "/en/desk/account/", Cookie=cookie)[2])
    left(served, cookie)
    body = urllib.parse.urlencode({"form": form, "act": "passphrase", "new": "n", "again": "n"}).encode()
    own = cookie.replace("desk-en", f"desk-{language}")
    for cookies in ({"Cookie": own}, {}):  # the server ended it; the browser let it go after twelve hours
        for place in ("account", "first"):
            status, _, page = asked(served, "POST", f"/{language}/desk/{place}/", body, **KIND, **cookies)
            assert (status, over in page.decode()) == (403, True), place
            assert "this browser keeps no cookie" not in page.decode()
            assert f'action="/{language}/desk/in/"' in page.decode()


def test_a_form_of_the_account_that_is_older_than_a_sign_in_is_not_told_to_be_typed_into_the_sign_in(
    served: Channel, fitri: Person
) -> None:
    first = signed_in(served, fitri)
    form = form_in(asked(served, "GET", "/en/desk/account/", Cookie=first)[2])
    second = signed_in(served, fitri)
    status, _, page = asked(served, "POST", "/en/desk/account/", f"form={form}".encode(), **KIND, Cookie=second)

    assert status == 403
    assert "you signed in again or changed the account in another tab" in page.decode()
    assert "Type it again here" not in page.decode()
    assert 'href="/en/desk/"' in page.decode()


def test_a_sign_in_page_that_lay_open_for_half_a_day_is_told_so(served: Channel) -> None:
    _, form = page_of_sign_in(served, "en")
    page = asked(served, "POST", "/en/desk/in/", f"form={form}".encode(), **KIND)[2].decode()

    assert "lay open for more than twelve hours" in page
    assert "You are not signed in any more" not in page


def drawn(chromium: Browser, person: Person) -> str:
    """New words for the vault, shown and not yet typed back."""
    chromium.ask("Storage.clearCookies", to="")
    sign_in(chromium, person)
    chromium.visit("about:blank")
    chromium.visit(f"{person.channel.url}/en/desk/#key")
    unlock(chromium, person.vault)
    chromium.fill("#words-now", person.vault)
    chromium.click("[data-act=change]")
    chromium.see("Write down these seven words")
    words = chromium.value("[...document.querySelectorAll('.words li')].map((one) => one.textContent).join(' ')")
    chromium.click("[data-act=written]")
    chromium.fill("#words-back", words)
    return str(words)


def becomes(chromium: Browser, served: Channel, cookie: str) -> None:
    """The browser's cookie, as after another sign-in in another tab."""
    for language in ("en", "id"):
        chromium.ask(
            "Network.setCookie",
            name=f"desk-{language}",
            value=cookie.partition("=")[2],
            url=f"{served.url}/{language}/desk/",
            path=f"/{language}/desk/",
            httpOnly=True,
            sameSite="Strict",
        )


def test_new_words_are_kept_after_signing_in_again_in_another_tab_and_by_nobody_else(
    chromium: Browser, served: Channel, fitri: Person, hana: Person
) -> None:
    words = drawn(chromium, fitri)
    other = signed_in(served, hana)
    before = asked(served, "GET", "/en/desk/vault", Cookie=other)[2]
    becomes(chromium, served, other)
    chromium.click("[data-act=compare]")
    chromium.see("Somebody else is signed in in this browser now.")
    assert asked(served, "GET", "/en/desk/vault", Cookie=other)[2] == before
    becomes(chromium, served, "desk-en=" + "0" * 64)
    chromium.fill("#words-back", words)
    chromium.click("[data-act=compare]")
    chromium.see("You are not signed in any more.")
    becomes(chromium, served, signed_in(served, fitri))
    chromium.fill("#words-back", words)
    chromium.click("[data-act=compare]")
    chromium.until("document.querySelector('#words-now')")
    fitri.vault = words
    chromium.ask("Page.reload")
    chromium.see("The desk is locked")
    unlock(chromium, words)
    chromium.value(
        "document.querySelector('#account button').click()"
    )  # the form of signing out took over the new value too
    chromium.see("Sign in to the desk")
