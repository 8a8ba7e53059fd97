"""The text of a key: minted, read back, and refused after any slip of the finger."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.core.tokens import ALPHABET, LENGTH, PATTERN, Malformed, Token, TokenKind, checksum, mint, parse, redacted

ENTROPY = st.randoms(use_true_random=False).map(lambda random: random.randbytes)
KINDS = st.sampled_from([TokenKind.API_KEY, TokenKind.SESSION_KEY])
TOKENS = st.builds(mint, KINDS, ENTROPY)


@given(KINDS, ENTROPY)
def test_minted_key_reads_back_as_itself(kind, entropy):
    token = mint(kind, entropy)
    assert parse(token.text) == token
    assert token.kind is kind and len(token.text) == LENGTH == 55


@given(TOKENS)
def test_key_needs_no_quoting_anywhere(token):
    assert re.fullmatch(r"[0-9A-Za-z_]+", token.text)
    assert re.fullmatch(PATTERN, token.text)


@given(TOKENS, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET + "_-.| \n"))
def test_any_single_changed_character_is_refused(token, position, character):
    text = token.text[:position] + character + token.text[position + 1 :]
    assert text == token.text or isinstance(parse(text), Malformed)


@given(TOKENS, st.integers(0, LENGTH - 2))
def test_any_two_swapped_neighbours_are_refused(token, position):
    text = list(token.text)
    text[position], text[position + 1] = text[position + 1], text[position]
    assert "".join(text) == token.text or isinstance(parse("".join(text)), Malformed)


@given(TOKENS, st.integers(0, LENGTH - 1))
def test_a_lost_or_doubled_character_is_refused_and_counted(token, position):
    shorter = parse(token.text[:position] + token.text[position + 1 :])
    longer = parse(token.text[:position] + token.text[position] + token.text[position:])
    assert isinstance(shorter, Malformed) and isinstance(longer, Malformed)
    if position > 3:
        assert shorter.detail == "1 character too short"
        assert longer.detail == "1 character too long"


@given(st.text())
def test_reading_any_text_never_raises_and_never_quotes_it(text):
    found = parse(text)
    if isinstance(found, Malformed) and len(text) > 8:
        assert text not in found.detail


def test_each_character_is_about_equally_likely():
    import random

    seen: Counter[str] = Counter()
    entropy = random.Random(7).randbytes
    for _ in range(2000):
        text = mint(TokenKind.API_KEY, entropy).text
        seen.update(text[4:16] + text[17:49])
    expected = sum(seen.values()) / len(ALPHABET)
    assert set(seen) == set(ALPHABET)
    # 88,000 draws: six standard deviations are 16 per cent. A plain `% 62` would favour eight characters by 25.
    assert all(abs(count - expected) < 0.16 * expected for count in seen.values())


def test_bytes_that_would_favour_some_characters_are_thrown_away():
    stream = iter(bytes(range(248, 256)) * 3 + bytes(200))
    assert mint(TokenKind.API_KEY, lambda size: bytes(next(stream) for _ in range(size))).key_id == "0" * 12


def test_what_is_wrong_is_said_exactly():
    token = mint(TokenKind.API_KEY, lambda size: bytes(size))
    details = {
        "": "empty",
        f"apikey|{token.text}": "has the old apikey| prefix in front of the key; send the key alone",
        f"session|{token.text}": "has the old session| prefix in front of the key; send the key alone",
        f"{token.text}\n": "has blanks or a line end around it",
        f"{token.text}abc": "3 characters too long",
        token.text[:-1]: "1 character too short",
        token.text[:-1] + "-": "has a character that no key has",
        token.text[:-1] + ("0" if token.text[-1] != "0" else "1"): "checksum wrong",
        "hunter2": "is no key of this server",
    }
    for text, detail in details.items():
        found = parse(text)
        assert isinstance(found, Malformed) and found.detail.startswith(detail), text


def test_keys_of_a_labkey_server_are_known_by_their_shape():
    assert parse("0f" * 32) == Token(TokenKind.LABKEY, "", "0f" * 32)
    assert isinstance(parse("0F" * 32), Malformed)


def test_checksum_is_the_published_one():
    # CRC-32 of "123456789" is 0xCBF43926 by its definition.
    assert checksum("123456789") == "3jZRME"
    assert checksum("") == "000000"


@given(TOKENS)
def test_repr_of_a_key_hides_its_text(token):
    assert token.text not in repr(token) and token.text[17:] not in repr(token)


@given(TOKENS, st.text(max_size=20), st.text(max_size=20), st.integers(20, LENGTH))
def test_keys_are_cut_out_of_any_text_even_when_incomplete(token, before, after, length):
    cleaned = redacted(f"{before} {token.text[:length]} {after}")
    assert token.text[17:length] not in cleaned or length < 21
    assert "[key]" in cleaned
