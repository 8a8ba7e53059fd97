"""The two codes of a device login."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse import system
from keyhouse.keys.device_codes import LETTERS, UserCodeDigest, mint_device_code, mint_user_code, read_user_code


def test_user_code_has_eight_consonants_in_two_groups():
    for _ in range(200):
        first, dash, second = mint_user_code(system.entropy).partition("-")
        assert (len(first), dash, len(second)) == (4, "-", 4)
        assert set(first + second) <= set("BCDFGHJKLMNPQRSTVWXZ")


def test_every_letter_is_as_likely_as_any_other():
    all_bytes = bytes(range(256))
    letters = mint_letters(all_bytes)
    assert {letters.count(letter) for letter in LETTERS} == {12}


def mint_letters(source: bytes) -> str:
    left = list(source)

    def entropy(size: int) -> bytes:
        return bytes(left.pop(0) for _ in range(min(size, len(left))))

    found = ""
    while len(left) >= 24:
        found += mint_user_code(entropy).replace("-", "")
    return found + "".join(LETTERS[byte % 20] for byte in left if byte < 240)


def test_device_code_has_256_bits_and_needs_no_quoting():
    code = mint_device_code(system.entropy)
    assert len(code) == 43
    assert code.replace("-", "").replace("_", "").isalnum()
    assert code != mint_device_code(system.entropy)


@pytest.mark.parametrize("typed", ["WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "W D J B - M J H T", "WDJB.MJHT"])
def test_code_is_read_however_it_is_typed(typed):
    assert read_user_code(typed) == "WDJB-MJHT"


@pytest.mark.parametrize(
    "typed", ["", "WDJB", "WDJB-MJHTB", "WDJA-MJHT", "\u0392DJB-MJHT", "1DJB-MJHT", "-" * 41, "W" * 10_000]
)
def test_what_is_no_code_is_none(typed):
    assert read_user_code(typed) is None


@given(st.text(max_size=60))
def test_anything_typed_is_a_code_or_none(typed):
    code = read_user_code(typed)
    assert code is None or (len(code) == 9 and read_user_code(code) == code)


def test_digest_of_a_short_code_depends_on_the_secret_of_the_site():
    ours, theirs = UserCodeDigest("a" * 40), UserCodeDigest("b" * 40)
    assert ours("WDJB-MJHT") == UserCodeDigest("a" * 40)("WDJB-MJHT")
    assert ours("WDJB-MJHT") != theirs("WDJB-MJHT")
    assert len(ours("WDJB-MJHT")) == 64
