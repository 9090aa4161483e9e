# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was typed and neither saved nor sent when the desk is locked: sealed by the real worker, and opened by the seat's own key alone."""

import pytest
from core import Core, Refused
from seats import desk_at, unlocked

from demur.seal.age import files as age
from demur.seal.errors import SealError
from demur.seal.keyfile import SeatKey, read
from serving import Channel

TYPED = {"kind": "message", "key": "0" * 32, "value": {"text": "Belum selesai: half a sentence — 半分"}}


@pytest.mark.adversary
def test_what_is_locked_away_opens_with_the_seats_key_and_with_no_other(channel: Channel, desk: Core) -> None:
    unlocked(desk, channel)
    sealed = desk.call("seal", value=TYPED)["sealed"]
    for hidden in ("Belum", "half a sentence", "半分", "message"):
        assert hidden.encode() not in sealed
    desk.call("lock")
    for method, params in (("seal", {"value": TYPED}), ("unseal", {"sealed": sealed})):
        with pytest.raises(Refused) as refused:
            desk.call(method, **params)
        assert refused.value.code == "locked", "what is locked away stays so without a key"

    unlocked(desk, channel, "secretary")
    with pytest.raises(Refused) as refused:
        desk.call("unseal", sealed=sealed)
    assert refused.value.code == "sealed-file"
    unlocked(desk, channel)
    for spoilt in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"age-encryption.org/v1\n"):
        with pytest.raises(Refused) as refused:
            desk.call("unseal", sealed=spoilt)
        assert refused.value.code == "sealed-file"
    with desk_at(channel.url) as later:  # another worker, as after locking
        unlocked(later, channel)
        assert later.call("unseal", sealed=sealed) == {"value": TYPED}


@pytest.mark.adversary
def test_python_opens_it_with_the_seats_key_too_and_it_is_sealed_anew_each_time(channel: Channel, desk: Core) -> None:
    unlocked(desk, channel)
    one, two = (desk.call("seal", value=TYPED)["sealed"] for _ in range(2))
    assert one != two
    keys = [read(channel.key(seat).read_bytes(), passphrase=str) for seat in ("custodian", "secretary")]
    own, other = [key for key in keys if isinstance(key, SeatKey)]
    assert "半分" in age.decrypt(one, [own.identity]).decode()
    with pytest.raises(SealError):
        age.decrypt(one, [other.identity])
