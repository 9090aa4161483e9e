# SPDX-License-Identifier: AGPL-3.0-or-later
"""The transparency log: C2SP Merkle tree, tiles, notes, checkpoints, proofs, policy, and what Demur writes into it."""
