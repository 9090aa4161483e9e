# SPDX-License-Identifier: AGPL-3.0-or-later
"""The cast: who plays in the tests, and what each may see. Names are invented.

Amina    author. Writes a dissent; sees her own case, whole; nobody must learn that it was she.
Bima     author too, of another case. Sees his own; his rows must not differ from Amina's but in random parts.
Citra    custodian. Runs the channel: fetches, acknowledges, replies, grants; reads the text, not the name.
Dewi     secretary, a mandatory reader. Reads; may countersign what Citra declines.
Eka      political under-secretary, named as in conflict by Amina: recused, gets an item she cannot open.
Farid    oversight. Sees every event, no body.
Gita     charter officer. Signs charter and seats; reads nothing.
Hasan    administrator, root on the server. Runs every command; learns counts.
Indra    stranger on the network. Must see nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A member of the cast and the seat they hold, if any."""

    name: str
    seat: str = ""


AMINA, BIMA = Person("Amina Sastro"), Person("Bima Wirawan")
CITRA, DEWI, EKA = (
    Person("Citra Halim", "custodian"),
    Person("Dewi Anggraini", "secretary"),
    Person("Eka Putra", "political"),
)
FARID, GITA = Person("Farid Rahman", "oversight"), Person("Gita Lestari")
HASAN, INDRA = Person("Hasan Basri"), Person("Indra")
