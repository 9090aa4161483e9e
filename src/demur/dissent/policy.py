# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may: which actor may take which step. Pure; `states` says whether the step exists, `visibility` who sees.

`check_x` raises, `can_x` asks. An actor is a seat's id, or "" for the author.
"""

from typing import Final

from demur.charter.model import Charter
from demur.dissent.errors import NotAllowed
from demur.dissent.states import Story, Verb

AUTHOR: Final = ""

# Steps that are the author's alone, and steps open to the author and to any seat that reads the case.
_AUTHORS: Final = frozenset({Verb.WITHDRAW})
_SHARED: Final = frozenset({Verb.MESSAGE, Verb.MISMATCH, Verb.UNREADABLE, Verb.READABLE})
# Steps of any seat that reads the case: fetching is how it reads, and reporting a fault must not depend on anybody.
_READERS: Final = frozenset({Verb.FETCH, Verb.UNREADABLE, Verb.MISMATCH, Verb.READABLE})
# Steps by which the channel is run.
_CUSTODIANS: Final = frozenset({Verb.ACKNOWLEDGE, Verb.MESSAGE, Verb.GRANT, Verb.CLOSE})


def check_may(charter: Charter, verb: Verb, seat: str, story: Story) -> None:
    """Raises NotAllowed, naming who may, unless `seat` ("" for the author) may take this step."""
    if seat == AUTHOR:
        _check_author(verb)
    elif seat not in {known.id for known in charter.reading_seats}:
        raise NotAllowed(f"The seat {seat!r} does not read cases under this charter, so it cannot act on one.")
    elif verb not in _READERS:
        _check_seat(charter, verb, seat, story)


def can_may(charter: Charter, verb: Verb, seat: str, story: Story) -> bool:
    """Whether `check_may` would pass."""
    try:
        check_may(charter, verb, seat, story)
    except NotAllowed:
        return False
    return True


def _check_author(verb: Verb) -> None:
    if verb not in _AUTHORS | _SHARED:
        raise NotAllowed(f"To {verb} is for the seats of the channel, not for the author.")


def _check_seat(charter: Charter, verb: Verb, seat: str, story: Story) -> None:
    if verb is Verb.COUNTERSIGN:
        if seat == story.reply_seat:
            raise NotAllowed("The seat that replied cannot countersign its own reply; another seat must.")
        return
    allowed = _who(charter, verb)
    if seat not in allowed:
        raise NotAllowed(f"Under this charter only {_named(allowed)} may {verb}; ask that seat.")
    if verb is Verb.EXTEND:
        _check_extension(charter, story)


def _who(charter: Charter, verb: Verb) -> list[str]:
    if verb in _CUSTODIANS:
        return [charter.custodian]
    if verb is Verb.REPLY:
        return sorted({charter.custodian, *charter.reply_seats})
    if verb is Verb.EXTEND and charter.extension is not None:
        return [charter.extension.by]
    return []


def _check_extension(charter: Charter, story: Story) -> None:
    if charter.extension is not None and story.extensions >= charter.extension.max:
        raise NotAllowed(
            f"The clock was extended {story.extensions} times, and the charter allows no more; reply instead."
        )


def _named(seats: list[str]) -> str:
    return " or ".join(f"the seat {seat!r}" for seat in seats) or "nobody"


def answering_seats(charter: Charter) -> list[str]:
    """The seats that can bring a case to its answer: they may acknowledge and reply. An author who leaves out all of them could never
    be answered, so such a filing is refused with the outer doors.
    """
    replying = _who(charter, Verb.REPLY)
    return [seat for seat in _who(charter, Verb.ACKNOWLEDGE) if seat in replying]
