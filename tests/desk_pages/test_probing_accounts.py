# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stranger at the sign-in page: which names have an account, and when do their owners come? Whatever is tried, one answer."""

import random
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from test_accounts import NOON, OWN, SECRET, citra, code_at, enter, quick_hashes  # noqa: F401 -- fixtures

from demur.desk import accounts, crowded, signing_in
from demur.desk.errors import MustWait
from demur.desk.models import Account, Tries
from demur.desk.sessions import form_of
from demur.desk.tries import FREE
from demur.web.load import SIGN_INS_FREE, Recent
from demur.web.requests import DemurRequest

ROUNDS = 40

pytestmark = [pytest.mark.django_db, pytest.mark.adversary]


@pytest.fixture(autouse=True)
def bare_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what differs from answer to answer: the faults and the name typed."""

    def page(*_: object, faults: Any = None, **more: Any) -> HttpResponse:
        return HttpResponse(repr((faults, sorted(more))))

    monkeypatch.setattr(signing_in, "_page", page)
    monkeypatch.setattr(crowded, "SIGN_INS", Recent(SIGN_INS_FREE))


def answer(name: str, at: int, passphrase: str = "wrong wrong wrong", code: str = "1") -> bytes:
    """What the page answers to one try at `at`."""
    request = RequestFactory().post("/en/desk/in/", {"name": name, "passphrase": passphrase, "code": code})
    request.COOKIES["desk-en"] = "0" * 64
    vars(request).update(ground=SimpleNamespace(address="http://127.0.0.1"), at=at, secret=SECRET)
    asked = cast(DemurRequest, request)
    request.POST = {**request.POST.dict(), "form": form_of(asked, "en")}  # type: ignore[assignment]
    return bytes(signing_in.sign_in(asked, "en").content)


def tells_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted hole: the page of 26 November, which said that a name must wait."""
    honest = accounts.sign_in

    def sign_in(*typed: str, secret: bytes, at: int) -> Account:
        try:
            return honest(*typed, secret=secret, at=at)
        except MustWait as error:
            raise Waits from error

    class Waits(signing_in.WeakPassphrase):
        """Said apart from other refusals."""

    monkeypatch.setattr(accounts, "sign_in", sign_in)
    monkeypatch.setattr(signing_in, "_refused", lambda: "waits" if isinstance(sys.exc_info()[1], Waits) else "wrong")


def guesses(citra: Account, *, begin: int) -> int:  # noqa: F811 -- the fixture's value
    """In how many of ROUNDS the prober is right about whether the owner signed in between two looks."""
    right, chance = 0, random.Random(11)
    for n in range(ROUNDS):
        Tries.objects.all().delete()
        at, came = begin + 86_400 * (n + 1), chance.random() < 0.5
        first = [answer("citra", at) for _ in range(FREE)]
        if came:
            if chance.random() < 0.5:  # owners mistype too
                answer("citra", at + 10, OWN, "000000")
                at += 7200
            assert enter("citra", OWN, code_at(citra, at + 600), at + 600) == citra
        second = [answer("citra", at + 10_000) for _ in range(2)]
        looks_changed = len(set(first + second)) == 1
        right += looks_changed == came
    return right


def test_nobody_learns_when_an_owner_signs_in(
    citra: Account,  # noqa: F811 -- the fixture
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = guesses(citra, begin=NOON)
    transcripts = {answer("citra", NOON + 80 * 86_400) for _ in range(12)}
    with monkeypatch.context() as planted:
        tells_waiting(planted)
        before = guesses(citra, begin=NOON + 100 * 86_400)
    with capsys.disabled():
        print(f"\nowner signed in or not, guessed right: planted hole {before}/{ROUNDS}, now {now}/{ROUNDS}")

    assert before > 0.9 * ROUNDS
    assert len(transcripts) == 1
    assert abs(now - ROUNDS / 2) <= ROUNDS / 5


def test_names_with_and_without_an_account_get_the_same_answers(citra: Account) -> None:  # noqa: F811 -- the fixture
    assert citra.is_set_up
    kinds = [("wrong wrong wrong", "1"), (OWN, "000000"), ("", ""), ("x" * 400, "aaaa-bbbb-cccc-dddd")]
    seen = {
        name: [answer(name, NOON + 60 + n, *kinds[n % len(kinds)]) for n in range(3 * FREE)]
        for name in ("citra", "nobody", "CITRA ", "a.name-of_nobody")
    }

    assert len({tuple(rows) for rows in seen.values()}) == 1


def test_the_work_that_is_asked_does_not_tell_that_an_owner_signed_in(
    citra: Account,  # noqa: F811 -- the fixture
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A prober keeps the tries of ten minutes one below the edge, at which every further one makes work be asked."""
    at, seen = NOON + 86_400, {}
    for hole in (True, False):
        at += 86_400
        with monkeypatch.context() as planted:
            planted.setattr(signing_in, "begin", lambda *_: None)
            if hole:
                planted.setattr(signing_in, "was_right", lambda: None)
            for n in range(SIGN_INS_FREE - 1):
                answer(f"nobody{n}", at)
            for _ in range(2):
                at += 30
                answer("citra", at, OWN, code_at(citra, at))
            seen[hole] = crowded.SIGN_INS.load(at) > 1
    with capsys.disabled():
        print(f"\nwork asked once an owner signed in: planted hole {seen[True]}, now {seen[False]}")

    assert seen == {True: True, False: False}
