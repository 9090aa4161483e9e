# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an exhibit proves and what it does not, in sentences: a reader must not take more from it than it holds."""

from typing import Any

from demur.charter.zones import when
from demur.cli import speak
from demur.client.exhibited import Answered, Shown


def exhibit_document(shown: Shown) -> dict[str, Any]:
    """The findings and the sentences for `--json`."""
    return {**shown.document, "proves": proves(shown), "does_not_prove": does_not_prove(shown)}


def exhibit_lines(shown: Shown) -> list[str]:
    """The sentences for a person."""
    lines = ["  It proves:", *(f"    - {row}" for row in proves(shown))]
    if shown.authorship is not None:
        lines += ["  It was made, says its signature, for:", *speak.shown_block(shown.authorship.to, indent="    | ")]
    return [*lines, "  It does not prove:", *(f"    - {row}" for row in does_not_prove(shown))]


def proves(shown: Shown) -> list[str]:
    """What is proven, one sentence each."""
    said = [_existence(shown)]
    if shown.received is not None:
        said.append(_received(shown))
    if shown.text is not None:
        subject = speak.quoted(shown.text.dissent.subject)
        said.append(f"This text was filed: {subject}, {len(shown.text.dissent.claims)} numbered claims.")
        said += [
            f"{speak.line(name)} is the filed {speak.line(place)}, byte for byte."
            for name, place in shown.given.items()
        ]
    if shown.authorship is not None:
        whose = ", and this key signed the text that was filed" if shown.authorship.filed else ""
        said.append(f"Who made this exhibit holds the key {shown.authorship.by}{whose}.")
    return said + [_answered(shown, row) for row in shown.answers]


def does_not_prove(shown: Shown) -> list[str]:
    """What a reader could take it to prove, and it does not."""
    said = []
    if not shown.findings.recorded:
        said.append("That the filing stands in the record: it is promised until the time above.")
    elif shown.findings.proven[-1].accepted.unwitnessed:
        said.append("That everybody was shown the same record, or its times: no witness outside has signed it.")
    if shown.findings.channel.practice:
        said.append("Anything real: this is a practice channel.")
    if not shown.findings.known:
        said.append("Whose channel this is: compare its words with the notice, or give --channel.")
    if shown.received is None:
        said.append("Under which charter it was filed.")
    said.append("What was filed." if shown.text is None else "That what the text says is true.")
    return said + _authorship_limits(shown) + _answer_limits(shown)


def _authorship_limits(shown: Shown) -> list[str]:
    if shown.authorship is None:
        return ["Who made this exhibit, or who filed."]
    said = [
        "Whose the key is: a key is not a name.",
        "That whoever handed it over made it: see whom it was made for.",
        "When it was made: that time is its maker's own word.",
    ]
    if not shown.authorship.filed:
        said.append("That this key signed the filing: an exhibit with the text shows that.")
    return said


def _answer_limits(shown: Shown) -> list[str]:
    if not shown.answers:
        return ["Whether anybody answered."]
    said = ["That nothing else was said or done: its maker chose what to show, and up to where."]
    if shown.hidden:
        said.append(f"What happened as event {', '.join(map(str, shown.hidden))} of the case: that is not shown.")
    return said


def _existence(shown: Shown) -> str:
    promise = shown.findings.promise
    if not shown.findings.recorded:
        return f"The log promised {_when(shown, promise.time)} to record a filing by {_when(shown, promise.not_after)}."
    last = shown.findings.proven[-1].accepted
    indexes = " and ".join(str(row.index) for row in shown.findings.proven)
    return (
        f"A filing stands in the record as entries {indexes}, at the latest since {_when(shown, last.time)}"
        f"{_witnesses(tuple(last.witnesses))}; the log promised it {_when(shown, promise.time)}."
    )


def _received(shown: Shown) -> str:
    event = shown.received or {}
    if shown.frozen is None:
        return f"The log received it {_when(shown, event['time'])}, under the charter entry {speak.line(event['charter'])}."
    charter = shown.frozen.charter
    title = f"{speak.quoted(charter.title)} ({speak.line(charter.id)}, version {shown.frozen.version})"
    return f"The log received it {_when(shown, event['time'])}, under the charter {title}, signed by the officers."


def _answered(shown: Shown, row: Answered) -> str:
    event = row.event
    who = (
        f"The seat {speak.line(event['seat'])}, held by {speak.quoted(row.office)}," if event["seat"] else "The author"
    )
    did = f"signed {speak.line(repr(event['type']))} as event {speak.line(event['seq'])}"
    more = f" ({speak.line(event['outcome'])})" if "outcome" in event else ""
    text = ", with the text shown" if row.document else ""
    fault = f"; its text says otherwise in {speak.line(row.fault)}" if row.fault else ""
    since = f"in the record at the latest since {_when(shown, row.recorded)}{_witnesses(row.witnesses)}"
    return f"{who} {did}{more}{text}, {since}{fault}."


def _when(shown: Shown, at: int) -> str:
    """A moment by the custodian's clock where the exhibit shows the charter, else by this machine's."""
    return when(shown.frozen, at) if shown.frozen is not None else speak.moment(at)


def _witnesses(names: tuple[str, ...]) -> str:
    return f" (witnessed by {', '.join(map(speak.line, names))})" if names else ""
