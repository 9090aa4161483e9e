# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clocks beside the regimes': compared by the dates they give, never as numbers."""

import pytest

from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.comparing import compare, regimes
from demur.charter.freeze import Frozen, freeze_text

DEFAULT = builtin_text("demur-default")


def frozen(text: str) -> Frozen:
    return freeze_text(text, name="x", year=2026)


# Two regimes answer to a decision that waits; their days stand in no rule and are marked unconfirmed (docs/explanation/regimes.md).
SHORTER = {("us-nasa-dissent", "reply"), ("us-nrc-nonconcurrence", "reply")}


def test_the_default_charter_promises_later_only_where_a_decision_waits() -> None:
    found = {(later.regime, later.clock) for later in compare(frozen(DEFAULT), regimes())}
    assert found == SHORTER
    for regime, _ in SHORTER:
        assert "clocks" in frozen(builtin_text(regime)).charter.unconfirmed


@pytest.mark.parametrize("regime", regimes())
def test_no_regime_is_later_than_itself(regime: str) -> None:
    assert list(compare(frozen(builtin_text(regime)), [regime])) == []


def test_our_own_charter_is_no_regime() -> None:
    assert set(builtin_names()) - set(regimes()) == {"demur-default"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('limit = 2\nunit = "working_day"', 'limit = 8\nunit = "calendar_day"'), "ack-later-than-eu-2019-1937"),
        (('limit = 60\nunit = "working_day"', 'limit = 101\nunit = "calendar_day"'), "reply-later-than-eu-2019-1937"),
        (('limit = 60\nunit = "working_day"', 'limit = 61\nunit = "working_day"'), "reply-later-than-us-state-2fam070"),
    ],
)
def test_one_day_too_many_is_named(change: tuple[str, str], code: str) -> None:
    assert change[0] in DEFAULT
    found = {later.finding.code: later for later in compare(frozen(DEFAULT.replace(*change)), regimes())}
    assert code in found
    assert found[code].most >= 1
    assert found[code].days >= 1
