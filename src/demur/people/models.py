# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is kept of charters and seats: the officers' statements, as they stand in the record."""

from django.db import models


class Statement(models.Model):
    """An officer-signed statement that was adopted. The latest of a kind is in force; a case keeps the one it was filed under."""

    CHARTER = "charter"
    SEATS = "seats"
    POLICY = "policy"

    kind = models.CharField(max_length=16)
    number = models.PositiveIntegerField()  # the charter's version, or the serial of a roster or policy
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
    until = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        """Nothing but the fact: a nonce says nothing."""
        return "nonce"
