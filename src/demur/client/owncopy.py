# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's own text, out of the sealed body that only the case key opens."""

from demur.client.authorkey import AuthorKey
from demur.client.filing import DISSENT_FILE
from demur.dissent import events
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DissentError
from demur.dissent.manifests import check_form
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.errors import SealError
from demur.seal.padme import FLOOR


def own_dissent(key: AuthorKey, sealed: bytes | None) -> Dissent | None:
    """What was filed, if `sealed` is its sealed body as the record binds it; None if it is not, or is gone."""
    if sealed is None or events.salted(key.salt_bytes, sealed) != key.submitted["body"]:
        return None
    try:
        opened = container.unpack(age.decrypt(sealed, [key.case_identity]), by=key.keys.signing.public, floor=FLOOR)
        check_form(opened.manifest)
        return Dissent.parse(opened.files[DISSENT_FILE])
    except (SealError, DissentError, KeyError):
        return None
