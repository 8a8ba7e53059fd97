"""Expiry: the site's maximum is never exceeded, and the last moment is already too late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.core.expiry import CHOICES, DAY, NEVER, choices_within, expires_at, in_words, is_expired, roughly

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LIVES = st.just(NEVER) | st.integers(1, 10**15)


@given(LIVES, st.none() | LIVES)
def test_a_key_never_outlives_the_maximum(maximum, chosen):
    moment = expires_at(NOW, maximum, chosen)
    if moment is None:
        assert maximum == NEVER and chosen in {None, NEVER}
    else:
        assert moment > NOW
        assert maximum == NEVER or moment <= NOW + timedelta(seconds=min(maximum, 10**10))
        assert chosen in {None, NEVER} or moment <= NOW + timedelta(seconds=min(chosen, 10**10))


@pytest.mark.parametrize("seconds", [0, -2, -DAY])
def test_a_life_of_nothing_is_refused(seconds):
    with pytest.raises(ValueError, match="at least one second"):
        expires_at(NOW, NEVER, seconds)
    with pytest.raises(ValueError, match="at least one second"):
        expires_at(NOW, seconds)


@given(st.integers(1, 10**9))
def test_every_choice_offered_is_within_the_maximum(maximum):
    choices = choices_within(maximum)
    assert all(0 < seconds <= maximum for seconds in choices)
    assert list(choices)[-1] == maximum


def test_without_a_maximum_every_choice_is_offered_and_never_comes_last():
    assert choices_within(NEVER) == CHOICES
    assert list(choices_within(NEVER))[-1] == NEVER


def test_the_moment_itself_is_too_late():
    assert is_expired(NOW, NOW)
    assert not is_expired(NOW + timedelta(microseconds=1), NOW)
    assert not is_expired(None, NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(NEVER, "Never"), (7 * DAY, "7 days"), (DAY, "1 day"), (7200, "2 hours"), (60, "1 minute"), (61, "61 seconds")],
)
def test_lives_are_said_as_a_person_would(seconds, words):
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (1799, "30 min"), (3600, "1 h"), (43_199, "12 h")],
)
def test_the_time_left_is_said_to_the_minute(seconds, words):
    assert roughly(seconds) == words
