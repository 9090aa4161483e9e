# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in as a person does it; and what nobody can do without it, or from another site's page."""

import base64
import http.client
import urllib.parse

import pytest
from axe import axe
from browsing import Browser
from sitting import Person, sign_in, type_account

from demur.desk import totp
from serving import Channel, demur

OWN = "quiet rivers carry slow news"


def asked(
    channel: Channel, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request, and nothing followed."""
    line = http.client.HTTPConnection("127.0.0.1", channel.port, timeout=20)
    try:
        line.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        line.close()


def test_from_the_first_passphrase_to_the_desk(chromium: Browser, served: Channel, citra: Person) -> None:
    made = demur("account", "new", served.directory, "bima", "--seat", "custodian", "--json", home=citra.home).json
    ada = Person(channel=served, home=citra.home, name="bima", passphrase=made["passphrase"], codes=[], vault="")
    chromium.visit(f"{served.url}/en/desk/")
    chromium.see("Sign in to the desk")
    assert axe(chromium) == []
    type_account(chromium, ada, code="")
    chromium.see("Set up your account")
    assert axe(chromium) == []
    chromium.look(width=320)
    assert chromium.value("document.documentElement.scrollWidth") == 320
    seed = chromium.value("document.querySelector('#letters').textContent").replace(" ", "")
    at = chromium.value("Math.floor(Date.now() / 1000)")
    chromium.fill("#passphrase", OWN)
    chromium.fill("#again", "quiet rivers")
    chromium.click("main form button")
    chromium.see("The two passphrases differ")
    assert axe(chromium) == []
    chromium.fill("#passphrase", OWN)
    chromium.fill("#again", OWN)
    chromium.fill("#code", totp.code_at(base64.b32decode(seed), at // totp.STEP))
    chromium.click("main form button")
    chromium.see("They are shown once.")
    assert chromium.value("document.querySelectorAll('#codes li').length") == 10
    assert axe(chromium) == []
    code = chromium.value("document.querySelector('#codes code').textContent")
    chromium.visit(f"{served.url}/en/desk/account/")
    assert axe(chromium) == []
    assert chromium.value("document.documentElement.scrollWidth") == 320
    chromium.click("form[action$='/out/'] button")
    chromium.see("Sign in to the desk")
    type_account(chromium, Person(**{**vars(ada), "passphrase": OWN}), code=code)
    chromium.until("location.pathname === '/en/desk/'")
    chromium.look(width=1000)
    chromium.visit(f"{served.url}/en/desk/")
    chromium.click("#account button")
    chromium.see("Sign in to the desk")


def test_a_wrong_code_is_refused_in_one_sentence(chromium: Browser, citra: Person) -> None:
    chromium.visit(f"{citra.channel.url}/id/desk/in/")
    type_account(chromium, citra, code="000000")

    chromium.until("document.querySelector('.errors, .fault')")
    assert chromium.value("location.pathname") == "/id/desk/in/"
    assert chromium.value("document.title").startswith("Galat:")


def test_an_empty_sign_in_says_what_may_be_wrong_and_stands_at_the_field(chromium: Browser, served: Channel) -> None:
    chromium.visit(f"{served.url}/en/desk/in/")
    chromium.click("main form button")
    chromium.until("document.querySelector('.fault') && document.activeElement.id === 'passphrase'")
    said = str(chromium.value("document.querySelector('.fault').textContent"))
    assert said.startswith("The name, passphrase or code is wrong")
    assert "the clock of the telephone" in said
    assert chromium.value("document.title").startswith("Error:")


def test_the_cookie_goes_to_the_desk_and_nowhere_else(chromium: Browser, citra: Person) -> None:
    sign_in(chromium, citra)
    cookies = chromium.ask("Storage.getCookies", to="")["cookies"]
    assert {(row["name"], row["path"]) for row in cookies} == {("desk-en", "/en/desk/"), ("desk-id", "/id/desk/")}
    assert all(row["httpOnly"] and row["sameSite"] == "Strict" for row in cookies)
    assert all(row["expires"] - chromium.value("Date.now() / 1000") <= 12 * 3600 + 60 for row in cookies)

    for place in ("/en/", "/en/file/", "/en/case/", "/api/v1/channel"):
        chromium.visit(citra.channel.url + place)
        assert chromium.value("document.cookie") == ""
        extra = [told["headers"] for told in chromium.told("Network.requestWillBeSentExtraInfo")]
        assert extra
        assert not any("cookie" in name.lower() for headers in extra for name in headers)


@pytest.mark.parametrize("place", ["/en/", "/en/file/", "/api/v1/channel", "/charter.toml", "/en/looks/"])
def test_no_other_page_sets_a_cookie(served: Channel, place: str) -> None:
    status, headers, _ = asked(served, "GET", place, Cookie="desk-en=" + "0" * 64)

    assert status == 200
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("GET", "/en/desk/"),
        ("GET", "/en/desk/account/"),
        ("GET", "/en/desk/vault"),
        ("PUT", "/en/desk/vault"),
        ("GET", "/en/desk/first/"),
    ],
)
def test_who_is_not_signed_in_is_led_to_signing_in(served: Channel, method: str, place: str) -> None:
    for cookie in ("", "desk-en=", "desk-en=" + "0" * 64, "desk-en=' OR 1=1"):
        status, headers, _ = asked(served, method, place, Cookie=cookie)
        assert (status, headers["location"]) == (302, "/en/desk/in/")


def test_a_form_from_another_site_is_refused(served: Channel, dewi: Person) -> None:
    fields = {"name": "dewi", "passphrase": dewi.passphrase, "code": dewi.codes[-1]}
    body = urllib.parse.urlencode(fields).encode()
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    _, headers, page = asked(served, "GET", "/en/desk/in/")
    cookie = headers["set-cookie"].split(";")[0]
    form = page.decode().split('name="form" value="')[1].split('"')[0]

    assert asked(served, "POST", "/en/desk/in/", body, **kind)[0] == 403
    assert asked(served, "POST", "/en/desk/in/", body, **kind, Cookie=cookie)[0] == 403
    assert asked(served, "POST", "/en/desk/in/", body + b"&form=" + form.encode(), **kind)[0] == 403
    whole = body + b"&form=" + form.encode()
    assert asked(served, "POST", "/en/desk/in/", whole, **kind, Cookie=cookie, Sec_Fetch_Site="cross-site")[0] == 403
    status, headers, _ = asked(served, "POST", "/en/desk/in/", whole, **kind, Cookie=cookie)
    dewi.codes.pop()
    assert (status, headers["location"]) == (302, "/en/desk/")
    assert cookie.split("=")[1] not in headers["set-cookie"]


def test_who_signs_out_is_out_also_with_the_old_cookie(served: Channel, dewi: Person) -> None:
    session = signed_in(served, dewi)
    assert asked(served, "GET", "/en/desk/", Cookie=session)[0] == 200
    page = asked(served, "GET", "/en/desk/", Cookie=session)[2].decode()
    form = page.split('data-form="')[1].split('"')[0]
    body = f"form={form}".encode()
    asked(served, "POST", "/en/desk/out/", body, Cookie=session, Content_Type="application/x-www-form-urlencoded")

    assert asked(served, "GET", "/en/desk/", Cookie=session)[0] == 302


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"v":1,"type":"demur/seat-key"}',
        b"-----BEGIN AGE ENCRYPTED FILE-----\n<script>\n-----END AGE ENCRYPTED FILE-----\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\n"
        + b"A" * 64
        + b"\n"
        + b"A" * 20_000
        + b"\n-----END AGE ENCRYPTED FILE-----\n",
        b"\xff\xfe\x00",
    ],
)
def test_only_a_sealed_key_is_kept(served: Channel, dewi: Person, body: bytes) -> None:
    session = signed_in(served, dewi)
    page = asked(served, "GET", "/en/desk/", Cookie=session)[2].decode()
    form = page.split('data-form="')[1].split('"')[0]
    tag = asked(served, "GET", "/en/desk/vault", Cookie=session)[1]["etag"]

    assert asked(served, "PUT", "/en/desk/vault", body, Cookie=session, Demur_Form=form, If_Match=tag)[0] == 400
    assert asked(served, "PUT", "/en/desk/vault", body, Cookie=session, If_Match=tag)[0] == 403


def test_a_vault_is_written_over_only_by_whoever_has_seen_it(served: Channel, dewi: Person) -> None:
    session = signed_in(served, dewi)
    page = asked(served, "GET", "/en/desk/", Cookie=session)[2].decode()
    form = page.split('data-form="')[1].split('"')[0]
    _, headers, kept = asked(served, "GET", "/en/desk/vault", Cookie=session)
    known = {"Cookie": session, "Demur_Form": form}

    assert asked(served, "PUT", "/en/desk/vault", kept, **known)[0] == 412
    assert asked(served, "PUT", "/en/desk/vault", kept, **known, If_None_Match="*")[0] == 412
    assert asked(served, "PUT", "/en/desk/vault", kept, **known, If_Match='"other"')[0] == 412
    assert asked(served, "PUT", "/en/desk/vault", kept, **known, If_Match=headers["etag"])[0] == 204


def signed_in(served: Channel, person: Person) -> str:
    """The cookie of a new session."""
    _, headers, page = asked(served, "GET", "/en/desk/in/")
    cookie = headers["set-cookie"].split(";")[0]
    form = page.decode().split('name="form" value="')[1].split('"')[0]
    fields = {"name": person.name, "passphrase": person.passphrase, "code": person.code(), "form": form}
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    line.request(
        "POST",
        "/en/desk/in/",
        urllib.parse.urlencode(fields).encode(),
        {"Cookie": cookie, "Content-Type": kind["Content_Type"]},
    )
    answer = line.getresponse()
    cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    line.close()
    assert answer.status == 302, answer.status
    return next(value.split(";")[0] for value in cookies if value.startswith("desk-en="))


def page_of_sign_in(served: Channel, language: str) -> tuple[str, str]:
    """The cookie and the form's value of a sign-in page that was just loaded."""
    _, headers, page = asked(served, "GET", f"/{language}/desk/in/")
    return headers["set-cookie"].split(";")[0], page.decode().split('name="form" value="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("language", "cookie", "old", "site"),
    [
        ("en", "No cookie came back", "This form is older", "came from another site"),
        ("id", "Tidak ada kuki yang kembali", "Formulir ini lebih lama", "datang dari situs lain"),
    ],
)
def test_a_form_that_is_not_taken_shows_the_sign_in_again_with_the_cause(
    served: Channel, language: str, cookie: str, old: str, site: str
) -> None:
    kept, form = page_of_sign_in(served, language)
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    tries = (
        (cookie, f"form={form}", kind),  # cookies are blocked
        (old, "form=0000", {**kind, "Cookie": kept}),  # another tab has signed in and out since
        (site, f"form={form}", {**kind, "Cookie": kept, "Sec_Fetch_Site": "cross-site"}),
    )
    for said, body, headers in tries:
        status, answered, page = asked(served, "POST", f"/{language}/desk/in/", body.encode(), **headers)
        assert status == 403
        assert answered["content-type"].startswith("text/html")
        assert said in page.decode()
        assert 'name="form"' in page.decode()


def test_a_second_tab_goes_on_after_signing_in_and_out_in_the_first(served: Channel, dewi: Person) -> None:
    _, form = page_of_sign_in(served, "en")
    session = signed_in(served, dewi)
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    status, _, page = asked(served, "POST", "/en/desk/in/", f"form={form}".encode(), **kind, Cookie=session)
    assert status == 403
    assert "You have signed in already in another tab" in page.decode()
    assert 'href="/en/desk/"' in page.decode()
    shown = asked(served, "GET", "/en/desk/", Cookie=session)[2].decode()
    own = shown.split('data-form="')[1].split('"')[0]
    for cookies in ({"Cookie": session}, {}):  # the first tab signs out; then the second, whose cookie is gone
        status, headers, _ = asked(served, "POST", "/en/desk/out/", f"form={own}".encode(), **kind, **cookies)
        assert (status, headers["location"]) == (302, "/en/desk/in/")
