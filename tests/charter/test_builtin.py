# SPDX-License-Identifier: AGPL-3.0-or-later
"""The built-in regimes: each is a charter as it stands, and can be practised."""

import pytest

from demur.charter.builtin import builtin_names, builtin_text, practice
from demur.charter.explain import explain
from demur.charter.freeze import freeze_text
from demur.charter.lint import Severity, lint
from demur.charter.load import load

REGIMES = (
    "demur-default",
    "eu-2019-1937",
    "us-ca-sb53",
    "us-nasa-dissent",
    "us-nrc-dpo",
    "us-nrc-nonconcurrence",
    "us-state-2fam070",
)


def test_the_seven_regimes_are_built_in() -> None:
    assert builtin_names() == sorted(REGIMES)


def test_there_is_no_other_regime() -> None:
    with pytest.raises(KeyError):
        builtin_text("../load")


@pytest.mark.parametrize("name", REGIMES)
def test_every_regime_has_an_answer_clock_a_door_outside_and_no_errors(name: str) -> None:
    frozen = freeze_text(builtin_text(name), name=name, year=2026)

    assert {"ack", "reply"} <= set(frozen.charter.clocks)
    assert frozen.charter.outer_doors
    assert not [finding for finding in lint(frozen.charter, frozen) if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("name", REGIMES)
def test_every_regime_but_our_own_says_what_no_source_confirmed(name: str) -> None:
    charter = load(builtin_text(name), name=name)

    assert bool(charter.unconfirmed) == (name != "demur-default")
    assert explain(charter).unconfirmed == charter.unconfirmed


@pytest.mark.parametrize("name", REGIMES)
def test_every_regime_can_be_practised(name: str) -> None:
    charter = load(practice(builtin_text(name)), name=name)

    assert (charter.practice, charter.tick, charter.key_waiting) == (True, "0", 0)


def test_practising_twice_changes_nothing_more() -> None:
    once = practice(builtin_text("us-state-2fam070"))

    assert practice(once) == once
