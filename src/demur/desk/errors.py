# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about the desk's accounts and vaults. What a person at a page meets is said by the page, in their language.

DeskError
 +-- NoAccount          there is no account of this name, or one already, or the name cannot be one
 +-- SignInRefused      name, passphrase and code do not belong together; which of them is not said
 +-- ManySignIn         many sign in at this moment, and this try showed no work
 +-- MustWait           too many wrong tries for this name; `until` says how long
 +-- WeakPassphrase     a passphrase that others would guess
"""

from demur.errors import DemurError


class DeskError(DemurError):
    """Root of this family."""


class NoAccount(DeskError):  # noqa: N818 -- named as the fact
    """The name names no account, or one that exists already."""


class SignInRefused(DeskError):  # noqa: N818 -- named as the fact
    """Not the three that belong together."""


class ManySignIn(DeskError):  # noqa: N818 -- named as the fact
    """Before a passphrase is hashed the browser must show work: `demur.desk.crowded`."""


class MustWait(DeskError):  # noqa: N818 -- named as the fact
    """Nothing is looked at before `until`, POSIX seconds."""

    def __init__(self, until: int) -> None:
        """`until` as above."""
        super().__init__("There were too many wrong tries for this name; wait, or use a recovery code.")
        self.until = until


class WeakPassphrase(DeskError):  # noqa: N818 -- named as the fact
    """Too short, or known to others."""
