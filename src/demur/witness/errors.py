# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can go wrong with a witness on its own machine, and in asking one.

WitnessingError
 +-- BadWitness      a witness's directory that is not one, or is damaged
 +-- NoAnswer        a witness that was asked and gave no cosignature
      +-- Answered     it was heard, and its answer is no cosignature
           +-- Disputed  because it says that it cosigned what this log does not hold
"""

from demur.errors import DemurError


class WitnessingError(DemurError):
    """Root of this family."""


class BadWitness(WitnessingError):  # noqa: N818 -- named as the fact
    """The directory holds no witness, or what it remembers cannot be read: then it must not sign."""


class NoAnswer(WitnessingError):  # noqa: N818 -- named as the fact
    """The witness did not answer in time, or with something that is no cosignature."""


class Answered(NoAnswer):
    """The witness was heard, and what it said is no cosignature of this log's checkpoint."""


class Disputed(Answered):
    """The witness says that it cosigned a tree of `size` entries which this log's tree does not extend.

    Nothing proves it: the size in the answer is signed by nobody. It is so where this log was set back to a former day, and where the
    witness lies.
    """

    def __init__(self, sentence: str, size: int) -> None:
        super().__init__(sentence)
        self.size = size
