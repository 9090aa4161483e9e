# SPDX-License-Identifier: AGPL-3.0-or-later
"""A tick: the places that it gives tell nothing of who came first, nor which entries are covers."""

import os
import random
from pathlib import Path

import pytest
from django.db import transaction

from demur.charter.channel import Channel
from demur.entries.installation import Installation
from demur.entries.models import Cover, Entry
from demur.entries.ticking import Tick, sequence
from demur.entries.writer import Alone
from demur.entries.writing import append
from demur.record.cosignature import LogKeys
from demur.record.entry import case_entry
from demur.record.policy import Policy
from demur.record.tiles import PosixTiles
from demur.site.installed import read_installation
from serving import practice_channel

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = LogKeys.from_seeds("log.example", ed25519=b"\1" * 32, mldsa=b"\2" * 32)
CHANNEL = Channel(
    origin=KEYS.origin,
    ed25519_vkey=KEYS.vkeys[0],
    mldsa_vkey=KEYS.vkeys[1],
    officers=("aa" * 32,),
    k=1,
    policy=Policy.for_log(KEYS.vkeys).text,
)
NOW = 1_795_430_000


@pytest.fixture
def ground(tmp_path: Path) -> Installation:
    return Installation(
        channel=CHANNEL,
        address="http://127.0.0.1",
        keys=KEYS,
        store=PosixTiles(tmp_path),
        random=os.urandom,
        shuffler=random.SystemRandom(),
        grace=300,
        writer=Alone(),
        files=tmp_path,
        policy_now=lambda: CHANNEL.policy_object,
    )


def arrive(count: int) -> list[bytes]:
    """So many entries, one after the other; their leaf hashes in that order."""
    with transaction.atomic():
        return [leaf for _ in range(count) for leaf in append(case_entry(os.urandom(32)))]


def places(leaves: list[bytes]) -> list[int]:
    found = {bytes(leaf): index for leaf, index in Entry.objects.values_list("leaf_hash", "index")}
    return [found[leaf] for leaf in leaves]


def test_what_came_first_has_no_earlier_place(ground: Installation) -> None:
    """Two ticks of 24: the order of arrival, or any fixed order, would be found in both; by chance in one run of 10^23."""
    orders = []
    for _ in range(2):
        leaves = arrive(24)
        before = Entry.objects.exclude(index=None).count()
        sequence(ground, Tick(now=NOW))
        orders.append([place - before for place in places(leaves)])
        assert sorted(orders[-1]) == list(range(24))
    assert list(range(24)) not in orders
    assert list(range(23, -1, -1)) not in orders
    assert orders[0] != orders[1]


def test_covers_stand_among_what_was_promised(ground: Installation) -> None:
    leaves = arrive(24)
    sequence(ground, Tick(now=NOW, fill=48))
    assert Cover.objects.count() == 24
    promised, covers = (
        places(leaves),
        places([bytes(leaf) for leaf in Cover.objects.values_list("leaf_hash", flat=True)]),
    )
    assert max(promised) > min(covers), "everything that was promised stands before the covers"
    assert max(covers) > min(promised), "everything that was promised stands behind the covers"


def test_an_installation_shuffles_by_what_nobody_can_compute(tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as channel:
        assert isinstance(read_installation(channel.directory).shuffler, random.SystemRandom)
