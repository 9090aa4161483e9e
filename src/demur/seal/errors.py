# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about sealing.

SealError
 +-- FormatError      bytes that are not an age file, a container, a bech32 text
 +-- CannotOpen       no identity at hand opens the file
 +-- Forged           a signature or hash that does not fit
 +-- KeyFormatError   a key or key file that is not one
 +-- WordsError       return words that are not twelve words of the list
 +-- RequestError     a signed request that is misshapen, old or forged
"""

from demur.errors import DemurError


class SealError(DemurError):
    """Root of this family."""


class FormatError(SealError):
    """Bytes that are not what they should be."""


class CannotOpen(SealError):  # noqa: N818 -- named as the fact
    """No identity at hand opens the file."""


class Forged(SealError):  # noqa: N818 -- named as the fact
    """A signature or hash that does not fit: changed, or made by somebody else."""


class KeyFormatError(SealError):
    """A key or key file that is not one."""


class WordsError(SealError):
    """Return words that are not twelve words of the list."""


class RequestError(SealError):
    """A signed request that is misshapen, old or forged."""
