# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strict headers are on every answer, whatever made it."""

import pytest
from django.http import HttpRequest, HttpResponse

from demur.web.headers import HEADERS, OF_PAGES, POLICY, WORKER, StrictHeaders, forms, policy, scripted


def dressed(response: HttpResponse, path: str = "/en/") -> HttpResponse:
    request = HttpRequest()
    request.path_info = path
    answer = StrictHeaders(lambda _request: response)(request)
    assert isinstance(answer, HttpResponse)
    return answer


def directives(text: str = POLICY) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in text.split(";"))
    return {name: value for name, _, value in parts}


def test_every_header_is_set_also_over_one_that_a_view_set() -> None:
    response = HttpResponse("x", headers={"Referrer-Policy": "unsafe-url", "Content-Security-Policy": "script-src *"})

    assert {name: dressed(response).headers[name] for name in HEADERS} == dict(HEADERS)
    assert dressed(response).headers["Content-Security-Policy"] == POLICY


def test_a_file_has_every_header_but_what_only_a_page_obeys() -> None:
    answer = dressed(HttpResponse("x"), "/static/demur/demur.css")

    assert set(HEADERS) - set(answer.headers) == OF_PAGES == {"Permissions-Policy"}


def test_nothing_is_stored_unless_a_view_says_so() -> None:
    assert dressed(HttpResponse("x")).headers["Cache-Control"] == "no-store"
    tile = HttpResponse("x", headers={"Cache-Control": "public, immutable"})
    assert dressed(tile).headers["Cache-Control"] == "public, immutable"


def test_an_answer_with_a_cookie_is_stopped() -> None:
    response = HttpResponse("x")
    response.set_cookie("seen", "1")

    with pytest.raises(RuntimeError, match="cookie"):
        dressed(response)


def test_the_policy_allows_a_stylesheet_and_an_image_of_our_own_and_nothing_else() -> None:
    allowed = {name: value for name, value in directives().items() if value != "'none'"}

    assert allowed == {"style-src": "'self'", "img-src": "'self'", "require-trusted-types-for": "'script'"}


KINDS = {
    "plain": POLICY,
    "forms": policy(forms=True),
    "scripts": policy(scripts=True),
    "both": policy(scripts=True, forms=True),
    "worker": WORKER,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_fall_back_to_the_default_is_closed_by_name(kind: str) -> None:
    # frame-ancestors, form-action and base-uri are not covered by default-src (CSP Level 3, section 6).
    found = directives(KINDS[kind])

    assert found["default-src"] == found["frame-ancestors"] == found["base-uri"] == "'none'"
    assert found["form-action"] == ("'self'" if kind in {"forms", "both"} else "'none'")
    assert found["require-trusted-types-for"] == "'script'"
    assert found["trusted-types"] == ("demur-worker" if kind in {"scripts", "both"} else "'none'")


@pytest.mark.parametrize("kind", KINDS)
def test_no_policy_lets_a_text_become_a_script_or_anybody_else_be_asked(kind: str) -> None:
    found = directives(KINDS[kind])
    sources = {source for value in found.values() for source in value.split()}

    assert sources <= {"'none'", "'self'", "'script'", "blob:", "demur-worker"}
    assert [name for name, value in found.items() if "blob:" in value] == (
        ["img-src"] if kind in {"scripts", "both"} else []
    )


def test_a_view_says_what_its_page_needs_and_needs_add_up() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("x")

    request = HttpRequest()

    assert dressed(scripted(view)(request)).headers["Content-Security-Policy"] == KINDS["scripts"]
    assert dressed(forms(view)(request)).headers["Content-Security-Policy"] == KINDS["forms"]
    assert dressed(forms(scripted(view))(request)).headers["Content-Security-Policy"] == KINDS["both"]
    assert dressed(view(request)).headers["Content-Security-Policy"] == KINDS["plain"]


def test_a_worker_can_ask_us_and_load_nothing() -> None:
    worker = dressed(HttpResponse("x"), "/static/demur/js/author-worker.js").headers["Content-Security-Policy"]
    allowed = {name: value for name, value in directives(worker).items() if value != "'none'"}

    assert allowed == {"connect-src": "'self'", "require-trusted-types-for": "'script'"}
    assert dressed(HttpResponse("x"), "/en/x-worker.js").headers["Content-Security-Policy"] == POLICY
