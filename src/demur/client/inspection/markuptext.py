# SPDX-License-Identifier: AGPL-3.0-or-later
"""What XML and HTML tell: who wrote them, with what, comments, tracked changes, hidden parts, what is fetched.

As `assets/lib/inspection/markuptext.js`.

No parser builds a tree: tags are read one after the other, so nesting, entities and doctypes cost nothing (no
bombs). Sources: ECMA-376 part 1 and 2, OASIS ODF 1.3 part 3, XMP (ISO 16684-1), SVG 2, HTML, GPX 1.1, KML 2.3.
"""

import base64
import binascii
import re
from collections.abc import Callable
from itertools import islice
from typing import Final

from demur.client.inspection.report import TABLES, Found, latin, raw, utf8
from demur.client.inspection.unpacking import add_paths

Nested = Callable[[str, bytes, Found], None]
_Current = tuple[str, str, str] | None  # element, what it tells, and what stands before its values

_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.:-]*)(?=[ \t\r\n/>])([^<>]*)>([^<]*)", re.ASCII)
_ATTRIBUTE: Final = re.compile(
    r"([A-Za-z_][A-Za-z0-9_.:-]{0,100})[ \t\r\n]{0,20}=[ \t\r\n]{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^ \t\r\n\"'>]+))",
    re.ASCII,
)
_COMMENT: Final = re.compile(r"<!--((?:[^-]|-[^-]){0,4000})", re.ASCII)
_INSTRUCTION: Final = re.compile(r"<\?(?!xml[ \t\r\n]|xpacket)([^<>]{1,2000})>", re.ASCII)
_ENTITY: Final = re.compile(r"<!(?:ENTITY|DOCTYPE)[ \t\r\n]([^<>]{1,2000})", re.ASCII)
_CDATA: Final = re.compile(r"<!\[CDATA\[([^\]]{1,4000})", re.ASCII)
_REFERENCE: Final = re.compile(r"&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[A-Za-z]{1,6});", re.ASCII)
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_FETCHED: Final = re.compile(r"^(?:https?:|ftp:|file:|//|\\\\)", re.ASCII | re.IGNORECASE)
_CSS: Final = re.compile(
    r"(?:url\([ \t]*[\"']?|@import[ \t]+[\"'])((?:https?:|file:|//)[^)\"' \t]{1,300})", re.ASCII | re.IGNORECASE
)
_DATA: Final = re.compile(
    r"^[ \t\r\n]*data:([A-Za-z0-9/+.-]{0,60})[^,]{0,40};base64,([A-Za-z0-9+/= \t\r\n]+)", re.ASCII
)
_TARGETS: Final = ("xlink:href", "src", "href", "data", "target", "r:link", "svg:href")
PACKETS: Final = (  # where XMP begins
    *("<?xpacket begin", "<x:xmpmeta", "adobe:ns:meta/", "<rdf:RDF", "22-rdf-syntax-ns#"),
    *("<\0?\0x\0p\0a\0c\0k\0e\0t\0", "<\0x\0:\0x\0m\0p\0m\0e\0t\0a\0"),
)
_PACKET: Final = 262_144  # characters of a packet that are looked at
_MOST: Final = 400  # of each sort of finding, before they are put together

TRACKED: Final = frozenset(
    {
        "ins",
        "del",
        "movefrom",
        "moveto",
        "rprchange",
        "pprchange",
        "sectprchange",
        "tblprchange",
        "cellins",
        "celldel",
        "tracked-changes",
        "changed-region",
        "insertion",
        "deletion",
        "rfmt",
        "rcc",
        "rrc",
    }
)
COMMENTED: Final = frozenset({"annotation", "comment", "cm", "threadedcomment", "commentex", "presence"})
_LOADING: Final = frozenset(
    {
        "img",
        "image",
        "script",
        "iframe",
        "link",
        "use",
        "object",
        "embed",
        "video",
        "audio",
        "source",
        "frame",
        "input",
        "feimage",
        "attachedtemplate",
    }
)
_CONFIGURED: Final = frozenset({"PrinterName", "PrinterSetup", "PrinterPaperFromSetup", "CurrentDatabaseDataSource"})
_PREFIXES: Final = frozenset({"sodipodi", "inkscape", "illustrator", "serif", "sketch", "figma"})
# Elements with an attribute that hides them: name or "*", attribute, values.
_HIDING: Final = (
    ("sheet", "state", ("hidden", "veryhidden")),
    ("sld", "show", ("0", "false")),
    ("*", "text:display", ("none",)),
    ("*", "table:display", ("false",)),
    ("*", "presentation:visibility", ("hidden",)),
    ("row", "hidden", ("1", "true")),
    ("col", "hidden", ("1", "true")),
    ("definedname", "hidden", ("1", "true")),
)
_HIDDEN_ELEMENTS: Final = frozenset({"vanish", "specvanish", "hidden-text", "hidden-paragraph"})


def markup(text: str, found: Found, nested: Nested) -> None:
    """Note what the markup tells; `text` has one character for each byte. `nested` looks into files that stand inside."""
    text = _narrow(text)
    _beside_tags(text, found)
    current: _Current = None
    sessions = 0
    for match in _TAG.finditer(text):
        closing, name, inside, after = match.groups()
        local = name.rpartition(":")[2].lower()
        if closing:
            current = None if current is not None and local == current[0] else current
            continue
        attributes = _attributes_of(f"{inside}>{after}" if inside.count('"') % 2 else inside)
        _attributes(local, attributes, found)
        _element(local, attributes, found, nested)
        sessions += local == "rsid"
        current = _telling(local, attributes, current)
        if current is not None:
            found.add_if(current[1], f"{current[2]}{_plain(after[:2000])}" if after.strip(" \t\r\n") else "")
    if sessions:
        found.add("identifier", f"rsid {sessions}")


def is_markup(text: str) -> bool:
    """Whether it begins as markup does, or has an XMP packet in it; in UTF-16 and UTF-32 too."""
    start = text[:400].replace("\0", "").removeprefix("\xfe\xff").removeprefix("\xff\xfe").removeprefix("\xef\xbb\xbf")
    return start.lstrip(" \t\r\n").startswith("<") or any(mark in text for mark in PACKETS)


def packets(text: str, found: Found, nested: Nested) -> None:
    """Note what every XMP packet tells that stands among other bytes."""
    at = _packet(text, 0)
    while at >= 0 and found.take(min(len(text) - at, _PACKET)):
        markup(text[at : at + _PACKET], found, nested)
        at = _packet(text, at + _PACKET)


def _packet(text: str, start: int) -> int:
    """Where the next XMP packet begins, -1 where there is none."""
    places = [at for mark in PACKETS if (at := text.find(mark, start)) >= 0]
    if not places:
        return -1
    return min(places) if text[min(places)] == "<" else max(start, min(places) - 40)


def _narrow(text: str) -> str:
    """Text in UTF-16 or UTF-32 as UTF-8, one character for each byte."""
    at = text.find("<", 0, 400)
    if at < 0 or "\0" not in text[max(0, at - 3) : at + 4]:
        return text
    if text[at + 1 : at + 4] == "\0\0\0" or text[max(0, at - 3) : at] == "\0\0\0":
        return text.replace("\0", "")
    little = text[at + 1 : at + 2] == "\0"
    start = at % 2 if little else (at - 1) % 2
    return latin(raw(text[start:]).decode("utf-16-le" if little else "utf-16-be", "replace").encode("utf-8", "replace"))


def _attributes_of(inside: str) -> dict[str, str]:
    if "=" not in inside:
        return {}
    return {key.lower(): _plain(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(inside)}


def _beside_tags(text: str, found: Found) -> None:
    patterns = (
        (_COMMENT, "note", _MOST),
        (_INSTRUCTION, "note", _MOST),
        (_ENTITY, "note", _MOST),
        (_CSS, "address", _MOST),
        (_CDATA, "note", 20),
    )
    for pattern, what, most in patterns:
        for match in islice(pattern.finditer(text), most):
            found.add_if(what, _plain(match[1]))
    add_paths(text, found)


def _telling(local: str, attributes: dict[str, str], current: _Current) -> _Current:
    """What the text after a start tag tells."""
    label = attributes.get("meta:name") or attributes.get("config:name") or attributes.get("name", "")
    if local == "config-item":
        return (local, "printer", f"{label}: ") if label in _CONFIGURED else None
    if local in {"user-defined", "property"} and label:
        return local, "property", f"{label}: "
    if local in TABLES["transparent"] and current is not None:
        return current
    what = TABLES["elements"].get(local)
    return (local, what, "") if what else None


def _attributes(local: str, attributes: dict[str, str], found: Found) -> None:
    for key, value in attributes.items():
        prefix, _, last = key.rpartition(":")
        what = TABLES["attributes"].get(last, "")
        if "xmlns" in {prefix, key} or (last == "url" and local != "abspath"):
            continue
        if prefix in _PREFIXES and not what:
            found.add_if("property", f"{last}: {value}")
        else:
            found.add_if("path" if local == "abspath" and what else what, value)


def _element(local: str, attributes: dict[str, str], found: Found, nested: Nested) -> None:
    """Note what an element itself tells."""
    _written_by(local, attributes, found)
    _hidden(local, attributes, found)
    _fetched(local, attributes, found, nested)
    if local == "meta":
        _meta(attributes, found)
    if local in {"trkpt", "wpt", "rtept"} and "lat" in attributes:
        found.add("place", f"{attributes['lat']} {attributes.get('lon', '')}")
    if local in {"script", "macro", "event-listener"}:
        found.add("script", "")


def _written_by(local: str, attributes: dict[str, str], found: Found) -> None:
    author = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "author"), "")
    if local in TRACKED and (author or local in {"tracked-changes", "changed-region"}):
        found.add("tracked", author)
    if local in COMMENTED:
        found.add("comments", author)
    if local in {"cmauthor", "author", "person", "credit"}:
        found.add_if("author", attributes.get("name", ""))


def _meta(attributes: dict[str, str], found: Found) -> None:
    name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv") or ""
    content = attributes.get("content", "")
    what = TABLES["elements"].get(name.lower().rpartition(":")[2].rpartition(".")[2])
    if content and name.lower() not in {"viewport", "content-type", "charset", "content-language"}:
        found.add_if(what or "property", content if what else f"{name}: {content}")


def _hidden(local: str, attributes: dict[str, str], found: Found) -> None:
    name = attributes.get("name") or attributes.get("table:name") or ""
    for element, attribute, values in _HIDING:
        if element in {local, "*"} and attributes.get(attribute, "").lower() in values:
            found.add("hidden", name)
    if local in _HIDDEN_ELEMENTS and attributes.get("w:val", "1") not in {"0", "false"}:
        found.add("hidden", name)


def _fetched(local: str, attributes: dict[str, str], found: Found, nested: Nested) -> None:
    target = next((attributes[key] for key in _TARGETS if key in attributes), "")
    inner = _DATA.match(target)
    if inner is not None:
        nested(inner[1] or "data", _base64(inner[2]), found)
    elif local == "relationship":
        external = attributes.get("targetmode", "").lower() == "external"
        found.add_if("address" if external and not attributes.get("type", "").endswith("/hyperlink") else "", target)
    elif (local in _LOADING and _FETCHED.match(target)) or target.lower().startswith("file:"):
        found.add_if("address", target)


def _base64(text: str) -> bytes:
    clean = re.sub("[^A-Za-z0-9+/]", "", text)
    try:
        return base64.b64decode(clean[: len(clean) - len(clean) % 4])
    except binascii.Error:
        return b""


def _plain(text: str) -> str:
    """The text that markup stands for; `text` has one character for each byte."""
    return _REFERENCE.sub(_character, utf8(text))


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if not name.startswith("#"):
        return _NAMED.get(name, match[0])
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]
