# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may see the desk's pages, and the sealed keys that lie there. No row holds an address, a browser, or when somebody last came.

An account opens pages and the vault's ciphertext, never a case: what opens cases is the vault's passphrase, which is not here. A thief
of these rows gets slow hashes of passphrases, hashes of codes and of session tokens, and ciphertext; the seeds of second factors grow
from the installation's secret, which is not in the database.
"""

from django.db import models


class Account(models.Model):
    """A person at the desk. Times are POSIX seconds."""

    name = models.CharField(max_length=40, unique=True)
    seat = models.CharField(max_length=64)
    passphrase = models.CharField(max_length=256)  # Django's encoding of a scrypt hash
    salt = models.BinaryField(max_length=16)  # with the installation's secret it makes the seed of the second factor
    step = models.PositiveBigIntegerField(default=0)  # the last time step whose code was used: none works twice
    first_until = (
        models.PositiveBigIntegerField()
    )  # how long the first passphrase works; 0 once the owner has set their own

    def __str__(self) -> str:
        """Its name, for the developer's console."""
        return self.name

    @property
    def is_set_up(self) -> bool:
        """Whether its owner has chosen a passphrase and shown a first code."""
        return self.first_until == 0


class RecoveryCode(models.Model):
    """A code that takes the place of the second factor once; 80 random bits, so a fast hash will do."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="codes")
    sha256 = models.CharField(max_length=64)
    wrong = models.PositiveSmallIntegerField(default=0)  # passphrases that were wrong beside it

    class Meta:
        """A code belongs to one account once."""

        constraints = (models.UniqueConstraint(fields=("account", "sha256"), name="one_row_per_code"),)

    def __str__(self) -> str:
        """Nothing but the fact."""
        return "recovery code"


class Session(models.Model):
    """A browser that signed in; `sha256` is of the token in its cookie."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions")
    until = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        """Nothing but the fact."""
        return "session"


class Tries(models.Model):
    """Wrong tries for one name, counted without asking from where they came: `who` is "account NAME" or "stranger N"."""

    who = models.CharField(max_length=64, primary_key=True)
    wrong = models.PositiveIntegerField(default=0)
    until = models.PositiveBigIntegerField(default=0)  # before this time no further try is looked at

    def __str__(self) -> str:
        """Nothing but the fact."""
        return "tries"


class Vault(models.Model):
    """A seat's key as its holder sealed it: an armored age file under a passphrase, which `demur desk --key` reads too."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="vault")
    text = models.TextField()

    def __str__(self) -> str:
        """Nothing but the fact."""
        return "vault"
