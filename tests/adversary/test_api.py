# SPDX-License-Identifier: AGPL-3.0-or-later
"""The server from outside: replays, forgeries, races and rubbish, against a real one."""

import base64
import hashlib
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demur import canonical
from demur.client.directory import InForce, read_directory
from demur.client.filing import PreparedFiling, prepare
from demur.client.http import Server
from demur.client.known import channel_file
from demur.client.wish import Wish
from demur.dissent import events
from demur.dissent.bundle import describe, pack_bundle, unpack_bundle
from demur.dissent.documents.dissent import from_text
from demur.dissent.filing import sign_filing
from demur.record.entry import case_entry
from demur.record.head import open_head
from demur.record.merkle import leaf_hash
from demur.record.proof import Proof
from demur.seal.age import files as age
from demur.seal.keyfile import SeatKey, read
from demur.seal.requests import sign_request
from demur.seal.returning import ReturnKeys
from demur.seal.words import words_to_entropy
from serving import Channel, practice_channel

pytestmark = pytest.mark.adversary

TEXT = b"Subject\n\nA claim.\n"


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("api")) as served:
        yield served


@pytest.fixture(scope="module")
def in_force(channel: Channel) -> InForce:
    return read_directory(Server(channel.url), channel_file(channel.file).channel, now=int(time.time()))


def ask(channel: Channel, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    """One raw request: status, and the JSON or bytes of the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        channel.url + path, data=body if method == "POST" else None, method=method, headers=named
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, data = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, data = error.code, error.read()
    try:
        return status, json.loads(data)
    except ValueError:
        return status, data


def a_filing(channel: Channel, in_force: InForce) -> PreparedFiling:
    limits = Server(channel.url).get_json("/api/v1/limits")
    wish = Wish(dissent=from_text(TEXT, name="d.txt", claims=[2]), original=TEXT)
    return prepare(wish, in_force, address=channel.url, limits=limits, now=int(time.time()), random=os.urandom)


class Seat:
    """A seat that signs whatever it likes."""

    def __init__(self, channel: Channel, name: str) -> None:
        key = read(channel.key(name).read_bytes(), passphrase=str)
        assert isinstance(key, SeatKey)
        self.channel, self.name, self.key = channel, name, key
        self.origin = channel_file(channel.file).channel.origin

    def authorization(self, method: str, path: str, body: bytes = b"", lies: dict[str, Any] | None = None) -> str:
        said = {
            "seat": self.name,
            "method": method,
            "path": path,
            "body": body,
            "origin": self.origin,
            "now": int(time.time()),
            "nonce": os.urandom(16).hex(),
        }
        return sign_request(self.key.signing, **{**said, **(lies or {})})

    def ask(
        self, method: str, path: str, body: bytes = b"", token: str = "", lies: dict[str, Any] | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": self.authorization(method, path, body, lies)}
        if token:
            headers["Demur_Token"] = token
        return ask(self.channel, method, path, body, **headers)

    def act(self, case: "Case", kind: str, seat: str = "", **fields: Any) -> bytes:
        """A signed act on a case, as the bundle that carries it."""
        _, view = self.ask("GET", f"/api/v1/cases/{case.id}", token=case.token)
        last = view["items"][-1]
        commitment = events.commitment(last["event"], bytes.fromhex(last["r"])).hex()
        place = {
            "origin": self.origin,
            "case": case.id,
            "charter": view["charter"],
            "roster": last["event"]["roster"],
            "seat": seat or self.name,
            "seen": {"seq": last["n"], "commitment": commitment},
            "key": self.key.signing.public.hex(),
        }
        act = events.make_act(kind, **{**place, **fields})
        return pack_bundle({"v": 1, "type": "act", "act": act, "signature": events.sign_act(act, self.key.signing)}, [])


class Case:
    """A filed case and what its author's key file holds."""

    def __init__(self, channel: Channel, in_force: InForce) -> None:
        filing = a_filing(channel, in_force)
        self.bundle = filing.bundle
        status, self.answer = ask(channel, "POST", "/api/v1/cases", filing.bundle)
        assert status == 201, self.answer
        self.id, self.token = str(filing.draft["case"]), str(filing.draft["token"])
        self.commitment = str(unpack_bundle(filing.bundle)[0]["commitment"])
        self.keys = ReturnKeys.from_entropy(words_to_entropy(str(filing.draft["words"])), in_force.channel.origin)


@pytest.fixture(scope="module")
def case(channel: Channel, in_force: InForce) -> Case:
    return Case(channel, in_force)


@pytest.fixture(scope="module")
def citra(channel: Channel) -> Seat:
    return Seat(channel, "custodian")


@pytest.fixture(scope="module")
def dewi(channel: Channel) -> Seat:
    return Seat(channel, "secretary")


def test_the_same_filing_again_gets_the_same_promise(channel: Channel, case: Case) -> None:
    status, answer = ask(channel, "POST", "/api/v1/cases", case.bundle)

    assert (status, answer["promise"], answer["opening"]) == (200, case.answer["promise"], case.answer["opening"])


def test_another_filing_under_the_same_id_is_refused(channel: Channel, case: Case, in_force: InForce) -> None:
    header, files = unpack_bundle(a_filing(channel, in_force).bundle)
    other = {**header, "case": case.id}
    del other["signature"]
    keys = ReturnKeys.generate(os.urandom, in_force.channel.origin)
    other["author"] = keys.signing.public.hex()

    status, answer = ask(channel, "POST", "/api/v1/cases", pack_bundle(sign_filing(other, keys.signing), files))

    assert (status, answer["code"]) == (409, "conflict")


def test_a_filing_sent_twice_at_once_is_one_case(channel: Channel, in_force: InForce) -> None:
    filing = a_filing(channel, in_force)
    answers: list[tuple[int, Any]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(channel, "POST", "/api/v1/cases", filing.bundle)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status for status, _ in answers) == [200] * 5 + [201]
    assert len({answer["promise"] for _, answer in answers}) == 1


def changed(
    filing: PreparedFiling, change: Callable[[dict[str, Any], list[tuple[str, bytes]]], None], origin: str
) -> bytes:
    """The filing with header or files changed, signed anew by an author who means it."""
    header, files = unpack_bundle(filing.bundle)
    del header["signature"]
    change(header, files)
    keys = ReturnKeys.from_entropy(words_to_entropy(str(filing.draft["words"])), origin)
    header["files"] = [describe(role, data) for role, data in files]
    return pack_bundle(sign_filing(header, keys.signing), files)


def grow_first_grant(_: dict[str, Any], files: list[tuple[str, bytes]]) -> None:
    at = next(n for n, (role, _data) in enumerate(files) if role.startswith("grant:"))
    files[at] = (files[at][0], files[at][1] + b"x")


REFUSED: dict[str, tuple[Callable[[dict[str, Any], list[tuple[str, bytes]]], None], int, str]] = {
    "another channel's": (lambda h, f: h.update(origin="practice-0000000000000000"), 400, "another channel"),
    "an old charter": (lambda h, f: h.update(charter="0" * 64), 409, "changed since you read"),
    "an old roster": (lambda h, f: h.update(roster="0" * 64), 409, "changed since you read"),
    "a missing grant": (lambda h, f: f.pop(), 400, "one inbox item for every seat"),
    "a grant for a seat that is none": (lambda h, f: f.append(("grant:zz", f[-1][1][:-1] + b"x")), 400, "one inbox item for every seat"),
    "grants of two sizes": (grow_first_grant, 400, "not of one size"),
    "an unsealed body": (lambda h, f: f.__setitem__(0, ("body", b"In clear.")), 400, "not sealed"),
    "no body": (lambda h, f: f.pop(0), 400, "not in their order"),
    "a second body": (lambda h, f: f.insert(1, ("body", f[0][1] + b"x")), 400, "not in their order"),
    "an extra member": (lambda h, f: h.update(name="Amina"), 400, "not a filing of version 1"),
    "a case id that is none": (lambda h, f: h.update(case="../../etc"), 400, "'case' of the filing"),
    "a version that is no number": (lambda h, f: h.update(v=True), 400, "not a filing of version 1"),
    "one sealed file twice": (lambda h, f: f.insert(1, ("attachment", f[0][1])), 400, "stands in the filing twice"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_filing_is_refused_in_one_sentence_and_leaves_nothing(
    name: str, channel: Channel, in_force: InForce
) -> None:
    change, status, sentence = REFUSED[name]
    filing = a_filing(channel, in_force)

    got, answer = ask(channel, "POST", "/api/v1/cases", changed(filing, change, in_force.channel.origin))

    assert (got, sentence in answer["error"]) == (status, True), answer
    mailbox = ReturnKeys.from_entropy(words_to_entropy(str(filing.draft["words"])), in_force.channel.origin)
    assert (
        ask(channel, "GET", f"/api/v1/mailbox/{mailbox.mailbox}", Authorization=f"Bearer {mailbox.bearer.hex()}")[0]
        == 404
    )


def test_a_commitment_copied_from_the_public_record_is_refused_in_one_sentence(
    channel: Channel, in_force: InForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tiles show every commitment. Whoever copies one could file before its owner; the database's own constraint answered 500."""
    first, copied = a_filing(channel, in_force), a_filing(channel, in_force)
    assert ask(channel, "POST", "/api/v1/cases", first.bundle)[0] == 201
    commitment = unpack_bundle(first.bundle)[0]["commitment"]

    body = changed(copied, lambda h, f: h.update(commitment=commitment), in_force.channel.origin)
    status, answer = ask(channel, "POST", "/api/v1/cases", body)

    assert (status, "stands in the record already" in answer["error"]) == (409, True), answer
    print("a copied commitment: refused with 409 and a sentence; taken 0 of 1")


def test_an_act_whose_version_is_no_number_is_refused(citra: Seat, case: Case) -> None:
    path = f"/api/v1/cases/{case.id}/acts"
    header, files = unpack_bundle(citra.act(case, "acknowledge"))
    status, answer = citra.ask("POST", path, pack_bundle({**header, "v": True}, files), token=case.token)
    assert (status, "not an act" in answer["error"]) == (400, True), answer


def test_a_filing_that_its_author_did_not_sign_is_refused(channel: Channel, in_force: InForce) -> None:
    header, files = unpack_bundle(a_filing(channel, in_force).bundle)

    status, answer = ask(channel, "POST", "/api/v1/cases", pack_bundle({**header, "mailbox": "0" * 32}, files))

    assert (status, "not signed by its author" in answer["error"]) == (400, True)


def test_a_filing_larger_than_the_limit_is_refused_before_it_is_read(channel: Channel) -> None:
    limit = Server(channel.url).get_json("/api/v1/limits")["request_bytes"]

    status, answer = ask(channel, "POST", "/api/v1/cases", b"x" * (limit + 1))

    assert (status, str(limit) in answer["error"]) == (413, True)


def test_json_larger_than_its_limit_is_refused(channel: Channel) -> None:
    status, answer = ask(channel, "POST", "/api/v1/desk/cases", b'{"cases":[' + b" " * 3_000_000 + b"]}")

    assert (status, answer["code"]) == (413, "too-large")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=200),
    path=st.sampled_from(
        ["/api/v1/cases", "/api/v1/mailbox/" + "0" * 32 + "/acts", "/api/v1/desk/cases", "/api/v1/cases/x/acts"]
    ),
)
def test_rubbish_never_makes_a_server_error(data: bytes, path: str, channel: Channel) -> None:
    status, answer = ask(channel, "POST", path, data)

    assert 400 <= status < 500
    assert isinstance(answer, dict)
    assert answer["error"].endswith(".")


def test_an_unknown_mailbox_and_a_wrong_bearer_get_the_same_answer(channel: Channel, case: Case) -> None:
    wrong = ask(channel, "GET", f"/api/v1/mailbox/{case.keys.mailbox}", Authorization="Bearer " + "0" * 64)
    unknown = ask(channel, "GET", "/api/v1/mailbox/" + "0" * 32, Authorization=f"Bearer {case.keys.bearer.hex()}")
    none = ask(channel, "GET", f"/api/v1/mailbox/{case.keys.mailbox}")

    assert wrong == unknown == none
    assert wrong[0] == 404


def test_an_unknown_case_and_a_wrong_token_get_the_same_answer(citra: Seat, case: Case) -> None:
    wrong = citra.ask("GET", f"/api/v1/cases/{case.id}", token="0" * 64)
    unknown = citra.ask("GET", "/api/v1/cases/" + "0" * 32, token=case.token)

    assert wrong == unknown
    assert wrong[0] == 404


LIES: dict[str, dict[str, Any]] = {
    "another method": {"method": "POST"},
    "another path": {"path": "/api/v1/seats/secretary/inbox"},
    "another query": {"path": "/api/v1/seats/custodian/inbox?after=5"},
    "another body": {"body": b"x"},
    "another channel": {"origin": "practice-0000000000000000"},
    "an old time": {"now": int(time.time()) - 3600},
    "a time to come": {"now": int(time.time()) + 3600},
    "another seat": {"seat": "secretary"},
    "a seat that is none": {"seat": "nobody"},
}


@pytest.mark.parametrize("name", LIES)
def test_a_request_signed_for_something_else_is_refused(name: str, citra: Seat) -> None:
    path = "/api/v1/seats/custodian/inbox"
    assert citra.ask("GET", path)[0] == 200

    status, answer = citra.ask("GET", path, lies=LIES[name])

    assert (status, answer["code"]) == (401, "not-signed")


def test_a_signed_request_works_once(channel: Channel, citra: Seat) -> None:
    path = "/api/v1/seats/custodian/inbox"
    authorization = citra.authorization("GET", path)

    first = ask(channel, "GET", path, Authorization=authorization)
    second = ask(channel, "GET", path, Authorization=authorization)

    assert (first[0], second[0]) == (200, 401)


def test_a_seat_reads_its_own_inbox_and_no_other(citra: Seat, channel: Channel) -> None:
    assert citra.ask("GET", "/api/v1/seats/secretary/inbox")[0] == 404
    assert ask(channel, "GET", "/api/v1/seats/custodian/inbox")[0] == 401


def packs(seat: Seat) -> Iterator[bytes]:
    """Every pack of openings, opened."""
    after, more = 0, True
    while more:
        status, answer = seat.ask("GET", f"/api/v1/oversight/openings?after={after}")
        assert status == 200
        for item in answer["items"]:
            yield age.decrypt(base64.b64decode(item["file"]), [seat.key.identity])
            after = item["n"]
        more = answer["more"]


def openings_in(pack: bytes) -> Iterator[dict[str, Any]]:
    """The openings of a pack, read as spec/filing.md says."""
    at = 0
    while size := int.from_bytes(pack[at : at + 4], "big"):
        yield canonical.load_object(pack[at + 4 : at + 4 + size])
        at += 4 + size
    assert not any(pack[at:])


def test_openings_are_for_oversight_alone(citra: Seat, channel: Channel) -> None:
    assert Seat(channel, "oversight").ask("GET", "/api/v1/oversight/openings")[0] == 200
    assert citra.ask("GET", "/api/v1/oversight/openings")[0] == 404
    assert ask(channel, "GET", "/api/v1/oversight/openings")[0] == 401
    covers = "/api/v1/oversight/openings?kind=covers"
    assert Seat(channel, "oversight").ask("GET", covers) == (200, {"items": [], "more": False})  # practice has none
    assert citra.ask("GET", covers)[0] == 404
    assert ask(channel, "GET", covers)[0] == 401


def test_oversight_gets_every_opening_once_in_packs_of_one_step(channel: Channel, in_force: InForce) -> None:
    cases = {Case(channel, in_force).id for _ in range(51)}  # one more than a pack holds
    found = list(packs(Seat(channel, "oversight")))
    openings = [opening for pack in found for opening in openings_in(pack)]

    assert len(found) > 1
    assert {len(pack) % 65_536 for pack in found} == {0}
    assert len({opening["r"] for opening in openings}) == len(openings)
    assert cases <= {events.check_opening(opening)[0]["case"] for opening in openings}


def test_oversight_cannot_read_a_case_even_with_its_token(channel: Channel, case: Case) -> None:
    assert Seat(channel, "oversight").ask("GET", f"/api/v1/cases/{case.id}", token=case.token)[0] == 404


def test_a_sealed_file_is_served_only_after_a_recorded_fetch(
    citra: Seat, dewi: Seat, channel: Channel, in_force: InForce
) -> None:
    case = Case(channel, in_force)
    _, view = citra.ask("GET", f"/api/v1/cases/{case.id}", token=case.token)
    path = f"/api/v1/cases/{case.id}/files/{view['filing'][0]['sha256']}"

    assert citra.ask("GET", path, token=case.token)[0] == 403
    body = citra.act(case, "fetch", item=0)
    assert citra.ask("POST", f"/api/v1/cases/{case.id}/acts", body, token=case.token)[0] == 200
    assert citra.ask("GET", path, token=case.token)[0] == 200
    # What Citra fetched, Dewi has not.
    assert dewi.ask("GET", path, token=case.token)[0] == 403


def test_the_authors_own_copy_is_not_served_to_a_seat(citra: Seat, channel: Channel, in_force: InForce) -> None:
    case = Case(channel, in_force)
    citra.ask("POST", f"/api/v1/cases/{case.id}/acts", citra.act(case, "fetch", item=0), token=case.token)
    _, files = unpack_bundle(case.bundle)
    kept = next(data for role, data in files if role == "mailbox")

    assert (
        citra.ask("GET", f"/api/v1/cases/{case.id}/files/{hashlib.sha256(kept).hexdigest()}", token=case.token)[0]
        == 404
    )


def test_an_act_sent_again_gets_the_same_answer_and_happens_once(
    citra: Seat, channel: Channel, in_force: InForce
) -> None:
    case = Case(channel, in_force)
    body = citra.act(case, "acknowledge")

    first = citra.ask("POST", f"/api/v1/cases/{case.id}/acts", body, token=case.token)
    second = citra.ask("POST", f"/api/v1/cases/{case.id}/acts", body, token=case.token)

    assert first == second
    assert first[0] == 200
    _, view = citra.ask("GET", f"/api/v1/cases/{case.id}", token=case.token)
    assert [item["event"]["type"] for item in view["items"]] == ["received", "acknowledge"]


def test_two_acts_that_conflict_are_not_both_recorded(citra: Seat, channel: Channel, in_force: InForce) -> None:
    case = Case(channel, in_force)
    first = citra.act(case, "acknowledge")
    # By the author's own event as what was read, the second is another act than the first.
    second = citra.act(case, "acknowledge", seen={"seq": 0, "commitment": case.commitment})

    assert citra.ask("POST", f"/api/v1/cases/{case.id}/acts", first, token=case.token)[0] == 200
    status, answer = citra.ask("POST", f"/api/v1/cases/{case.id}/acts", second, token=case.token)

    assert (status, answer["code"]) == (409, "moved-on")


def test_acts_that_do_not_conflict_are_both_recorded(
    citra: Seat, dewi: Seat, channel: Channel, in_force: InForce
) -> None:
    case = Case(channel, in_force)
    hers, theirs = citra.act(case, "acknowledge"), dewi.act(case, "fetch", item=0)

    assert citra.ask("POST", f"/api/v1/cases/{case.id}/acts", hers, token=case.token)[0] == 200
    status, answer = dewi.ask("POST", f"/api/v1/cases/{case.id}/acts", theirs, token=case.token)

    assert (status, answer["opening"]["event"]["seq"]) == (200, 3)


def test_a_seat_cannot_act_as_another(citra: Seat, dewi: Seat, channel: Channel, in_force: InForce) -> None:
    case = Case(channel, in_force)
    as_citra = dewi.act(case, "acknowledge", seat="custodian")

    # Sent under Dewi's own name, and by a server insider under Citra's: the signature inside decides.
    assert dewi.ask("POST", f"/api/v1/cases/{case.id}/acts", as_citra, token=case.token)[0] == 400
    assert citra.ask("POST", f"/api/v1/cases/{case.id}/acts", as_citra, token=case.token)[0] == 400


def test_an_act_for_one_case_does_nothing_to_another(citra: Seat, channel: Channel, in_force: InForce) -> None:
    one, other = Case(channel, in_force), Case(channel, in_force)
    body = citra.act(one, "acknowledge")

    assert citra.ask("POST", f"/api/v1/cases/{other.id}/acts", body, token=other.token)[0] == 400


BURYING: dict[str, tuple[str, dict[str, Any], str]] = {
    "close at once": ("close", {}, "clock still runs"),
    "reply before acknowledging": (
        "reply",
        {"outcome": "rejected", "answered": 1, "referred": 0, "declined": 0, "body": "0" * 64},
        "acknowledge it first",
    ),
    "countersign nothing": ("countersign", {"reply": 1}, "second signature"),
    "extend without a reason": ("extend", {"clock": "reply", "until": 2_000_000_000}, "needs a sealed text"),
    "reply without a text": ("reply", {"outcome": "accepted", "answered": 1, "referred": 0, "declined": 0}, "needs a sealed text"),
    "withdraw for the author": ("withdraw", {}, "not a seat's"),
}  # fmt: skip


@pytest.mark.parametrize("name", BURYING)
def test_a_case_cannot_be_buried(name: str, citra: Seat, channel: Channel, in_force: InForce) -> None:
    kind, fields, sentence = BURYING[name]
    case = Case(channel, in_force)
    seat = citra if name != "countersign nothing" else Seat(channel, "secretary")

    status, answer = seat.ask("POST", f"/api/v1/cases/{case.id}/acts", seat.act(case, kind, **fields), token=case.token)

    assert (400 <= status < 500, sentence in answer["error"]) == (True, True), answer
    _, view = citra.ask("GET", f"/api/v1/cases/{case.id}", token=case.token)
    assert (view["state"], len(view["items"])) == ("filed", 1)


def test_the_author_cannot_do_a_seats_act(channel: Channel, citra: Seat, in_force: InForce) -> None:
    case = Case(channel, in_force)
    body = citra.act(case, "acknowledge")

    status, answer = ask(
        channel,
        "POST",
        f"/api/v1/mailbox/{case.keys.mailbox}/acts",
        body,
        Authorization=f"Bearer {case.keys.bearer.hex()}",
    )

    assert (status, "not the author's" in answer["error"]) == (403, True)


def test_every_answer_wears_the_strict_headers_and_sets_no_cookie(channel: Channel) -> None:
    for path in ("/", "/id/", "/charter.toml", "/checkpoint", "/api/v1/channel", "/nowhere", "/static/demur/demur.css"):
        try:
            answer = urllib.request.urlopen(channel.url + path, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        headers = answer.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'"), path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "require-trusted-types-for 'script'" in headers["Content-Security-Policy"]
        assert [headers[f"Cross-Origin-{name}-Policy"] for name in ("Opener", "Embedder", "Resource")] == [
            "same-origin",
            "require-corp",
            "same-origin",
        ]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Set-Cookie"] is None
        if path in {"/", "/api/v1/channel", "/nowhere"}:
            assert headers["Cache-Control"] == "no-store"


def own(channel: Channel, case: Case, query: str = "") -> Any:
    status, answer = ask(
        channel,
        "GET",
        f"/api/v1/mailbox/{case.keys.mailbox}{query}",
        Authorization=f"Bearer {case.keys.bearer.hex()}",
    )
    assert status == 200
    return answer


def test_a_case_is_read_in_pages(citra: Seat, dewi: Seat, channel: Channel, in_force: InForce) -> None:
    case = Case(channel, in_force)
    for seat, body in ((citra, ("acknowledge", {})), (dewi, ("fetch", {"item": 0})), (citra, ("fetch", {"item": 0}))):
        kind, fields = body
        bundle = seat.act(case, kind, **fields)
        assert seat.ask("POST", f"/api/v1/cases/{case.id}/acts", bundle, token=case.token)[0] == 200

    whole = own(channel, case)
    assert ([item["n"] for item in whole["items"]], whole["more"]) == ([0, 1, 2, 3, 4], False)
    pages, after, more = [], -1, True
    while more:
        page = own(channel, case, f"?after={after}&most=2")
        assert 0 < len(page["items"]) <= 2
        assert open_head(page["head"], in_force.channel.log_verifier).count == 5
        pages.append([item["n"] for item in page["items"]])
        after, more = page["items"][-1]["n"], page["more"]
    assert pages == [[0, 1], [2, 3], [4]]
    assert [own(channel, case, f"?after={after}&most=1")["more"] for after in (-1, 3)] == [True, False]
    seats = [
        [
            item["n"]
            for item in citra.ask("GET", f"/api/v1/cases/{case.id}?after={after}&most=3", token=case.token)[1]["items"]
        ]
        for after in (0, 3, 4, -5)
    ]
    assert seats == [[1, 2, 3], [4], [], [1, 2, 3]]


def proofs(channel: Channel, leaves: list[str]) -> tuple[int, Any]:
    return ask(
        channel,
        "POST",
        "/api/v1/record/proofs",
        json.dumps({"leaves": leaves}).encode(),
        Content_Type="application/json",
    )


def test_many_proofs_come_in_one_request_each_as_the_single_address_gives_it(
    channel: Channel, in_force: InForce
) -> None:
    cases = [Case(channel, in_force) for _ in range(3)]
    leaves = [
        leaf_hash(case_entry(events.commitment(opening["event"], bytes.fromhex(opening["r"])))).hex()
        for opening in (case.answer["opening"] for case in cases)
    ]
    end = time.monotonic() + 60
    while time.monotonic() < end and any(
        ask(channel, "GET", f"/api/v1/record/proof/{leaf}")[0] != 200 for leaf in leaves
    ):
        time.sleep(0.2)

    status, answer = proofs(channel, [*leaves, "ab" * 32, leaves[0]])

    assert (status, {row["leaf"] for row in answer["proofs"]}) == (200, set(leaves))
    assert len(answer["proofs"]) == 3
    for row in answer["proofs"]:
        hashes = tuple(base64.b64decode(part) for part in row["hashes"])
        made = Proof(index=row["index"], hashes=hashes, checkpoint_text=answer["checkpoints"][row["checkpoint"]])
        single = ask(channel, "GET", f"/api/v1/record/proof/{row['leaf']}")[1].decode()
        assert made.text == single


@pytest.mark.parametrize("leaves", [["ab" * 32] * 501, ["AB" * 32], ["ab"], [""]])
def test_more_proofs_than_one_answer_has_are_refused(channel: Channel, leaves: list[str]) -> None:
    status, answer = proofs(channel, leaves)
    assert (status, "at most 500" in answer["error"]) == (400, True)
    assert proofs(channel, [])[1] == {"checkpoints": [], "proofs": []}


def test_the_desks_list_tells_a_dispute(citra: Seat, channel: Channel, in_force: InForce) -> None:
    case = Case(channel, in_force)
    body = json.dumps({"cases": [{"case": case.id, "token": case.token}]}).encode()
    headers = {
        "Content_Type": "application/json",
        "Authorization": citra.authorization("POST", "/api/v1/desk/cases", body),
    }
    status, answer = ask(channel, "POST", "/api/v1/desk/cases", body, **headers)
    assert status == 200
    [row] = answer["cases"]
    assert (row["state"], row["disputed"], row["fetched"], row["met"]) == ("filed", False, {}, {})
