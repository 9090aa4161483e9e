# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accounts: passphrase and code together, tries limited for each account alone, and an owner who is not kept out by an attacker."""

import hashlib
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from demur.desk import accounts, sessions, totp
from demur.desk.errors import MustWait, NoAccount, SignInRefused, WeakPassphrase
from demur.desk.models import Account, Tries
from demur.desk.tries import FREE, row_for
from demur.site import settings as installed
from demur.web.requests import DemurRequest

SECRET = b"the installation's secret"
NOON = 1_795_608_000
FIRST = "arctic dream become tiny goat typical practice"
OWN = "quiet rivers carry slow news"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Slow hashes are for attackers; `test_passphrases_are_kept_by_scrypt` sees that they are there."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def citra() -> Account:
    """The custodian's account, set up at noon."""
    account = accounts.create_account("citra", seat="custodian", first=FIRST, at=NOON)
    accounts.set_up(account, OWN, code_at(account, NOON), secret=SECRET, at=NOON)
    return account


def code_at(account: Account, at: int) -> str:
    """What the app shows."""
    return totp.code_at(totp.seed_of(SECRET, bytes(account.salt)), at // totp.STEP)


def enter(name: str, passphrase: str, code: str, at: int) -> Account:
    """Sign in."""
    return accounts.sign_in(name, passphrase, code, secret=SECRET, at=at)


@pytest.mark.parametrize(
    ("time", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")],
)
def test_codes_are_those_of_rfc_6238(time: int, code: str) -> None:
    assert totp.code_at(b"12345678901234567890", time // 30) == code[2:]


def test_all_three_belong_together(citra: Account) -> None:
    later = NOON + 60

    assert enter(" Citra ", OWN, code_at(citra, later), later) == citra


@pytest.mark.parametrize("wrong", ["name", "passphrase", "code", "no code"])
def test_which_of_them_is_wrong_is_not_said(citra: Account, wrong: str) -> None:
    later = NOON + 60
    code = {"code": "000000", "no code": ""}.get(wrong, code_at(citra, later))
    with pytest.raises(SignInRefused) as refused:
        enter("dewi" if wrong == "name" else "citra", "wrong" if wrong == "passphrase" else OWN, code, later)

    assert str(refused.value) == "The name, passphrase or code is wrong; look at each again."


def test_a_code_works_once(citra: Account) -> None:
    later = NOON + 60
    code = code_at(citra, later)
    enter("citra", OWN, code, later)

    with pytest.raises(SignInRefused):
        enter("citra", OWN, code, later)


def test_a_code_works_for_a_minute_and_a_half_at_most(citra: Account) -> None:
    code = code_at(citra, NOON + 60)

    with pytest.raises(SignInRefused):
        enter("citra", OWN, code, NOON + 60 + 2 * totp.STEP)


def test_after_four_wrong_tries_a_name_must_wait_and_others_go_on(citra: Account) -> None:
    dewi = accounts.create_account("dewi", seat="secretary", first=FIRST, at=NOON)
    accounts.set_up(dewi, OWN, code_at(dewi, NOON), secret=SECRET, at=NOON)
    later = NOON + 60
    for _ in range(FREE + 1):
        with pytest.raises(SignInRefused):
            enter("citra", "guess", "000000", later)

    with pytest.raises(MustWait) as waits:
        enter("citra", OWN, code_at(citra, later), later)
    assert waits.value.until == later + 60
    assert enter("dewi", OWN, code_at(dewi, later), later) == dewi
    assert enter("citra", OWN, code_at(citra, later + 60), later + 60) == citra


def test_a_guesser_waits_longer_each_time_and_an_hour_at_most(citra: Account) -> None:
    at, waits = NOON + 60, []
    for _ in range(FREE):
        with pytest.raises(SignInRefused):
            enter("citra", "guess", "000000", at)
    for _ in range(9):
        with pytest.raises(SignInRefused):
            enter("citra", "guess", "000000", at)
        until = Tries.objects.get(who="account citra").until
        waits.append(until - at)
        at = until

    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_the_owner_gets_in_by_a_recovery_code_while_an_attacker_uses_up_the_tries(citra: Account) -> None:
    codes = accounts.new_recovery_codes(citra)
    for _ in range(FREE + 1):
        with pytest.raises(SignInRefused):
            enter("citra", "guess", "000000", NOON + 60)

    assert enter("citra", OWN, codes[0].upper(), NOON + 60) == citra
    with pytest.raises(MustWait):
        enter("citra", OWN, codes[0], NOON + 60)


def test_a_found_recovery_code_gives_three_guesses_at_the_passphrase(citra: Account) -> None:
    codes = accounts.new_recovery_codes(citra)
    for guess in ("one", "two", "three"):
        with pytest.raises(SignInRefused):
            enter("citra", guess, codes[0], NOON + 60)

    with pytest.raises(SignInRefused):
        enter("citra", OWN, codes[0], NOON + 60)
    assert enter("citra", OWN, codes[1], NOON + 60) == citra


def test_names_that_nobody_has_share_rows_so_many_that_nobody_keeps_them_all_waiting() -> None:
    rows = {row_for(f"nobody{n}", None, SECRET) for n in range(300_000)}
    assert 60_000 < len(rows) <= 65_536


def test_the_first_passphrase_ends_after_seven_days() -> None:
    accounts.create_account("ada", seat="custodian", first=FIRST, at=NOON)

    assert not enter("ada", FIRST, "", NOON + 7 * 86400 - 1).is_set_up
    with pytest.raises(SignInRefused):
        enter("ada", FIRST, "", NOON + 7 * 86400)


@pytest.mark.parametrize("weak", ["short", FIRST, "aaaaaaaaaaaaaaaa", "ada and her friends"])
def test_a_passphrase_that_others_know_or_guess_is_refused(weak: str) -> None:
    account = accounts.create_account("ada", seat="custodian", first=FIRST, at=NOON)

    with pytest.raises(WeakPassphrase):
        accounts.set_up(account, weak, code_at(account, NOON), secret=SECRET, at=NOON)


def test_setting_up_wants_a_right_code() -> None:
    account = accounts.create_account("ada", seat="custodian", first=FIRST, at=NOON)

    with pytest.raises(SignInRefused):
        accounts.set_up(account, OWN, "000000", secret=SECRET, at=NOON)
    account.refresh_from_db()
    assert not account.is_set_up


def test_a_reset_ends_passphrase_codes_and_sessions_and_keeps_the_vault(citra: Account) -> None:
    from demur.desk.models import Session, Vault

    Vault.objects.create(account=citra, text="sealed")
    Session.objects.create(sha256="00", account=citra, until=NOON + 9)
    codes = accounts.new_recovery_codes(citra)
    before = code_at(citra, NOON + 60)
    accounts.reset_account("citra", first="other words for now", at=NOON + 60)

    for passphrase, code in ((OWN, before), (OWN, codes[0])):
        with pytest.raises(SignInRefused):
            enter("citra", passphrase, code, NOON + 60)
    assert not Session.objects.exists()
    assert Vault.objects.get().text == "sealed"
    assert enter("citra", "other words for now", "", NOON + 60) == citra


def test_the_rows_hold_no_seed_no_code_and_no_passphrase(citra: Account) -> None:
    codes = accounts.new_recovery_codes(citra)
    rows = str(list(Account.objects.values())) + str(list(citra.codes.values()))
    seed = totp.seed_of(SECRET, bytes(citra.salt))

    assert OWN not in rows
    assert seed.hex() not in rows
    assert repr(seed)[2:-1] not in rows
    assert not any(code in rows or code.replace("-", "") in rows for code in codes)
    assert hashlib.sha256(codes[0].replace("-", "").encode()).hexdigest() in rows


@pytest.mark.parametrize("name", ["", "Ada", "a b", "ada@example.org", "-ada", "a" * 41, "ada\n"])
def test_a_name_is_letters_that_everybody_can_type(name: str) -> None:
    with pytest.raises(NoAccount):
        accounts.create_account(name, seat="custodian", first=FIRST, at=NOON)


def test_a_second_account_of_a_name_is_refused(citra: Account) -> None:
    with pytest.raises(NoAccount):
        accounts.create_account("citra", seat="secretary", first=FIRST, at=NOON)


@pytest.mark.parametrize("name", ["citra", "nobody"])
@pytest.mark.parametrize("wrong", [0, 9])
@pytest.mark.parametrize("code", ["000000", "aaaa-bbbb-cccc-dddd"])
def test_each_refusal_costs_one_hash_and_one_written_row(
    citra: Account, monkeypatch: pytest.MonkeyPatch, name: str, wrong: int, code: str
) -> None:
    who = row_for(name, citra if name == "citra" else None, SECRET)
    Tries.objects.create(who=who, wrong=wrong, until=NOON + 3600 if wrong else 0)
    hashed: list[str] = []
    monkeypatch.setattr(accounts, "check_password", lambda *_: hashed.append(name))

    with CaptureQueriesContext(connection) as asked, pytest.raises((MustWait, SignInRefused)):
        enter(name, OWN, code, NOON)
    assert hashed == [name]
    kinds = [query["sql"].split()[0] for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert kinds == (["SELECT"] * (2 if code == "000000" else 3)) + ["UPDATE"]


def test_passphrases_are_kept_by_scrypt(settings: Any) -> None:
    settings.PASSWORD_HASHERS = installed.PASSWORD_HASHERS
    account = accounts.create_account("ada", seat="custodian", first=FIRST, at=NOON)

    assert account.passphrase.startswith("scrypt$16384$")


def asking(address: str, at: int, **cookies: str) -> DemurRequest:
    """A request to a channel at `address`."""
    request = RequestFactory().get("/en/desk/")
    request.COOKIES.update(cookies)
    given = {"ground": SimpleNamespace(address=address), "at": at, "secret": SECRET}
    vars(request).update(given)
    return cast(DemurRequest, request)


def test_a_session_ends_after_twelve_hours(citra: Account) -> None:
    response = HttpResponse()
    sessions.begin(asking("http://127.0.0.1", NOON), response, citra)
    cookies = {"desk-en": response.cookies["desk-en"].value}

    assert sessions.account_of(asking("http://127.0.0.1", NOON + 12 * 3600 - 1, **cookies), "en") == citra
    assert sessions.account_of(asking("http://127.0.0.1", NOON + 12 * 3600, **cookies), "en") is None


def test_the_rows_hold_no_token_that_a_browser_could_show(citra: Account) -> None:
    response = HttpResponse()
    sessions.begin(asking("http://127.0.0.1", NOON), response, citra)

    assert response.cookies["desk-en"].value not in str(list(citra.sessions.values()))


def test_where_there_is_tls_the_cookie_goes_over_nothing_else(citra: Account) -> None:
    response = HttpResponse()
    sessions.begin(asking("https://dissent.example.org", NOON), response, citra)

    assert set(response.cookies) == {"__Secure-desk-en", "__Secure-desk-id"}
    for cookie in response.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
        assert cookie["path"] in {"/en/desk/", "/id/desk/"}
        assert cookie["domain"] == ""


def test_a_passphrase_holds_however_it_is_spaced_and_an_older_one_as_it_was_typed(citra: Account) -> None:
    at = NOON + 60
    for n, typed in enumerate((f" {OWN}\n", OWN.replace(" ", "  "), OWN.replace(" ", "\u00a0"))):
        assert enter("citra", typed, code_at(citra, at + 60 * n), at + 60 * n).name == "citra"
    with pytest.raises(SignInRefused):
        enter("citra", OWN.replace(" ", ""), code_at(citra, at + 300), at + 300)
    citra.passphrase = accounts.make_password("two  spaces were kept")
    citra.save()
    assert enter("citra", "two  spaces were kept", code_at(citra, at + 900), at + 900).name == "citra"
    with pytest.raises(WeakPassphrase):
        accounts.change_passphrase(citra, "a b c" + " " * 20)
