# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel's pages, looked at from outside: are the files that browsers are sent those that the record says? (`spec/assets.md`)

A stock browser runs what it is given. What can be had is that a false script cannot be given to everybody unseen, and that giving it to one
person leaves the server with two answers to one question. So: the list of files with their hashes, proven in the record; every file
fetched as browsers fetch it; every page read for anything that would run or load something else.
"""

import hashlib
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.client.errors import BadAnswer
from demur.client.http import MAX_ANSWER, NOTHING, Looked, Server
from demur.client.pagescan import faults_of_page, faults_of_policy, languages_of, links_of
from demur.client.places import PAGES, POSTING, TEXTS
from demur.client.policies import channel_in_force
from demur.client.siteheaders import OF_PAGE, OF_TEXT, cookie_of_sign_in, faults_of_headers, of_file, tag_of_file
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import leaf_hash
from demur.record.policy import Accepted
from demur.record.proof import Proof

PREFIX: Final = "/static/"
MEMBERS: Final = frozenset({"v", "type", "origin", "release", "serial", "files"})
# What a browser would ask for, less what only browsers can unpack: both ways are asked, because a server can tell them apart.
PACKINGS: Final = ("identity", "gzip")
NOT_LOOKED_AT: Final = "desk/"  # with all behind the sign-in: whoever looks from outside has no account
SIGN_IN: Final = "desk/in/"
FIRST: Final = "desk/first/"  # the one page that leads strangers elsewhere: to the sign-in
MOST_LANGUAGES: Final = 50


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The entry of the record: what it says is served, its place, and when it had become public (POSIX seconds)."""

    release: str
    serial: int
    files: Mapping[str, str]
    index: int
    since: int
    unwitnessed: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something that is not as the record says: the address, a stable word, and what a person should know."""

    place: str
    code: str
    sentence: str


def read_listed(server: Server, channel: Channel) -> Listed:
    """The list of files that the record holds, proven under the channel's policy.

    Raises BadAnswer where it does not hold, and what `Server.get` raises.
    """
    known = channel_in_force(server, channel)
    answer = server.get_json("/api/v1/assets")
    entry, proof = answer.get("entry"), answer.get("proof")
    if not isinstance(entry, dict) or not isinstance(proof, str):
        raise BadAnswer("The server does not say which files it serves; it may be older than its pages.")
    try:
        accepted = Proof.parse(proof).verify(leaf_hash(readable_entry(entry)), known.policy_object)
        return _listed(entry, known, accepted, Proof.parse(proof).index)
    except (RecordError, canonical.CanonicalError) as error:
        raise BadAnswer(f"The list of files that the server shows is not in its record: {error}") from None


def _listed(entry: Mapping[str, Any], channel: Channel, accepted: Accepted, index: int) -> Listed:
    files, release, serial = entry.get("files"), entry.get("release"), entry.get("serial")
    if (
        set(entry) != MEMBERS
        or (entry["type"], entry["origin"]) != ("assets", channel.origin)
        or not isinstance(files, dict)
        or not all(isinstance(value, str) for value in files.values())
        or not isinstance(release, str)
        or type(serial) is not int
    ):
        raise BadAnswer("The entry that the server shows is no list of this channel's files; tell the officers.")
    return Listed(
        release=release,
        serial=serial,
        files=files,
        index=index,
        since=accepted.time,
        unwitnessed=accepted.unwitnessed,
    )


def differences(server: Server, listed: Listed) -> Iterator[Difference]:
    """Everything at `server` that is not as `listed`: files first, then pages. Raises what `Server.look` raises."""
    for name, sha256 in sorted(listed.files.items()):
        yield from dict.fromkeys(row for packing in PACKINGS for row in _file(server, name, sha256, packing))
    yield from _pages(server, listed)


def _file(server: Server, name: str, sha256: str, packing: str) -> Iterator[Difference]:
    place = PREFIX + name
    looked = server.look(place, {"Accept-Encoding": packing})
    if looked.status != 200:
        yield Difference(place=place, code="missing", sentence=f"is not served (answer {looked.status})")
        return
    found = hashlib.sha256(_unpacked(looked)).hexdigest()
    if found != sha256:
        sentence = f"is {found[:16]}… as served, {sha256[:16]}… in the record"
        yield Difference(place=place, code="changed", sentence=sentence)
        return
    faults = [
        *faults_of_headers(looked.headers, of_file(name), tag_of_file(sha256)),
        *faults_of_policy(looked.headers, posts=False),
    ]
    yield from (Difference(place=place, code="headers", sentence=text) for text in faults)


def _pages(server: Server, listed: Listed) -> Iterator[Difference]:
    addresses = {PREFIX + name for name in listed.files}
    known, led = set[str](), set[str]()
    waiting = [("", "")]  # (language, page): the front, then each page in each language that any page leads to
    for code, page in waiting:  # grows as it is read
        place = f"/{code}/{page}" if code else "/"
        looked = server.look(place, {"Accept-Encoding": "gzip"})
        text, faults = _page(looked, code, page, addresses)
        yield from (Difference(place=place, code="page", sentence=sentence) for sentence in faults)
        led |= links_of(text)
        fresh = sorted(languages_of(led) - known)
        if len(known) + len(fresh) > MOST_LANGUAGES:
            sentence = f"offers more languages than are looked at, {MOST_LANGUAGES}"
            yield Difference(place=place, code="page", sentence=sentence)
            return
        known.update(fresh)
        waiting.extend((each, page) for each in fresh for page in PAGES)
    if not known:
        yield Difference(place="/", code="page", sentence="offers no language, so no other page was looked at")
    yield from _texts(server, led)


def _texts(server: Server, led: Collection[str]) -> Iterator[Difference]:
    for place in TEXTS:
        if place in led:
            _, faults = _read(server.look(place, {"Accept-Encoding": "gzip"}), OF_TEXT)
            yield from (Difference(place=place, code="text", sentence=sentence) for sentence in faults)


def _page(looked: Looked, code: str, page: str, addresses: Collection[str]) -> tuple[str, list[str]]:
    """The text of a page, and what is wrong with it and its answer."""
    sign_in = f"/{code}/{SIGN_IN}"
    if (looked.status, page, looked.headers.get("location")) == (302, FIRST, sign_in):  # which is looked at itself
        return "", [*faults_of_headers(looked.headers, {**OF_PAGE, "location": sign_in})]
    posts = page in POSTING
    text, faults = _read(looked, OF_PAGE, cookie_of_sign_in(code) if page == SIGN_IN else NOTHING, posts=posts)
    return text, [*faults, *faults_of_page(text, addresses, posts=posts)]


def _read(
    looked: Looked, must: Mapping[str, str], more: Mapping[str, str] = NOTHING, *, posts: bool = False
) -> tuple[str, list[str]]:
    """The text of an answer, and what of it would have a browser go elsewhere, load or keep more, or read another text."""
    faults = []
    if 300 <= looked.status < 400:
        faults.append(f"leads elsewhere, to {looked.headers.get('location', '')[:80]!r}")
    elif looked.status != 200:
        faults.append(f"is not served (answer {looked.status})")
    faults += [*faults_of_headers(looked.headers, must, more), *faults_of_policy(looked.headers, posts=posts)]
    try:
        return _unpacked(looked).decode("utf-8") if looked.status == 200 else "", faults
    except UnicodeDecodeError:
        return "", [*faults, "is not UTF-8"]


def _unpacked(looked: Looked) -> bytes:
    packing = looked.headers.get("content-encoding", "identity")
    if packing == "identity":
        return looked.body
    if packing != "gzip":
        raise BadAnswer(
            f"The server packs its answers by {packing[:20]!r}, which was not asked for; it is no server of Demur."
        )
    unpack = zlib.decompressobj(wbits=31)
    try:
        plain = unpack.decompress(looked.body, MAX_ANSWER)
    except zlib.error:
        raise BadAnswer("What the server packed cannot be unpacked; run the same command again.") from None
    if not unpack.eof or unpack.unused_data:
        raise BadAnswer("The server sends more than can be unpacked, or less; it is no server of Demur.")
    return plain
