# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was erased, and that it stays erased: asked before a case is filed, brought back or read, and before an upload is taken.

Kept are hashes alone (`demur.dissent.erased_entries`).
"""

from collections.abc import Iterable
from typing import Final

from demur.dissent.erased_entries import of_case, of_mailbox, of_upload
from demur.dissent.errors import Erased as ErasedCase
from demur.dissent.models import Case, Erased
from demur.entries.rows import run

_IS_ERASED: Final = "SELECT 1 FROM dissent_erased WHERE what = ?"


def check_not_erased(*what: bytes) -> None:
    """Raises Erased if one of these hashes was noted."""
    if any(run(_IS_ERASED, [each]) is not None for each in what):
        raise ErasedCase


def note_erased(what: Iterable[bytes]) -> None:
    """Note hashes, in the open transaction."""
    Erased.objects.bulk_create([Erased(what=each) for each in set(what)], ignore_conflicts=True)


def names_of(case: Case) -> list[bytes]:
    """What is noted of a case beside the leaf hashes of its entries."""
    large = case.files.filter(data=None).values_list("sha256", flat=True)
    return [
        of_mailbox(case.mailbox, case.bearer),
        of_case(case.id, case.token),
        *(of_upload(sha256) for sha256 in large),
    ]
