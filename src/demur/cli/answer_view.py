# SPDX-License-Identifier: AGPL-3.0-or-later
"""What author and office see alike of a reply in the terminal."""

from demur.cli import speak
from demur.dissent.documents.reply import Reply


def recommendation_lines(reply: Reply) -> list[str]:
    """What becomes of the author's recommendation, where the reply says it."""
    answer = reply.recommendation
    if not answer.kind:
        return []
    return [f"  The recommendation: {speak.line(answer.kind)}", *speak.shown_block(answer.text.strip(), indent="    ")]
