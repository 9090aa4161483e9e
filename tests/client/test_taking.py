# SPDX-License-Identifier: AGPL-3.0-or-later
"""Before anything is sealed, the command line hears from the limits whether a filing is taken, and says the server's own reason."""

import pytest

from demur.client.errors import NotOpen
from demur.client.http import MAX_SENTENCE
from demur.client.wish import check_taking


@pytest.mark.parametrize("limits", [{"open": True, "reason": ""}, {}])
def test_a_server_that_takes_filings_is_asked_nothing_more(limits: dict[str, object]) -> None:
    check_taking(limits)


@pytest.mark.parametrize("reason", ["A witness disputes the record.", "Only 1 of the seats that read are filled."])
def test_the_reason_is_the_servers_own(reason: str) -> None:
    with pytest.raises(NotOpen) as refused:
        check_taking({"open": False, "reason": reason, "code": "not-open"})
    assert str(refused.value) == f"The server takes no filing now. {reason}"


@pytest.mark.parametrize("limits", [{}, {"reason": ""}, {"reason": 7}])
def test_a_server_that_gives_no_reason_is_not_spoken_for(limits: dict[str, object]) -> None:
    with pytest.raises(NotOpen, match="does not say why"):
        check_taking({"open": False, **limits})


def test_a_server_cannot_fill_the_screen() -> None:
    with pytest.raises(NotOpen) as refused:
        check_taking({"open": False, "reason": "x" * 10_000})
    assert len(str(refused.value)) < MAX_SENTENCE + 100
