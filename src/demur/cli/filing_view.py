# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the author sees before and after filing: who will read, what is owed by when, what they leave with."""

from collections.abc import Iterable, Mapping
from typing import Any

from demur.charter.freeze import Frozen
from demur.charter.model import Charter
from demur.charter.seating import complete_facts
from demur.charter.zones import when
from demur.cli import speak
from demur.cli.clock_view import due_text
from demur.client.casefiles import CaseFiles
from demur.client.directory import InForce
from demur.client.filing import PreparedFiling
from demur.client.submitting import Filed
from demur.client.wish import Reader, Wish
from demur.clock.errors import ClockError
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.paragraphs import passages, without_mark
from demur.dissent.states import Story
from demur.dissent.timing import clocks_of
from demur.schema import is_visible


def plan_lines(in_force: InForce, wish: Wish, offices: Iterable[Reader]) -> list[str]:
    """The readers with their present holders, and each clock's promise if it were filed now."""
    charter, channel = in_force.frozen.charter, in_force.channel
    lines = [
        f"Channel {channel.origin}, charter {charter.id}"
        + (" (practice: nothing real belongs in it)" if channel.practice else ""),
        "",
    ]
    lines += ["Who will be able to read this:", *(_reader_line(reader, wish) for reader in offices)]
    lines += stated_lines(charter, complete_facts(charter, dict(wish.facts)))
    if wish.recused:
        lines.append(f"Recused by you: {', '.join(sorted(wish.recused))}")
    lines.append(
        "Nobody else. A reader can always pass a text on; the record shows who was given access, not who read."
    )
    lines += ["", "What you are owed, if it is filed now:"]
    story = Story(received_at=in_force.read_at)
    lines += [
        f"  {due_text(row, in_force.frozen)}"
        for row in clocks_of(in_force.frozen, story, {1: in_force.read_at}, in_force.read_at)
    ]
    lines += ["", f"You file: {speak.shown(wish.dissent.subject)}"]
    lines += _claim_lines(wish.dissent)
    lines += [f"  attachment: {speak.shown(part.name)} ({part.size} bytes)" for part in wish.attachments]
    return lines


def _claim_lines(dissent: Dissent) -> list[str]:
    """What the reply must answer, and where it could pass over a point."""
    recommends = ["  Your recommendation; the reply must answer it."] if is_visible(dissent.recommendation) else []
    if dissent.is_document:
        return ["  One claim, the document as a whole: the reply must answer it.", *recommends]
    if len(dissent.claims) == 1 and dissent.claims[0].text == without_mark(dissent.text).text:
        lines = [
            "  One claim, the whole text. The reply could pass over a point: --claims and --claim-text point them out."
        ]
    else:
        lines = [f"  {len(dissent.claims)} numbered claims; the reply must answer each."]
    if dissent.as_is and len(passages(dissent.text, dissent.parts)) == 1:
        lines.append(
            "  It is 1 paragraph: the reply could pass over a point. --parts lines makes each line a paragraph."
        )
    return [*lines, *recommends]


def stated_lines(charter: Charter, stated: Mapping[str, str]) -> list[str]:
    """What the author states, question by question; for one that is open, how it is answered, and who reads then too."""
    lines = []
    for fact in charter.facts:
        if stated[fact.id]:
            lines.append(f"You state: {speak.shown(fact.question)} {speak.shown(stated[fact.id])}")
            continue
        also = [seat.title for seat in charter.reading_seats if seat.when is not None and seat.when.fact == fact.id]
        told = f"; some answers let {', '.join(also)} read too" if also else ""
        given = f"one of {', '.join(fact.choices)}" if fact.choices else "any text"
        lines.append(f"Not stated: {speak.shown(fact.question)} To state it, add --fact {fact.id}=… ({given}){told}.")
    return lines


def sealed_lines(prepared: PreparedFiling, wish: Wish) -> list[str]:
    """An unsent filing as it was sealed: who will be able to read it is decided, and is shown again before it is sent."""
    manifest = prepared.draft["manifest"]
    lines = ["Who will be able to read this, as it was sealed:"]
    lines += [f"  {speak.shown(row['seat'])}" for row in manifest["recipients"] if row["seat"]]
    stated = (f"{name}={speak.shown(value) or 'not stated'}" for name, value in sorted(manifest["facts"].items()))
    if manifest["facts"]:
        lines.append(f"As you state: {', '.join(stated)}")
    if wish.recused:
        lines.append(f"Recused by you: {', '.join(sorted(wish.recused))}")
    lines += ["", f"You file: {speak.shown(wish.dissent.subject)}"]
    lines += [f"  attachment: {speak.shown(part.name)} ({part.size} bytes)" for part in wish.attachments]
    return lines


def _reader_line(reader: Reader, wish: Wish) -> str:
    new = " (a new key, which you accept)" if reader.seat.id in wish.new_keys else ""
    return f"  {speak.line(reader.seat.title)}: {speak.line(reader.holder) if reader.holder is not None else 'vacant now'}{new}"


def filed_document(filed: Filed, files: CaseFiles) -> dict[str, Any]:
    """What was filed, for `--json`; it holds the words, as the key file does."""
    promise = filed.receipt.opened_promise()
    return {
        "filed": True,
        "case": filed.key.case,
        "origin": filed.key.origin,
        "words": filed.key.words,
        "promised_at": promise.time,
        "due": promise.not_after,
        "receipt": str(files.receipt),
        "key": str(files.key),
        "sealed": str(files.sealed),
    }


def filed_lines(filed: Filed, files: CaseFiles, frozen: Frozen | None) -> list[str]:
    """What was filed, for a person. The words stand here once and nowhere else on the screen."""
    return [
        "Filed, and recorded: the receipt holds its proof." if filed.receipt.proofs else _promised(filed, frozen),
        *_owed_lines(filed, frozen),
        "",
        f"  {files.receipt}  proves that it was filed; it neither reads nor acts, so you may show it",
        f"  {files.key}  reads the answers and acts for you; keep it as you would keep your name",
        f"  {files.sealed}  your sealed copy of what was sent; it opens with the key file",
        *(
            f"  {path}  a large attachment as it was sent; without it, it is lost if the channel ever loses its own"
            for path in files.sealed_attachments
        ),
        "",
        "Your return words, shown once. Write them down: alone, on any machine, they rebuild these files.",
        "",
        f"  {filed.key.words}",
        "",
        f"See where it stands:  demur status {files.key}",
    ]


def unsaved_lines(filed: Filed, frozen: Frozen | None) -> list[str]:
    """What was filed where its files could not be written: the words are then all that is left beside the unsent filing."""
    return [
        _promised(filed, frozen),
        *_owed_lines(filed, frozen),
        "",
        "Your return words, shown once. Write them down now: alone, on any machine, they read the answers and act for you.",
        "",
        f"  {filed.key.words}",
    ]


def _promised(filed: Filed, frozen: Frozen | None) -> str:
    by = filed.receipt.opened_promise().not_after
    return f"Filed. The log has promised to publish it by {when(frozen, by) if frozen else speak.moment(by)}."


def _owed_lines(filed: Filed, frozen: Frozen | None) -> list[str]:
    if frozen is None:
        return []
    at = filed.receipt.opened_promise().time
    try:
        rows = clocks_of(frozen, Story(received_at=at), {1: at}, at)
    except ClockError:
        return []  # it is filed, whatever a calendar says
    return ["", "What you are owed:", *(f"  {due_text(row, frozen)}" for row in rows)]
