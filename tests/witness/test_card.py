# SPDX-License-Identifier: AGPL-3.0-or-later
"""A witness's card: an address at which nobody could ask is refused before keys, card or policy exist."""

import os
from pathlib import Path

import pytest

from demur.record.cosignature import LogKeys
from demur.record.errors import PolicyError
from demur.record.policy import Policy
from demur.witness.card import Card, card_text
from demur.witness.state import found_witness
from serving import demur

KEYS = LogKeys.from_seeds("log.example", ed25519=b"\1" * 32, mldsa=b"\2" * 32)
NOWHERE = ("http://127.0.0.1:99999", "http://[::1", "https://union..example.net", "union.example.net", "")


@pytest.fixture
def card(tmp_path: Path) -> str:
    witness = found_witness(tmp_path / "witness", "witness.example", random=os.urandom)
    return card_text(witness.name, witness.vkeys, "https://witness.example:8766/a")


def test_a_card_names_its_witness_to_a_policy(card: str) -> None:
    policy = Policy.for_log(KEYS.vkeys, [Card.parse(card).named], 1)
    assert set(policy.urls.values()) == {"https://witness.example:8766/a"}


@pytest.mark.parametrize("address", NOWHERE)
def test_a_card_with_an_address_that_cannot_be_asked_is_refused(card: str, address: str) -> None:
    with pytest.raises(PolicyError, match="no address"):
        Card.parse(card.replace("https://witness.example:8766/a", address))


def test_no_witness_is_made_for_an_address_that_cannot_be_asked(tmp_path: Path) -> None:
    done = demur("witness", "new", tmp_path / "w3", "--name", "w3.example", "--address", NOWHERE[0], home=tmp_path)
    assert done.code == 1
    assert "no address" in done.err
    assert not (tmp_path / "w3").exists()
