# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accounts of the desk: made by the administrator, set up by their owner, opened by passphrase and second factor together.

No e-mail, no sign-up, no reset by mail: whoever lost all of it goes to the administrator, who makes a new first passphrase and learns
nothing by it. An account opens pages only. What an administrator could do with one is take the vault's ciphertext, which they have.
"""

import base64
import hashlib
import re
import secrets
from functools import cache
from typing import Final

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from demur.desk import totp, tries
from demur.desk.errors import MustWait, NoAccount, SignInRefused, WeakPassphrase
from demur.desk.models import Account, RecoveryCode, Vault

FIRST_DAYS: Final = 7  # how long a first passphrase works
CODES: Final = 10
SHORTEST: Final = 12  # characters of a passphrase; a second factor stands beside it (NIST SP 800-63B-4 asks for 8 then)
_CODE_TRIES: Final = 3  # wrong passphrases beside a right recovery code before it is void: it may be in a thief's hands
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_RECOVERY: Final = re.compile(r"[a-z2-7]{16}")


def create_account(name: str, *, seat: str, first: str, at: int) -> Account:
    """An account whose first passphrase is `first`, for seven days from `at` (POSIX seconds). Raises NoAccount if it cannot be."""
    if not _NAME.fullmatch(name):
        raise NoAccount("An account's name is small letters, digits, dots and hyphens, at most 40; choose such a name.")
    with transaction.atomic():
        if Account.objects.filter(name=name).exists():
            raise NoAccount(f"There is an account {name!r} already; choose another name, or reset it.")
        return Account.objects.create(name=name, seat=seat, **_first(first, at))


def create_ready_account(name: str, *, seat: str, passphrase: str, vault: str, at: int) -> list[str]:
    """For practice, where one person plays everybody: an account as its owner would have left it, and its recovery codes."""
    with transaction.atomic():
        account = create_account(name, seat=seat, first=passphrase, at=at)
        account.first_until = 0
        account.save()
        Vault.objects.create(account=account, text=vault)
        return new_recovery_codes(account)


def reset_account(name: str, *, first: str, at: int) -> Account:
    """Begin an account anew: first passphrase, no codes, signed out everywhere; its vault stays. Raises NoAccount."""
    with transaction.atomic():
        account = account_named(name)
        for field, value in _first(first, at).items():
            setattr(account, field, value)
        account.save()
        account.codes.all().delete()
        account.sessions.all().delete()
        tries.forgive(tries.row_for(name, account, b""))
    return account


def remove_account(name: str) -> str:
    """Remove an account with its codes, sessions, tries and vault, for good; the seat it was for. Raises NoAccount."""
    with transaction.atomic():
        account = account_named(name)
        tries.forgive(tries.row_for(name, account, b""))
        seat = account.seat
        account.delete()
    return seat


def account_named(name: str) -> Account:
    """The account of this name. Raises NoAccount."""
    account = Account.objects.filter(name=name).first()
    if account is None:
        raise NoAccount(f"There is no account {name!r}; `demur account list` shows those that there are.")
    return account


def sign_in(name: str, passphrase: str, code: str, *, secret: bytes, at: int) -> Account:
    """The account that all three belong to; before it is set up, the first passphrase is enough. Raises SignInRefused, MustWait.

    Each way to a refusal reads the same rows and computes one hash. A stranger is told nothing by which of the two it is, so the page of
    somebody who is not signed in must not tell MustWait from SignInRefused (`demur.desk.tries`).
    """
    name, nobodys = name.strip().lower(), _nobodys()
    account = Account.objects.filter(name=name).first()
    kept = _recovery_code(name, code)
    if account is not None and account.is_set_up and kept is not None:
        return _by_recovery(account, kept, passphrase)
    who = tries.row_for(name, account, secret)
    until = tries.take(who, at=at)
    right = _is_right(passphrase, account.passphrase if account else nobodys)
    if until:
        raise MustWait(until)
    if account is None or not right or not _second(account, code, secret=secret, at=at):
        raise SignInRefused("The name, passphrase or code is wrong; look at each again.")
    tries.forgive(who)
    return account


def shows_recovery(name: str, code: str) -> bool:
    """Whether `code` is a recovery code of an account of this name: as good as impossible to guess, and found without hashing slowly."""
    return _recovery_code(name.strip().lower(), code) is not None


def confirm(account: Account, passphrase: str, code: str, *, secret: bytes, at: int) -> None:
    """The owner shows again that it is they. Raises SignInRefused, MustWait."""
    sign_in(account.name, passphrase, code, secret=secret, at=at)


def set_up(account: Account, passphrase: str, code: str, *, secret: bytes, at: int) -> list[str]:
    """The owner's own passphrase, and a first code of their app; gives the recovery codes, which are shown once.

    Raises WeakPassphrase, SignInRefused for a wrong code.
    """
    if _is_right(passphrase, account.passphrase):
        raise WeakPassphrase("This is the first passphrase, which the administrator knows; choose your own.")
    hashed = _hashed(passphrase, account)
    step = totp.step_of(_seed(account, secret), _digits(code), at=at, after=account.step)
    if step is None:
        raise SignInRefused("This is not the code of this minute; look at the app again, and at the telephone's clock.")
    with transaction.atomic():
        account.passphrase, account.step, account.first_until = hashed, step, 0
        account.save()
        return new_recovery_codes(account)


def change_passphrase(account: Account, passphrase: str) -> None:
    """Another passphrase; other browsers are signed out. Raises WeakPassphrase."""
    hashed = _hashed(passphrase, account)
    with transaction.atomic():
        account.passphrase = hashed
        account.save()
        account.sessions.all().delete()


def new_recovery_codes(account: Account) -> list[str]:
    """Ten codes in place of those before, to be shown once."""
    codes = [base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower() for _ in range(CODES)]
    with transaction.atomic():
        account.codes.all().delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(account=account, sha256=_sha256(code)) for code in codes)
    return ["-".join(code[place : place + 4] for place in range(0, 16, 4)) for code in codes]


def code_now(account: Account, *, secret: bytes, at: int) -> str:
    """The second factor's code at `at`; only practice shows it, where one person plays everybody."""
    return totp.code_at(_seed(account, secret), max(at // totp.STEP, account.step + 1))


def enrolment(account: Account, *, secret: bytes, origin: str) -> tuple[str, str]:
    """What an authenticator app needs: the seed in letters, and the address for a picture."""
    seed = _seed(account, secret)
    return totp.seed_in_letters(seed), totp.address_of(seed, name=account.name, origin=origin)


def _first(first: str, at: int) -> dict[str, object]:
    until = at + FIRST_DAYS * 86400
    return {
        "passphrase": make_password(_spaced(first)),
        "salt": secrets.token_bytes(16),
        "step": 0,
        "first_until": until,
    }


def _second(account: Account, code: str, *, secret: bytes, at: int) -> bool:
    if not account.is_set_up:
        return at < account.first_until
    step = totp.step_of(_seed(account, secret), _digits(code), at=at, after=account.step)
    # One statement: of two browsers that show the same code at once, one comes in.
    return step is not None and Account.objects.filter(pk=account.pk, step__lt=step).update(step=step) == 1


def _by_recovery(account: Account, kept: RecoveryCode, passphrase: str) -> Account:
    # Not limited by the tries that an attacker can use up: whoever has this code is the owner, or found it and has three tries.
    if _is_right(passphrase, account.passphrase):
        if RecoveryCode.objects.filter(pk=kept.pk).delete()[0] == 1:
            return account
    else:
        RecoveryCode.objects.filter(pk=kept.pk).update(wrong=F("wrong") + 1)
        RecoveryCode.objects.filter(pk=kept.pk, wrong__gte=_CODE_TRIES).delete()
    raise SignInRefused("The name, passphrase or code is wrong; look at each again.")


def _recovery_code(name: str, code: str) -> RecoveryCode | None:
    letters = re.sub(r"[\s-]", "", code).lower()
    kept = RecoveryCode.objects.filter(account__name=name, sha256=_sha256(letters))
    return kept.first() if _RECOVERY.fullmatch(letters) else None


def _hashed(passphrase: str, account: Account) -> str:
    passphrase = _spaced(passphrase)
    if len(passphrase) < SHORTEST or account.name in passphrase.lower() or len(set(passphrase)) < 5:
        raise WeakPassphrase(
            f"A passphrase has at least {SHORTEST} characters, and not your name; choose several words."
        )
    return make_password(passphrase)


@cache
def _nobodys() -> str:
    # Compared where there is no such account, so that the time taken does not say so.
    return make_password(secrets.token_hex(16))


def _seed(account: Account, secret: bytes) -> bytes:
    return totp.seed_of(secret, bytes(account.salt))


def _digits(code: str) -> str:
    return re.sub(r"\s", "", code)


def _sha256(letters: str) -> str:
    return hashlib.sha256(letters.encode()).hexdigest()


def _spaced(passphrase: str) -> str:
    """One space between words and none around them: a telephone and whoever pastes add some."""
    return " ".join(passphrase.split())


def _is_right(passphrase: str, hashed: str) -> bool:
    """Whether it is that passphrase, however it is spaced; one that was kept with its spaces holds as it was typed."""
    plain = _spaced(passphrase)
    return check_password(plain, hashed) or (plain != passphrase and check_password(passphrase, hashed))
