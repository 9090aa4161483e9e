# SPDX-License-Identifier: AGPL-3.0-or-later
"""Amina's browser runs no script: she files on the plain page, knowing what the server sees, and comes back with digits."""

import json
from pathlib import Path

import pytest
from axe import axe
from browsing import Browser

from demur.client.returncode import code_of
from serving import Channel, demur

pytestmark = [pytest.mark.browser, pytest.mark.story]

TEXT = """The northern crossing should stay open

The count was taken in the week of the strike, when few lorries ran.

The southern road is shut by snow on eleven days of an average winter.

I recommend a new count in January."""
REPLY = """outcome = "in_part"
text = "Thank you. A new count will be made."
[[answer]]
claim = 1
kind = "answered"
text = "The count will be repeated in January."
[[answer]]
claim = 2
kind = "referred"
to = "the road office"
text = "The road office will say how it is cleared."
"""


def press(page: Browser, text: str) -> None:
    """Press the button with this text, and wait for the next page."""
    page.events.clear()
    page.value(f"[...document.querySelectorAll('main button')].find((b) => b.textContent.trim() === {text!r}).click()")
    while not page.told("Page.loadEventFired"):
        page.events.append(page._hear())


def violations(page: Browser) -> list[str]:
    """What axe finds; it needs script, which the page was loaded without."""
    page.without_scripts(off=False)
    found = axe(page)
    page.without_scripts()
    return found


def seen(page: Browser) -> str:
    return str(page.value("document.querySelector('main').innerText"))


def shown_at(page: Browser, selector: str) -> list[float]:
    """Width and height in pixels: what stands in the page for readers' programs alone has one of each."""
    return list(
        page.value(
            f"(() => {{ const b = document.querySelector('{selector}').getBoundingClientRect(); return [b.width, b.height]; }})()"
        )
    )


def written(page: Browser, served: Channel, text: str = TEXT) -> None:
    page.visit(f"{served.url}/en/file/plain/")
    page.fill("#text", text)
    press(page, "Continue")


def filed(page: Browser, served: Channel) -> str:
    """File with two claims; the return code."""
    written(page, served)
    for n in (2, 3):
        page.click(f"#claim-{n}")
    return coded(page)


def coded(page: Browser) -> str:
    """From the second step to the last page, by way of the digits; the digits."""
    press(page, "Continue")
    press(page, "Continue")
    code = " ".join(page.value("[...document.querySelectorAll('.digits li')].map((row) => row.textContent)"))
    between = page.value(  # on paper the groups must stand in the order in which they are read: in lines
        "(() => { const style = getComputedStyle(document.querySelector('.digits'));"
        " return [style.flexDirection, parseFloat(style.columnGap) > 0]; })()"
    )
    assert between == ["row", True]
    press(page, "I have written them down")
    back(page, code)
    press(page, "File it now")
    return code


def back(page: Browser, code: str) -> None:
    """Type back the groups that are asked for."""
    for name in page.value("[...document.querySelectorAll('[name^=group-]')].map((box) => box.name)"):
        page.fill(f"#{name}", code.split(" ")[int(name.partition("-")[2]) - 1])


def opened(page: Browser, served: Channel, code: str) -> None:
    page.visit(f"{served.url}/en/case/plain/")
    page.fill("#code", code)
    press(page, "Open my case")


def test_filed_answered_and_read_without_script(page: Browser, served: Channel, tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = ["desk", *served.known, "--key", served.key("custodian")]
    before = {row["case"] for row in demur(*desk, "list", "--json", home=home).json["cases"]}
    page.visit(f"{served.url}/en/file/plain/")
    assert "This server reads what you send here before it seals it." in seen(page)
    assert violations(page) == []
    written(page, served)
    assert violations(page) == []
    code = filed(page, served)
    assert violations(page) == []
    digits = code.replace(" ", "")
    assert (len(digits), digits.isdigit()) == (42, True)

    page.saved_to(tmp_path / "saved")
    page.value("document.querySelector('a[download]').click()")
    receipt = page.saved("*.receipt")
    found = demur("verify", receipt, "--channel", served.file, "--json", home=home)
    assert found.code == 0, found.err
    assert found.json["files"][0]["state"] in {"promised", "recorded"}  # the tick may still be under way

    [case] = {row["case"] for row in demur(*desk, "list", "--json", home=home).json["cases"]} - before
    fetched = demur(*desk, "fetch", case, home=home)
    assert fetched.code == 0, fetched.err
    assert "few lorries ran" in fetched.out
    assert "sealed by the server" in fetched.out  # every reader sees it, for ever
    (home / "reply.toml").write_text(REPLY)
    for act in (["acknowledge", case], ["reply", case, "reply.toml"]):
        done = demur(*desk, *act, home=home)
        assert done.code == 0, done.err

    opened(page, served, code)
    text = seen(page)
    assert "Accepted in part." in text
    assert "The count will be repeated in January." in text
    assert "Referred to the road office" in text
    assert "The southern road is shut by snow" in text
    assert violations(page) == []

    page.fill("#message", "Thank you. When?")
    press(page, "Seal and send")
    assert "Your message is recorded, as item" in seen(page)
    assert shown_at(page, "[role=status]")[1] > 20
    assert "Thank you. When?" in demur(*desk, "fetch", case, home=home).out


def test_a_case_is_withdrawn_only_when_it_was_asked_twice(page: Browser, served: Channel) -> None:
    code = filed(page, served)
    opened(page, served, code)
    press(page, "Withdraw…")
    assert "Withdrawn by you." not in seen(page)
    page.fill("#reason", "It was settled.")
    press(page, "Withdraw the case")
    assert "Withdrawn by you." in seen(page)
    assert "running" not in seen(page)  # the clocks are right in the same moment
    assert "due soon" not in seen(page)
    assert "ended by withdrawal" in seen(page)
    assert shown_at(page, "[role=status]")[1] > 20
    assert "Withdraw…" not in seen(page)


def test_a_case_of_words_is_not_opened_and_the_command_line_is_named(
    page: Browser, served: Channel, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "text.txt").write_text("Mine\n\nThe count was wrong.\n")
    assert demur("file", *served.known, "--yes", "-o", "mine", "text.txt", home=home).code == 0
    words = json.loads((home / "mine.key").read_text())["words"]
    opened(page, served, code_of(words))
    assert "sealed on its author's own machine" in seen(page)
    assert "The count was wrong" not in seen(page)


@pytest.mark.parametrize(
    "code", ["12", "9" * 39, "0" * 39, "one two three four five six seven eight nine ten eleven twelve and more"]
)
def test_a_code_that_is_none_is_one_sentence(page: Browser, served: Channel, code: str) -> None:
    page.visit(f"{served.url}/en/case/plain/")
    page.value(
        f"document.querySelector('#code').removeAttribute('pattern'); document.querySelector('#code').value = {code!r}"
    )
    press(page, "Open my case")
    text = seen(page)
    told = ["not a return code" in text, "no case for this code" in text, "A digit is wrong" in text]
    assert told.count(True) == 1
    assert page.value("document.querySelector('#code').value") == ""


def test_an_error_loses_nothing_that_was_typed(page: Browser, served: Channel, tmp_path: Path) -> None:
    written(page, served)
    page.click("#claim-2")
    photograph = tmp_path / "photo.jpg"
    photograph.write_bytes(b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*" + bytes(64) + b"\xff\xd9")
    page.choose("#file", photograph)
    press(page, "Continue")
    assert "tick that the files go as they are" in seen(page)
    assert page.value("document.querySelector('textarea[name=text]').value") == TEXT
    assert page.value("document.querySelector('#claim-2').checked")
    page.click("#as-is")
    press(page, "Continue")  # the file was kept
    assert "photo.jpg" in seen(page)
    press(page, "Continue")
    assert "return code" in seen(page)


def test_a_name_that_a_browser_writes_otherwise_is_shown_before_it_is_filed(
    page: Browser, served: Channel, tmp_path: Path
) -> None:
    written(page, served)
    quoted = tmp_path / 'say "no".txt'
    quoted.write_text("x")
    page.choose("#file", quoted)
    press(page, "Continue")
    assert '“say %22no%22.txt” is filed as “say "no".txt”' in seen(page)
    assert violations(page) == []
    page.click("#rename-1")
    press(page, "Continue")
    assert 'say "no".txt' in seen(page)
    press(page, "Continue")
    assert "return code" in seen(page)


def test_in_indonesian_each_page_is_for_everybody(page: Browser, served: Channel) -> None:
    def forward() -> None:
        press(page, page.value("document.querySelector('main form button').textContent.trim()"))
        assert violations(page) == []

    page.visit(f"{served.url}/id/file/plain/")
    assert violations(page) == []
    page.fill("#text", TEXT)
    for _ in range(3):
        forward()
    code = " ".join(page.value("[...document.querySelectorAll('.digits li')].map((row) => row.textContent)"))
    forward()
    back(page, code)
    forward()
    page.visit(f"{served.url}/id/case/plain/")
    assert violations(page) == []
    page.fill("#code", code)
    forward()
    assert "Yang terjadi" in seen(page)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_is_wider_than_the_window(page: Browser, served: Channel, width: int, direction: str) -> None:
    page.look(width=width)
    for act in (
        lambda: page.visit(f"{served.url}/en/file/plain/"),
        lambda: written(page, served),
        lambda: filed(page, served),
        lambda: page.visit(f"{served.url}/en/case/plain/"),
    ):
        act()
        page.value(f"document.documentElement.dir = '{direction}'")
        assert page.value("document.documentElement.scrollWidth") == width
