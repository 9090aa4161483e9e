# SPDX-License-Identifier: AGPL-3.0-or-later
"""A mirror of a record: a folder or an address with checkpoint, tiles and bundles (c2sp.org/tlog-tiles). It is trusted for nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from demur.client.errors import ClientError, ServerRefused
from demur.client.http import Server
from demur.client.lookups import NOT_FOUND
from demur.record.checkpoint import Checkpoint
from demur.record.errors import RecordError
from demur.record.merkle import HASH_SIZE, inclusion_proof
from demur.record.policy import Policy
from demur.record.proof import Proof
from demur.record.tiles import ACCEPTED, CHECKPOINT, WIDTH, TileHashes, read_tile, width_of

Read = Callable[[str], bytes | None]
_SCHEMES: Final = ("http://", "https://")


def open_mirror(name: str) -> Read:
    """How to read the mirror `name`, a folder or an address. Raises ClientError where there is neither."""
    if name.startswith(_SCHEMES):
        server = Server(name)

        def fetch(path: str) -> bytes | None:
            try:
                return server.get(f"/{path}")
            except ServerRefused as error:
                if error.status == NOT_FOUND:
                    return None
                raise

        return fetch
    folder = Path(name)
    if not folder.is_dir():
        raise ClientError(f"There is no folder {name}; name the folder of a mirror, or its address with https://.")
    return lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None


class _Store:
    """A mirror as a store of tiles that is only read."""

    def __init__(self, read: Read) -> None:
        self.read = read


def proofs_from(read: Read, leaves: tuple[bytes, ...], policy: Policy) -> list[str] | None:
    """The tlog-proofs of entries in a mirror's tree, computed here from its tiles; None if they are not in it yet.

    Raises ClientError unless the mirror's checkpoint meets the policy and its tiles give its root.
    """
    note, checkpoint = _checkpoint(read, policy)
    store = _Store(read)
    places = _places(store, checkpoint.size, set(leaves))
    if set(places) != set(leaves):
        return None
    hashes = TileHashes(store, checkpoint.size)  # type: ignore[arg-type]  # nothing is written
    proofs = []
    for leaf in leaves:
        path = tuple(inclusion_proof(places[leaf], checkpoint.size, hashes.read))
        proof = Proof(index=places[leaf], hashes=path, checkpoint_text=note)
        try:
            proof.verify(leaf, policy)
        except RecordError as error:
            raise ClientError(f"The mirror's tiles do not give the root that was signed: {error}") from None
        proofs.append(proof.text)
    return proofs


def _checkpoint(read: Read, policy: Policy) -> tuple[str, Checkpoint]:
    """The newest checkpoint that meets the policy: where a witness is away, that is not the newest of all."""
    data = read(CHECKPOINT)
    if data is None:
        raise ClientError(
            "The mirror has no checkpoint; name the folder or address that holds `checkpoint` and `tile/`."
        )
    try:
        return _accepted(data, policy)
    except (RecordError, UnicodeDecodeError) as error:
        before, failed = read(ACCEPTED), error
    try:
        if before is not None:
            return _accepted(before, policy)
    except (RecordError, UnicodeDecodeError):
        pass
    raise ClientError(f"The mirror's checkpoint does not meet the channel's policy: {failed}") from None


def _accepted(data: bytes, policy: Policy) -> tuple[str, Checkpoint]:
    note = data.decode("utf-8")
    return note, policy.accept(note).checkpoint


def _places(store: _Store, size: int, wanted: set[bytes]) -> dict[bytes, int]:
    """Where the leaves stand; the newest tiles are read first, because what is looked for was filed lately."""
    found: dict[bytes, int] = {}
    for n in reversed(range(-(-size // WIDTH))):
        tile = read_tile(store, 0, n, width_of(0, n, size))  # type: ignore[arg-type]  # nothing is written
        if tile is None:
            raise ClientError(f"The mirror lacks tile {n}; use another.")
        for at in range(0, len(tile), HASH_SIZE):
            leaf = tile[at : at + HASH_SIZE]
            if leaf in wanted:
                found[leaf] = n * WIDTH + at // HASH_SIZE
        if len(found) == len(wanted):
            break
    return found
