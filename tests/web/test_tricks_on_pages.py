# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages that a browser reads otherwise than a library does, and answers that send it elsewhere: each trick is told."""

import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demur.client.errors import BadAnswer
from demur.client.http import Looked
from demur.client.pagescan import ATTRIBUTES, TAGS, faults_of_page
from demur.client.places import PAGES
from demur.client.site import MOST_LANGUAGES, Listed, differences
from demur.client.siteheaders import OF_PAGE
from demur.web.headers import POLICY, policy

ROOT = Path(__file__).parents[2]
EVIL = '<script src="/static/evil.js"></script>'
LISTED = {"/static/write.js"}
PAGE = b'<!doctype html><html lang="en"><body><a href="/en/" hreflang="en">x</a></body></html>'
HEADERS = {**OF_PAGE, "content-security-policy": POLICY}
NO_FILES = Listed(release="x", serial=1, files={}, index=1, since=1, unwitnessed=False)


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="/static/evil.js" src="/static/write.js"></script>',
        '<form method="post" action="https://evil.example/" action="/en/x/"></form>',
        '<link rel="stylesheet" href="//evil.example/x.css" HREF="/static/write.js">',
        '<p class="a" class="b">',
        "<!-- a plain comment -->",
        f"<!-->{EVIL}-->",
        f"<!-- a --!>{EVIL}-->",
        f"<![CDATA[>{EVIL}]]>",
        f'<!x "[>{EVIL}">',
        f'<?x ">{EVIL}">',
        "<!doctype html>",
        f'<script type="application/json">{{}}</script/>{EVIL}<script type="application/json"></script>',
        f'<script type="application/json">{{}}</script x>{EVIL}',
        f'<script type="application/json">{{}}</script\n>{EVIL}',
        '<script type="application/json">"<!--<script>"</script>',
        '<script type="application/json">{}',
        f"<title><!--</title>{EVIL}--></title>",
        f"<textarea><!--</textarea>{EVIL}-->",
        f"<title><p></title>{EVIL}",
        "<p>x</p >",
        "<p>x</p a>",
        "</>",
        "a < b",
        f'<noscript><p title="</noscript>{EVIL}"></noscript>',
        "<p title=unquoted>",
        '<p title="a"id="b">',
        '<p/title="a">',
        "<p",
        "a\x00b",
        '<\u017fcript src="/static/evil.js"></script>',
        f"<xmp></xmp>{EVIL}",
        '<svg><script src="/static/write.js" href="/static/evil.js"></script></svg>',
        '<svg><use xlink:href="/static/evil.svg"></use></svg>',
        '<form action="/\\evil.example/"></form>',
        '<form action="\t/\t/evil.example/"></form>',
        '<script src="/static/evil&period;js"></script>',
        '<a href="/x/" hreflang="a/b">',
        '<svg><filter><feImage href="https://evil.example/"></feImage></filter></svg>',
        '<svg><rect width="9" fill="url(https://evil.example/#f)"/></svg>',
        '<svg><rect width="9" filter="url(https://evil.example/#f)"/></svg>',
        '<track src="https://evil.example/">',
        '<video poster="https://evil.example/"></video>',
        '<img src="/static/write.js">',
        '<input type="image" src="/static/write.js">',
        '<link rel="stylesheet" href="/static/write.js" imagesizes="1">',
        '<meta name="referrer" content="unsafe-url">',
        '<form action="/en/x/" target="x"></form>',
        "<p contenteditable>",
        "<some-new-element>",
    ],
)
def test_markup_that_browsers_may_read_otherwise_is_a_fault(markup: str) -> None:
    assert faults_of_page(f'<!doctype html><html lang="en"><body>{markup}</body></html>', LISTED) != []


@pytest.mark.parametrize(
    "page", ["", "<html></html>", "x<!doctype html>", "\ufeff<!doctype html>", "<!doctype html x>"]
)
def test_a_page_begins_as_all_of_ours_do(page: str) -> None:
    assert faults_of_page(page, LISTED) == ["does not begin with <!doctype html>"]


@pytest.mark.parametrize(
    "markup",
    [
        '<form method="post"><textarea></textarea></form>',
        '<textarea name="text"></textarea>',
        '<form method="post"><input type="radio" name="parts" value="blank"></form>',
        '<input name="words">',
        '<input type="text" name="words">',
        '<button name="words">x</button>',
    ],
)
def test_a_form_that_could_be_sent_is_a_fault_on_a_page_that_seals_and_only_there(markup: str) -> None:
    text = f'<!doctype html><html lang="en"><head><meta name="referrer" content="no-referrer"></head><body>{markup}</body></html>'

    assert faults_of_page(text, LISTED) == []
    assert len(faults_of_page(text, LISTED, posts=False)) == 1


def test_radios_that_are_one_group_are_no_fault_where_no_form_can_be_sent() -> None:
    radios = '<input type="radio" name="parts" value="blank"><input type="radio" name="parts" value="lines">'
    text = f'<!doctype html><html lang="en"><body>{radios}</body></html>'

    assert faults_of_page(text, LISTED, posts=False) == []
    assert len(faults_of_page(text.replace(radios, f"<form>{radios}</form>"), LISTED, posts=False)) == 1


@pytest.mark.parametrize("method", ["", ' method="get"', ' method="dialog"'])
def test_a_form_that_puts_what_is_typed_into_an_address_is_a_fault(method: str) -> None:
    form = f'<form action="/en/case/plain/"{method}><textarea name="code"></textarea></form>'
    text = f'<!doctype html><html lang="en"><body>{form}</body></html>'
    assert len(faults_of_page(text, LISTED)) == 1


def test_the_pages_that_seal_are_told_where_they_could_post() -> None:
    form = page(
        PAGE.replace(
            b"<body>", b'<body><form method="post" action="/en/case/plain/"><textarea name="t"></textarea></form>'
        )
    )
    posting = page(content_security_policy=policy(forms=True))
    for place, answer in (("/en/file/", form), ("/en/case/", posting), ("/en/", posting)):
        assert {where for where, _ in told(Site({place: answer}))} == {place}
    for place, answer in (("/en/file/plain/", form), ("/en/desk/in/", posting)):
        assert told(Site({place: answer})) == []


def test_our_templates_hold_only_what_is_listed() -> None:
    """So a page of ours cannot come to hold what `verify-site` would tell of, which it looks at only where no sign-in stands before."""
    tags, names = set[str](), set[str]()
    for file in (ROOT / "src/demur").rglob("templates/**/*.html"):
        bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", file.read_text(), flags=re.DOTALL)
        for tag, attributes in re.findall(r"<([a-z][a-z0-9]*)((?:\s+[a-zA-Z:-]+(?:=\"[^\"]*\")?)*)\s*/?>", bare):
            tags.add(tag)
            names.update(name.lower() for name in re.findall(r"\s([a-zA-Z:-]+)(?:=\"[^\"]*\")?", attributes))

    assert {"form", "svg", "textarea"} <= tags <= TAGS
    assert {name for name in names if not name.startswith(("aria-", "data-"))} <= ATTRIBUTES


@dataclass(frozen=True)
class Site:
    """Stands for a server: honest but for `answers`, by address."""

    answers: dict[str, Looked] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def look(self, place: str, _headers: dict[str, str]) -> Looked:
        self.asked.append(place)
        return self.answers.get(place, Looked(status=200, headers=HEADERS, body=PAGE))


def told(site: Site) -> list[tuple[str, str]]:
    return [(row.place, row.sentence) for row in differences(site, NO_FILES)]  # type: ignore[arg-type]


def led(where: str, status: int = 302, **more: str) -> Looked:
    return Looked(status=status, headers={**HEADERS, "location": where, **more}, body=b"")


def page(body: bytes = PAGE, **more: str) -> Looked:
    headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in more.items()}}
    return Looked(status=200, headers=headers, body=body)


def test_an_honest_site_holds_and_each_page_was_looked_at() -> None:
    site = Site({"/en/desk/first/": led("/en/desk/in/")})

    assert told(site) == []
    assert site.asked == ["/", *(f"/en/{each}" for each in PAGES)]


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("/en/file/", led("https://evil.example/file/")),
        ("/en/file/", led("/en/desk/in/")),
        ("/en/desk/first/", led("https://evil.example/en/desk/in/")),
        ("/en/desk/first/", led("//evil.example/desk/in/")),
        ("/en/desk/first/", led("/id/desk/in/")),
        ("/en/desk/first/", led("/en/desk/in/", status=308)),
        ("/en/desk/first/", led("/en/desk/in/", refresh="0; url=https://evil.example/")),
        ("/en/case/", Looked(status=404, headers=HEADERS, body=PAGE)),
        ("/en/case/", page(refresh="0; url=https://evil.example/")),
        ("/en/case/", page(link="</static/evil.css>; rel=stylesheet")),
        ("/en/case/", page(content_type="text/html; charset=utf-16le")),
        ("/en/case/", page(content_type="text/html; charset=utf-8, text/html; charset=utf-16le")),
        ("/en/case/", page(content_type="text/html")),
        ("/en/case/", page(PAGE.decode().encode("utf-16"))),
        ("/en/case/", page(PAGE.decode().encode("utf-16-le"))),
        ("/en/case/", page(PAGE + b"\x1b$B")),
        ("/en/case/", page(PAGE + b"\xff")),
        ("/en/case/", page(b"")),
    ],
)
def test_an_answer_that_sends_people_elsewhere_or_reads_otherwise_is_told(place: str, answer: Looked) -> None:
    assert {where for where, _ in told(Site({place: answer}))} == {place}


def test_a_front_that_leads_elsewhere_is_told() -> None:
    assert ("/", "leads elsewhere, to 'https://evil.example/'") in told(Site({"/": led("https://evil.example/")}))


def test_a_language_that_only_an_inner_page_offers_is_looked_at() -> None:
    inner = PAGE.replace(b"</body>", b'<a href="/id/" hreflang="id">y</a></body>')
    site = Site({"/en/case/": page(inner), "/id/file/": led("https://evil.example/")})

    assert {where for where, _ in told(site)} == {"/id/file/"}
    assert "/id/desk/in/" in site.asked


def test_languages_without_end_are_told_and_end() -> None:
    codes = [f"{first}{second}" for first in "abcdefgh" for second in "abcdefgh"]
    links = "".join(f'<a href="/{code}/" hreflang="{code}">z</a>' for code in codes)
    site = Site({"/": page(PAGE.replace(b"</body>", f"{links}</body>".encode()))})

    assert told(site) == [("/", f"offers more languages than are looked at, {MOST_LANGUAGES}")]


def test_what_stands_behind_a_packed_page_is_not_passed_over() -> None:
    site = Site({"/en/case/": page(gzip.compress(PAGE) + gzip.compress(EVIL.encode()), content_encoding="gzip")})

    with pytest.raises(BadAnswer):
        told(site)
