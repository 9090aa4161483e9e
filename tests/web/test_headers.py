# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strict headers are on every answer, whatever made it."""

import pytest
from django.http import HttpRequest, HttpResponse

from demur.web.headers import HEADERS, POLICY, StrictHeaders


def dressed(response: HttpResponse) -> HttpResponse:
    answer = StrictHeaders(lambda _request: response)(HttpRequest())
    assert isinstance(answer, HttpResponse)
    return answer


def directives() -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in POLICY.split(";"))
    return {name: value for name, _, value in parts}


def test_every_header_is_set_also_over_one_that_a_view_set() -> None:
    response = HttpResponse("x", headers={"Referrer-Policy": "unsafe-url"})

    assert {name: dressed(response).headers[name] for name in HEADERS} == dict(HEADERS)


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


def test_what_does_not_fall_back_to_the_default_is_closed_by_name() -> None:
    # frame-ancestors, form-action and base-uri are not covered by default-src (CSP Level 3, section 6).
    assert {"default-src", "form-action", "frame-ancestors", "base-uri", "trusted-types"} <= {
        name for name, value in directives().items() if value == "'none'"
    }
