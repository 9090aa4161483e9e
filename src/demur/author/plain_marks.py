# SPDX-License-Identifier: AGPL-3.0-or-later
"""Marks in a text that nobody sees, on pages without script: warned of, shown where they stand, and kept unless they are taken out."""

from django.utils.translation import gettext

from demur.client.inspection.markwords import mark_warnings
from demur.client.marks import TURNING, placed, without_marks

__all__ = ["TURNING", "placed", "warnings", "without_marks"]


def warnings(*texts: str) -> list[str]:
    """The sentences that warn of such marks in what somebody wrote; none where there are none."""
    return mark_warnings(texts, gettext)
