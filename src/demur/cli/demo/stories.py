# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo's people and their cases, as data: one at each stage of the procedure, in words written for it. All of it is invented.

A story is an author, a text with the paragraphs that are its claims, how long ago it was filed (days), and what happened since.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Act:
    """One thing that somebody does: `who` is a seat's id or "author"; `verb` and `words` as on the command line, where {later} is some
    weeks from now; `file` is what reply.toml holds; `days` is how long ago it was done, where that is not when the case was filed; with
    `careless` a program does it that was changed to check less.
    """

    who: str
    verb: str
    words: tuple[str, ...] = ()
    file: str = ""
    days: int | None = None
    careless: bool = False


@dataclass(frozen=True)
class Story:
    """One case. `shows` says what it is an example of."""

    name: str
    author: str
    shows: str
    text: str
    claims: str
    days: int = 0
    acts: tuple[Act, ...] = ()


CUSTODIAN: Final = "custodian"
CROSSING: Final = """\
The northern crossing should stay open this winter

The department has decided to close the northern crossing from December to March and to send all supplies by the southern road.

The decision rests on a traffic count taken in the week of the strike, when few lorries ran at all. An ordinary week has four times as many.

The southern road is shut by snow on eleven days of an average winter. On those days nothing at all would reach the four valley clinics.

The sum that the closure saves is less than what two days without supplies cost last year, by the department's own account.

I recommend keeping the crossing open on weekdays until a count in an ordinary week is at hand.
"""
CROSSING_REPLY: Final = """\
outcome = "in_part"
text = "The department thanks the author. The closure is put off by a month."
signed_by = "The Director of Policy Planning"
[[answer]]
claim = 1
kind = "answered"
text = "The count was taken in the wrong week. It will be repeated in January."
[[answer]]
claim = 2
kind = "answered"
text = "The clinics will be stocked for fourteen days before the first snow."
[[answer]]
claim = 3
kind = "referred"
to = "the budget office"
text = "The budget office will compare the two sums and publish the comparison."
[[commitment]]
text = "A new count"
date = "2027-01-31"
"""

MAIN: Final = Story("mine", "Amina", "answered, claim by claim", CROSSING, "3,4,5")
EARLIER: Final = (
    Story(
        "ferry",
        "Bayu",
        "overdue: nobody acknowledged or answered it",
        """\
Perahu penyeberangan jangan dihentikan pada musim hujan

Dinas memutuskan menghentikan perahu penyeberangan selama musim hujan dan mengalihkan penumpang ke jembatan di hulu.

Jembatan di hulu terendam pada tiga dari lima musim hujan terakhir. Pada hari-hari itu dua desa terputus sama sekali.

Perahu yang dipakai sekarang sudah lulus pemeriksaan bulan lalu, dan catatannya tidak disebut dalam keputusan itu.

Saya mengusulkan agar perahu tetap berjalan pada hari tanpa peringatan banjir.
""",
        "3,4",
        days=110,
    ),
    Story(
        "water",
        "Chandra",
        "answered and closed",
        """\
Do not move the water tests to the capital

The laboratory here is to be closed, and all samples are to be sent to the capital.

A sample for germs counts only if it is examined within six hours. The night train takes nine.

I recommend keeping one person and one bench here for the tests that cannot travel.
""",
        "3",
        days=100,
        acts=(
            Act(CUSTODIAN, "fetch"),
            Act(CUSTODIAN, "acknowledge"),
            Act(
                CUSTODIAN,
                "reply",
                ("reply.toml",),
                """\
outcome = "accepted"
text = "The bench stays."
signed_by = "The Director of Policy Planning"
[[answer]]
claim = 1
kind = "answered"
text = "The six hours were overlooked. One bench and one person remain for tests that cannot travel."
""",
            ),
            # Ten working days after the reply at the earliest: so long its author may say that it does not answer.
            Act(CUSTODIAN, "close", days=80),
        ),
    ),
    Story(
        "radio",
        "Dewi",
        "acknowledged late, and its reply extended with a reason",
        """\
The old radio network should not be switched off in spring

The new network covers the roads and not the valleys between them.

Last year four of nine rescues began with a call on the old network, from places where the new one is silent.

I recommend switching it off only where a walk with both sets has shown that the new one answers.
""",
        "2,3",
        days=60,
        acts=(
            Act(CUSTODIAN, "acknowledge", days=40),
            Act(
                CUSTODIAN,
                "extend",
                ("--until", "{later}", "--reason", "The walk with both sets takes until the snow has gone."),
                days=40,
            ),
        ),
    ),
)
NOW: Final = (
    Story(
        "lamps",
        "Eko",
        "acknowledged; author and custodian write to each other",
        """\
The street lamps of the harbour quarter

The lamps are to be dark from midnight to five. The night shift of the fish market walks home at three.

I recommend leaving every second lamp lit on the three streets between market and tram.
""",
        "2",
        acts=(
            Act(CUSTODIAN, "fetch"),
            Act(CUSTODIAN, "acknowledge"),
            Act(CUSTODIAN, "message", ("Which three streets do you mean? The plan counts five.",)),
            Act("author", "message", ("Quay Street, Net Lane and the steps at the tram.",)),
        ),
    ),
    Story(
        "archive",
        "Farid",
        "declined claim by claim: it counts only when a second office has signed",
        """\
The paper files should not be destroyed after scanning

A tenth of the scans that I looked at have pages that cannot be read.

I recommend keeping the paper until somebody has looked at every scan.
""",
        "2",
        acts=(
            Act(CUSTODIAN, "acknowledge"),
            Act(
                CUSTODIAN,
                "reply",
                ("reply.toml",),
                """\
outcome = "rejected"
text = "The rooms are needed."
signed_by = "The Director of Policy Planning"
[[answer]]
claim = 1
kind = "declined"
text = "The contract for the rooms ends in March and cannot be prolonged."
""",
            ),
        ),
    ),
    Story(
        "bridge",
        "Indah",
        "answered in part only: its author's program disputes the reply, and the clock runs on",
        """\
The weight limit of the old bridge

The limit was raised without a new measurement. The last one is nine years old.

Two of the four bearings were found rusted through in spring, and the report on them is not mentioned.

I recommend the old limit until the bearings have been measured.
""",
        "2,3",
        acts=(
            Act(CUSTODIAN, "fetch"),
            Act(CUSTODIAN, "acknowledge"),
            Act(
                CUSTODIAN,
                "reply",
                ("reply.toml",),
                """\
outcome = "rejected"
text = "The bridge is safe."
signed_by = "The Director of Policy Planning"
[[answer]]
claim = 1
kind = "answered"
text = "The measurement of nine years ago still holds."
""",
                careless=True,
            ),
            Act("author", "status"),
        ),
    ),
    Story(
        "shift",
        "Gita",
        "withdrawn by its author",
        """\
The new duty roster

The roster gives nobody two free days in a row between October and March.

I recommend the roster of last year until a new one is drawn.
""",
        "2",
        acts=(Act("author", "withdraw", ("--yes", "--reason", "The roster was changed before anybody answered.")),),
    ),
    Story(
        "seeds",
        "Hana",
        "just filed: nobody has fetched it yet",
        """\
Test the new seed for one more year

The new seed was tried in one wet year only. Two of our three districts are dry.

I recommend one more year in the dry districts before it is given to everybody.
""",
        "2",
    ),
)
