# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was found in a file, in sentences: for the command as they stand, for pages translated."""

from collections.abc import Callable, Mapping
from typing import Final

from demur.charter.explain import gettext_noop
from demur.client.inspection.report import Finding, Report

# What a file is, by its family; `format` is the name of its format.
FAMILIES: Final[Mapping[str, str]] = {
    "text": gettext_noop(
        "Plain text, with no mail header, markup or hidden mark in it. Its name is seen by its readers."
    ),
    "text-more": gettext_noop("A text with more in it than its words:"),
    "image": gettext_noop("An image ({format}) with nothing beside its picture. Its name is seen by its readers."),
    "image-more": gettext_noop("An image ({format}). It can tell who made it, where, when and with what."),
    "document": gettext_noop(
        "A document ({format}). It can tell who wrote it, when and with what, and what was changed, hidden or taken out."
    ),
    "archive": gettext_noop(
        "An archive ({format}). It can tell who packed it and when, and each file in it can tell more."
    ),
    "mail": gettext_noop(
        "A mail, or a text with a mail's head. It tells who wrote to whom, when, and from which machine."
    ),
    "contact": gettext_noop("A contact ({format}). It tells names and addresses."),
    "calendar": gettext_noop("A calendar. It tells names, places and times."),
    "markup": gettext_noop("A page or drawing ({format}). It can tell who made it, with what, and in which folder."),
    "data": gettext_noop("A data file ({format}). It can tell who made it, when, with what, and in which folder."),
    "sound": gettext_noop(
        "A sound file ({format}). It can tell who made it, where, when and with what; a voice is known."
    ),
    "film": gettext_noop(
        "A film ({format}). It can tell who made it, where, when and with what; a voice or a face is known."
    ),
    "program": gettext_noop("A program, shortcut or font ({format}). It can tell who made it, and on which machine."),
    "unknown": gettext_noop("This kind of file is not known here; it may tell anything."),
}
# How far it was looked into.
LOOKED: Final[Mapping[str, str]] = {
    "found": gettext_noop("Looked into for names, times, places, programs, folders and hidden parts. Found in it:"),
    "none": gettext_noop(
        "Looked into for names, times, places, programs, folders and hidden parts; none was found. "
        "It may still tell more than can be found here."
    ),
    "words": gettext_noop("Only readable words were looked for in it; it may tell more. Found in it:"),
    "words-none": gettext_noop("Only readable words were looked for in it, and none was found; it may tell anything."),
    "no": gettext_noop("Not looked into: it may tell anything."),
    "partial": gettext_noop("A part of it was not looked into; that part may tell anything."),
    "damaged": gettext_noop("It is damaged, or not what it claims to be; it may tell anything."),
    "more": gettext_noop("Not listed here: {n} more."),
}
# What each finding tells.
WHAT: Final[Mapping[str, str]] = {
    "author": gettext_noop("Author or person: {value}"),
    "editor": gettext_noop("Last changed by: {value}"),
    "organisation": gettext_noop("Organisation: {value}"),
    "recipient": gettext_noop("Recipient: {value}"),
    "route": gettext_noop("Machine on the way: {value}"),
    "place": gettext_noop("Place: {value}"),
    "device": gettext_noop("Device: {value}"),
    "path": gettext_noop("Folder or file name: {value}"),
    "address": gettext_noop("Fetched when it is opened: {value}"),
    "printer": gettext_noop("Printer: {value}"),
    "template": gettext_noop("Template: {value}"),
    "tracked": gettext_noop("Tracked changes, with what was struck out, by: {value}"),
    "comments": gettext_noop("Comments, with those who wrote them: {value}"),
    "hidden": gettext_noop("Hidden part: {value}"),
    "covered": gettext_noop("Text may lie under boxes or be invisible, and can be read {value}"),
    "revision": gettext_noop("Earlier versions are still in it: {value}"),
    "attachment": gettext_noop("Attached file: {value}"),
    "embedded": gettext_noop("File inside: {value}"),
    "script": gettext_noop("Program code: {value}"),
    "form": gettext_noop("Form field: {value}"),
    "trailing": gettext_noop("After its end, bytes: {value}"),
    "leading": gettext_noop("Before its beginning, bytes: {value}"),
    "thumbnail": gettext_noop("Small picture of an earlier state {value}"),
    "title": gettext_noop("Title: {value}"),
    "note": gettext_noop("Note: {value}"),
    "made": gettext_noop("Made on: {value}"),
    "changed": gettext_noop("Changed on: {value}"),
    "program": gettext_noop("Program: {value}"),
    "identifier": gettext_noop("Identifier: {value}"),
    "profile": gettext_noop("Colour profile: {value}"),
    "keywords": gettext_noop("Keywords: {value}"),
    "rights": gettext_noop("Rights: {value}"),
    "files": gettext_noop("Files inside: {value}"),
    "property": gettext_noop("Property: {value}"),
    "settings": gettext_noop("Settings of a camera or program: {value}"),
    "encrypted": gettext_noop("Encrypted, so not looked into: {value}"),
    "control": gettext_noop("Control characters: {value}"),
    "marks": gettext_noop("Marks that nobody sees, which can tell whose copy it was: {value}"),
    "text": gettext_noop("Readable words: {value}"),
}


_HOW: Final = {
    ("whole", True): "found",
    ("whole", False): "none",
    ("words", True): "words",
    ("words", False): "words-none",
}


def introduction(report: Report) -> list[tuple[str, dict[str, str]]]:
    """The codes of the sentences that stand before the findings, with what fills them. As `introduction` in `look.js`."""
    more = report.family in {"text", "image"} and not report.passes
    said = [f"family-{report.family}{'-more' if more else ''}"]
    if report.looked != "no":
        said += _found(report)
    elif report.family != "unknown":
        said.append("looked-no")
    return [(code, {"format": report.format}) for code in said]


def _found(report: Report) -> list[str]:
    """How far it was looked into. Where a part could not be read, it is never said that nothing was found."""
    unread = [f"looked-{fact}" for fact in ("damaged", "partial") if getattr(report, fact)]
    if report.passes or report.family == "text" or (unread and not report.findings):
        return unread
    return [f"looked-{_HOW[report.looked, bool(report.findings)]}", *unread]


def described(report: Report, translate: Callable[[str], str] = gettext_noop) -> list[str]:
    """The sentences about a file, then one for each finding."""
    said = {
        **{f"family-{name}": text for name, text in FAMILIES.items()},
        **{f"looked-{name}": text for name, text in LOOKED.items()},
    }
    rows = [translate(said[code]).format(**facts) for code, facts in introduction(report)]
    rows += [told(finding, translate) for finding in report.findings]
    return [*rows, translate(LOOKED["more"]).format(n=report.more)] if report.more else rows


def told(finding: Finding, translate: Callable[[str], str] = gettext_noop) -> str:
    """One finding as a sentence."""
    return translate(WHAT[finding.what]).format(value=finding.value).strip(" :")
