# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is kept of charters and seats: the officers' statements, as they stand in the record."""

from django.db import models


class Statement(models.Model):
    """An officer-signed statement that was adopted. The latest of a kind is in force; a case keeps the one it was filed under.

    Beside them stands what the log itself says, which no officer signs: of the files that browsers are sent, and of what it keeps.
    """

    CHARTER = "charter"
    SEATS = "seats"
    POLICY = "policy"
    ASSETS = "assets"
    KEEPS = "keeps"

    kind = models.CharField(max_length=16)
    number = (
        models.PositiveIntegerField()
    )  # the charter's version, the time of what it keeps, or the serial of the others
    leaf_hash = models.BinaryField(max_length=32, unique=True)
    text = models.TextField()  # RFC 8785 JSON with the officers' signatures

    class Meta:
        """One statement of a kind and number: a second would be a fork of the rules."""

        constraints = (models.UniqueConstraint(fields=("kind", "number"), name="one_statement_per_number"),)

    def __str__(self) -> str:
        """Its kind and number, for the developer's console."""
        return f"{self.kind} {self.number}"


class SeenNonce(models.Model):
    """A nonce of a signed request, kept while the request would still be accepted, so that it works once."""

    nonce = models.CharField(max_length=32, primary_key=True)
    until = models.PositiveBigIntegerField(db_index=True)  # what is over is cleared away at each request

    def __str__(self) -> str:
        """Nothing but the fact: a nonce says nothing."""
        return "nonce"


class KeptBlob(models.Model):
    """What a seat's client keeps here for itself: an age file under a name that only that client can make (`spec/kept.md`).

    What an attacker learns who steals these rows: how many a seat keeps and their padded sizes. Not: when, for what, for which case.
    """

    seat = models.CharField(max_length=64)
    holder = models.CharField(max_length=64)  # the seat's Ed25519 public key, hex: the next holder starts empty
    name = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        """One blob under a name."""

        constraints = (models.UniqueConstraint(fields=("seat", "holder", "name"), name="one_blob_per_name"),)

    def __str__(self) -> str:
        """Its size, for the developer's console."""
        return f"{self.size} bytes"


class KeptSum(models.Model):
    """How many blobs a seat's holder keeps and their bytes together, so that nobody adds them up at each request."""

    seat = models.CharField(max_length=64)
    holder = models.CharField(max_length=64)
    blobs = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()

    class Meta:
        """One sum of a holder."""

        constraints = (models.UniqueConstraint(fields=("seat", "holder"), name="one_sum_per_holder"),)

    def __str__(self) -> str:
        """Its size, for the developer's console."""
        return f"{self.size} bytes"
