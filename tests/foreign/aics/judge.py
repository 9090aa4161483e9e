# SPDX-License-Identifier: AGPL-3.0-or-later
"""A judge that is not ours: aics-tlog, run in an environment of its own (`script/foreign-verifiers`).

Reads a JSON list of claims from standard input and writes a JSON list of verdicts: "" for a claim that holds, else why
not. Hashes are base64. It imports nothing of Demur.
"""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any

import aics_tlog

Claim = dict[str, Any]


def _hashes(texts: list[str]) -> list[bytes]:
    return [base64.b64decode(text) for text in texts]


def _checkpoint(claim: Claim) -> None:
    note = aics_tlog.parse_note(claim["note"])
    witnesses = [aics_tlog.parse_vkey(vkey) for vkey in claim.get("witnesses", [])]
    key = aics_tlog.parse_vkey(claim["vkey"])
    result = aics_tlog.verify_checkpoint(note, key, witnesses, quorum=len(witnesses), expected_origin=key.name)
    if not result.ok:
        raise ValueError(result.error)
    if (result.size, result.root) != (claim["size"], base64.b64decode(claim["root"])):
        raise ValueError("the checkpoint names another tree")
    if result.timestamps != claim.get("times", {}):
        raise ValueError("the witnesses state other times")


def _inclusion(claim: Claim) -> None:
    leaf, root = _hashes([claim["leaf"], claim["root"]])
    if not aics_tlog.verify_inclusion(leaf, claim["index"], claim["size"], _hashes(claim["proof"]), root):
        raise ValueError("the proof does not lead to the root")


def _consistency(claim: Claim) -> None:
    old, new = _hashes([claim["old_root"], claim["root"]])
    if not aics_tlog.verify_consistency(claim["old_size"], claim["size"], old, new, _hashes(claim["proof"])):
        raise ValueError("the tree does not extend the older one")


def _root(claim: Claim) -> None:
    if aics_tlog.MerkleTree(_hashes(claim["leaves"])).root() != base64.b64decode(claim["root"]):
        raise ValueError("the root is another")


def _tiles(claim: Claim) -> None:
    """Every tile and bundle of a directory, and proofs computed from it."""
    reader = aics_tlog.DirectoryTileStore(claim["directory"])
    size, root = claim["size"], base64.b64decode(claim["root"])
    aics_tlog.audit_tiles(reader, size, root)
    if aics_tlog.tree_root_from_tiles(reader, size) != root:
        raise ValueError("the tiles have another root")
    for index, proof in claim["inclusion"]:
        if aics_tlog.inclusion_proof_from_tiles(reader, index, size) != _hashes(proof):
            raise ValueError(f"another inclusion proof of {index}")
    for old, proof in claim["consistency"]:
        if aics_tlog.consistency_proof_from_tiles(reader, old, size) != _hashes(proof):
            raise ValueError(f"another consistency proof from {old}")


KINDS: dict[str, Callable[[Claim], None]] = {
    "checkpoint": _checkpoint,
    "inclusion": _inclusion,
    "consistency": _consistency,
    "root": _root,
    "tiles": _tiles,
}


def _verdict(claim: Claim) -> str:
    try:
        KINDS[claim["kind"]](claim)
    except (ValueError, OSError, RuntimeError) as error:
        return str(error) or type(error).__name__
    return ""


if __name__ == "__main__":
    json.dump([_verdict(claim) for claim in json.load(sys.stdin)], sys.stdout)
