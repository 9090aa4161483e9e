# SPDX-License-Identifier: AGPL-3.0-or-later
"""An inbox item that nobody can open. Pure."""

from collections.abc import Callable
from typing import Final

from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity

PLAIN: Final = 2048  # bytes inside a grant (spec/filing.md): a cover of another size would be known for one


def cover_item(random: Callable[[int], bytes]) -> bytes:
    """One item of the size of a grant; the key it is sealed to is thrown away."""
    nobody = HybridIdentity.generate(random).recipient
    return age.encrypt(random(PLAIN), [nobody], random=random)
