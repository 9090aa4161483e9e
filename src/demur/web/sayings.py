# SPDX-License-Identifier: AGPL-3.0-or-later
"""What scripts of several rooms say alike: the clocks of a case, its thread, and what was checked of it."""

from typing import Final

from demur.charter.explain import gettext_noop

CLOCKS: Final[dict[str, str]] = {
    "zones": gettext_noop("Days and holidays are those of the office that must act, in its time zone: {zones}."),
    "clock-ack": gettext_noop("Acknowledgement"),
    "clock-reply": gettext_noop("Reply"),
    "clock-due": gettext_noop("Due by the end of {due}, by {owner}."),
    "clock-aim": gettext_noop("Aimed at {aim}."),
    "clock-met-due": gettext_noop("Met on {met}; it was due by the end of {due}."),
    "clock-pending-due": gettext_noop(
        "Done; the record shows it after its next tick. It was due by the end of {due}, by {owner}."
    ),
    "clock-ended-late-due": gettext_noop(
        "Owed no more. It was due by the end of {due}, by {owner}, and ended on {ended}. Days late by then: {n}."
    ),
    "clock-ended-due": gettext_noop("Owed no more. It was due by the end of {due}, by {owner}."),
    "clock-extended-due": gettext_noop("Extended: due by the end of {due}, by {owner}. Promised was {promised}."),
    "clock-state-running": gettext_noop("running"),
    "clock-state-due-soon": gettext_noop("due soon"),
    "clock-state-extended": gettext_noop("extended"),
    "clock-state-overdue": gettext_noop("overdue"),
    "clock-state-met": gettext_noop("met"),
    "clock-state-met-late": gettext_noop("met late"),
    "clock-state-ended-by-withdrawal": gettext_noop("ended by withdrawal"),
    "clock-state-ended-late": gettext_noop("ended late by withdrawal"),
    "clock-state-could-not-be-read": gettext_noop("ended: could not be read"),
    "clock-state-disputed": gettext_noop("disputed: not met"),
}
CASE: Final[dict[str, str]] = {
    "state-filed": gettext_noop("Filed; the acknowledgement is owed."),
    "state-acknowledged": gettext_noop("Acknowledged; the reply is owed."),
    "state-unconfirmed": gettext_noop(
        "Replied to without answering any claim; the reply is owed until a second office signs it."
    ),
    "state-disputed": gettext_noop(
        "Replied to, but the reply is disputed as faulty: a new reply is owed, or a second office's signature."
    ),
    "state-unreadable": gettext_noop("Two offices say that what was filed cannot be read."),
    "state-answered": gettext_noop("Answered."),
    "state-closed": gettext_noop("Closed."),
    "recorded": gettext_noop("In the record since {when}"),
    "not-published": gettext_noop("Promised on {when}; follows at the next tick"),
    "differs": gettext_noop("This differs from what was recorded ({fact}); do not rely on it."),
    "differs-missing": gettext_noop("Its sealed text is missing at the server; do not rely on it."),
    "differs-answers": gettext_noop("This leaves out a claim, repeats one or invents one; do not rely on it."),
    "by-holder": gettext_noop("Held by {holder}"),
    "reply-title": gettext_noop("The reply of {who}"),
    "reply-counts": gettext_noop("Answered {answered}, referred {referred}, declined {declined}."),
    "reply-waits": gettext_noop(
        "It answers no claim, so it counts only when a second office has signed it; the reply is still owed."
    ),
    "reply-replaced": gettext_noop("A later reply took its place."),
    "reply-disputed": gettext_noop(
        "It is disputed as faulty, so it does not count until there is a new reply, or a second office has signed this one."
    ),
    "did-unknown": gettext_noop(
        "Something happened that this page does not know ({type}); reload the page, or update the server"
    ),
    "does-not-count": gettext_noop("This does not count: {why} The server should have refused it."),
    "fault-conflict": gettext_noop("whoever took it had not read what came before it, and it conflicts with that."),
    "fault-who": gettext_noop("the charter does not give this step to whoever took it."),
    "fault-step": gettext_noop("the procedure has no such step there."),
    "fault-extension": gettext_noop("the charter does not allow this extension."),
    "fault-close": gettext_noop("the case was closed before the author's time was over."),
    "fault-fetch": gettext_noop("it names a text that is not there, or that was fetched before."),
    "fault-time": gettext_noop("it is dated before what it follows."),
    "fault-text": gettext_noop("it has no sealed text, and needs one."),
    "fault-seen": gettext_noop("it names something that was never in this case."),
    "fault-roster": gettext_noop("its key did not count when it entered the record."),
    "fault-twice": gettext_noop("it repeats an act that was recorded before."),
    "fault-old": gettext_noop("it was made in the old form after the channel began to keep the new one."),
    "fault-unannounced": gettext_noop("the channel never announced acts of this kind."),
    "fault-recused": gettext_noop("the author left out the office that took it, or that it gives access."),
    "outcome-accepted": gettext_noop("Accepted."),
    "outcome-in_part": gettext_noop("Accepted in part."),
    "outcome-rejected": gettext_noop("Rejected."),
    "outcome-overtaken": gettext_noop("Overtaken by events."),
    "outcome-out_of_scope": gettext_noop("Out of scope."),
    "recommendation": gettext_noop("The recommendation"),
    "recommendation-unknown": gettext_noop("The recommendation is not open here; open the dissent to read it."),
    "answer-answered": gettext_noop("Answered"),
    "answer-referred": gettext_noop("Referred to {to}"),
    "answer-declined": gettext_noop("Declined"),
    "commitments": gettext_noop("What was promised"),
    "promised-by": gettext_noop("By {date}: {text}"),
    "if-not-enough": gettext_noop("If this is not enough"),
    "signed-by": gettext_noop("Signed: {who}"),
    "granted-by": gettext_noop("Access given by {who} on {when}, with this reason:"),
    "fetched-item": gettext_noop("Fetched item {item} on {when}"),
    "not-fetched": gettext_noop("Has fetched nothing yet"),
    "checked-signed": gettext_noop(
        "Every act was signed by the office that held its seat then, and follows from the one before."
    ),
    "checked-published": gettext_noop("Everything above stands in the record, as proven on this machine."),
    "checked-promised": gettext_noop(
        "Not everything above is published yet; it is promised, and follows at the next tick."
    ),
    "unchecked": gettext_noop("Not checked by this page"),
    "unchecked-rollback": gettext_noop(
        "Whether an older charter or older seats are shown: the program on your own machine remembers."
    ),
    "unchecked-page": gettext_noop(
        "Whether this page itself is the true one: only the program on your own machine does not depend on it."
    ),
}
