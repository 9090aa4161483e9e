# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel with fixed keys whose policy demands one outside witness. The seeds are public: use them for nothing else."""

from demur.charter.channel import Channel
from demur.record.cosignature import COSIGNATURE_ED25519, Cosigner, LogKeys
from demur.record.policy import Named, Policy

KEYS = LogKeys.from_seeds("log.example", ed25519=b"\1" * 32, mldsa=b"\2" * 32)
WITNESS = Cosigner("union.example", COSIGNATURE_ED25519, b"\3" * 32)
CHANNEL = Channel(
    origin=KEYS.origin,
    ed25519_vkey=KEYS.vkeys[0],
    mldsa_vkey=KEYS.vkeys[1],
    officers=("aa" * 32,),
    k=1,
    policy=Policy.for_log(KEYS.vkeys, [Named(name="union.example", vkeys=(WITNESS.verifier.vkey,))], 1).text,
)
