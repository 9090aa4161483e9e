# SPDX-License-Identifier: AGPL-3.0-or-later
"""What some acts cannot be without."""

from demur.dissent.actions.performing import Request
from demur.dissent.errors import BundleError


def need_body(request: Request, what: str) -> None:
    """Raises BundleError unless a sealed body travels with the act: no reply without text, no extension without reason."""
    if not request.act.get("body"):
        raise BundleError(f"A {what} needs a sealed text; write one and send it with the act.")
