# SPDX-License-Identifier: AGPL-3.0-or-later
"""The roles a request can have. Pure.

A role is what a request has proven, never what it says: the author by the mailbox bearer, a seat by its key, oversight by
the oversight seat's key. Whoever proves nothing is the public, and so is an administrator at the network's end.
"""

from enum import StrEnum


class Role(StrEnum):
    """Who asks, as far as the request proves it."""

    AUTHOR = "author"  # holds the bearer of one mailbox
    READER = "reader"  # a seat whose key signed the request, with the token of one case
    SEAT = "seat"  # a seat whose key signed the request, without a case's token
    OVERSIGHT = "oversight"  # the oversight seat
    PUBLIC = "public"  # anybody
