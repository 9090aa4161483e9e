# SPDX-License-Identifier: AGPL-3.0-or-later
"""Manifests: what the signed head of every sealed file binds. Format: `spec/filing.md`, "The sealed files".

age hides what is inside but not who wrote it, and any reader who holds the case key could write in another's name. So every
plaintext starts with a manifest that names channel, case, place and writer, signed by the writer.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from demur.dissent.errors import DocumentError
from demur.schema import manifest_fault

CUSTODY = ("client-cli", "client-browser", "server")


def key_fingerprint(recipient: str) -> str:
    """SHA-256 of an age recipient's text, hex: an age1pq key itself is 1,959 letters long."""
    return hashlib.sha256(recipient.encode("ascii")).hexdigest()


def base_manifest(
    kind: str,
    *,
    origin: str,
    case: str,
    case_key: str,
    charter: str,
    roster: str,
    seat: str,
    recipients: Mapping[str, str],
    names: Sequence[str],
    **more: Any,
) -> dict[str, Any]:
    """A manifest for `seal.container.pack`. `case_key` and `recipients` (seat -> recipient) are age recipients' texts. `more` holds the
    place: `seen` and `key` of an act of version 2, or `seq` and `prev`; and members of the type.
    """
    rows = [{"seat": name, "key": key_fingerprint(recipients[name])} for name in sorted(recipients)]
    return {
        "v": 2 if "seen" in more else 1,
        "type": kind,
        "origin": origin,
        "case": case,
        "case_key": key_fingerprint(case_key),
        "charter": charter,
        "roster": roster,
        "seat": seat,
        "recipients": rows,
        "custody": CUSTODY[0],
        "files": [{"name": name} for name in names],
        **more,
    }


def place_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest of an event's sealed text must say as the event does. The log gives the place of an act of version 2, so its
    text binds what the actor had read instead.
    """
    names = ("seq", "prev") if event["v"] == 1 else ("seen", "key")
    return {name: event[name] for name in ("type", "origin", "case", "seat", "charter", *names)}


def check_form(manifest: Mapping[str, Any]) -> None:
    """Raises DocumentError unless the manifest has the members of its type, each of its type and size (`spec/documents.json`), and
    names as many files as its type has. Readers ask this before they use any member.
    """
    found = manifest_fault(manifest)
    if found:
        raise DocumentError(
            f"What was sealed has a wrong member ({found.strip() or 'one is missing'}); it was not made by Demur, so do not rely on it."
        )


def check_manifest(manifest: Mapping[str, Any], **expected: Any) -> None:
    """Raises DocumentError unless the manifest is in form and each member in `expected` stands in it with that value."""
    check_form(manifest)
    for name, value in expected.items():
        if manifest.get(name) != value:
            raise DocumentError(
                f"What was sealed names another {name.replace('_', ' ')} than the record; it was moved or forged, so do not rely on it."
            )
    if manifest.get("custody") not in CUSTODY:
        raise DocumentError("What was sealed does not say where it was sealed; use a newer Demur to read it.")
