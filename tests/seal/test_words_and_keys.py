# SPDX-License-Identifier: AGPL-3.0-or-later
"""Return words and key files: what a person mistypes is named, what is lost is not guessed."""

import io
import os
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.seal import bech32
from demur.seal.age import files
from demur.seal.age.armor import armor, dearmor
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.age.scrypt import ScryptRecipient
from demur.seal.age.x25519 import X25519Identity
from demur.seal.errors import CannotOpen, FormatError, KeyFormatError, SealError, WordsError
from demur.seal.keyfile import OfficerKey, SeatKey, generate_passphrase, read, write
from demur.seal.returning import ReturnKeys
from demur.seal.words import entropy_to_words, word_list, words_to_entropy

PQ = HybridIdentity(b"\5" * 32)


@given(st.binary(min_size=16, max_size=16))
def test_words_lead_back_to_their_bytes(entropy: bytes) -> None:
    assert words_to_entropy(" ".join(entropy_to_words(entropy)).upper()) == entropy


@given(st.binary(min_size=16, max_size=16), st.integers(0, 11), st.integers(0, 2047))
def test_a_wrong_word_is_caught_or_leads_elsewhere(entropy: bytes, place: int, other: int) -> None:
    words = entropy_to_words(entropy)
    changed = [*words[:place], word_list()[other], *words[place + 1 :]]
    if changed == words:
        return
    try:
        assert words_to_entropy(changed) != entropy
    except WordsError as error:
        assert "check each with your note" in str(error)  # noqa: PT017 -- one of sixteen passes the checksum


BAD_WORDS = {
    "There are 11 words": " ".join(entropy_to_words(bytes(16))[:11]),
    "Word 3 is not on the list": "abandon abandon abandn " + "abandon " * 9,
    "nearest is 'abandon'": "abandon abandon abandn " + "abandon " * 9,
    "one is wrong or two are exchanged": "abandon " * 12,
}


@pytest.mark.parametrize("sentence", BAD_WORDS)
def test_mistyped_words_are_named_and_never_repeated(sentence: str) -> None:
    with pytest.raises(WordsError, match=sentence) as caught:
        words_to_entropy(BAD_WORDS[sentence])

    assert "abandn" not in str(caught.value)


def test_the_same_words_on_two_channels_are_strangers() -> None:
    here, there = (ReturnKeys.from_entropy(bytes(16), origin) for origin in ("a.example.org", "b.example.org"))

    assert not {here.identity.seed, here.signing.seed, here.bearer, here.mailbox} & {
        there.identity.seed,
        there.signing.seed,
        there.bearer,
        there.mailbox,
    }


def test_a_key_file_opens_with_its_passphrase_alone() -> None:
    key = SeatKey.generate(os.urandom, seat="custodian", now=1)
    sealed = write(key, passphrase="right words")

    assert read(sealed, passphrase=lambda: "right words") == key
    with pytest.raises(CannotOpen, match="passphrase does not open"):
        read(sealed, passphrase=lambda: "wrong words")


def test_a_key_in_clear_asks_for_no_passphrase() -> None:
    def asked() -> str:
        raise AssertionError("asked for a passphrase")

    key = OfficerKey.generate(os.urandom, now=1)

    assert read(write(key, passphrase=None), passphrase=asked) == key


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"not a key", b'{"type":"demur/seat-key"}', b"-----BEGIN AGE ENCRYPTED FILE-----\n"]
)
def test_what_is_no_key_file_is_refused(data: bytes) -> None:
    with pytest.raises(SealError):
        read(data, passphrase=lambda: "x")


def test_no_secret_shows_when_a_key_is_printed() -> None:
    key = SeatKey.generate(os.urandom, seat="s", now=1)

    for shown in (repr(key), str(key), repr(key.identity), repr(key.signing), repr(ScryptRecipient("horse"))):
        assert key.identity.seed.hex() not in shown
        assert repr(key.signing.seed) not in shown
        assert "horse" not in shown


def test_a_generated_passphrase_has_seven_words_of_the_list() -> None:
    assert len([word for word in generate_passphrase(os.urandom).split() if word in word_list()]) == 7


@given(st.binary(max_size=64), st.integers(0, 63), st.sampled_from("qpzry9x8"))
def test_a_wrong_letter_in_a_key_is_caught(data: bytes, place: int, letter: str) -> None:
    text = bech32.encode("age", data)
    at = 4 + place % (len(text) - 4)
    changed = text[:at] + letter + text[at + 1 :]
    if changed != text:
        with pytest.raises(KeyFormatError):
            bech32.decode(changed, "age")
    assert bech32.decode(text, "age") == data


def test_post_quantum_and_classical_recipients_are_never_mixed() -> None:
    with pytest.raises(FormatError, match="one kind"):
        files.encrypt(b"x", [PQ.recipient, X25519Identity(b"\5" * 32).recipient])
    with pytest.raises(FormatError, match="one kind"):
        files.encrypt(b"x", [PQ.recipient, ScryptRecipient("p")])
    with pytest.raises(FormatError, match="one kind"):
        files.encrypt(b"x", [])


@settings(max_examples=30)
@given(st.integers(0, 3 * 65536 + 17))
def test_a_sealed_file_cut_anywhere_does_not_open(size: int) -> None:
    sealed = files.encrypt(b"x" * size, [PQ.recipient])

    with pytest.raises(SealError):
        files.decrypt(sealed[:-1], [PQ])
    assert files.decrypt(sealed, [PQ]) == b"x" * size


def test_a_large_file_is_sealed_and_opened_in_constant_memory() -> None:
    class Zeros(io.RawIOBase):
        left = 64 * 1024 * 1024

        def read(self, size: int = -1) -> bytes:
            taken = min(size, self.left)
            self.left -= taken
            return bytes(taken)

    class Sink(io.RawIOBase):
        taken = 0

        def write(self, data: object) -> int:
            self.taken += len(data)  # type: ignore[arg-type]
            return len(data)  # type: ignore[arg-type]

    sink = Sink()
    tracemalloc.start()
    files.encrypt_stream(Zeros(), sink, [PQ.recipient])  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sink.taken > 64 * 1024 * 1024
    assert peak < 2 * 1024 * 1024


@given(st.binary(max_size=300))
def test_armor_comes_off_as_it_went_on(data: bytes) -> None:
    if data:
        assert dearmor(armor(data)) == data
