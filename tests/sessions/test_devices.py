"""A user agent in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.sessions import devices
from keyhouse.sessions.devices import device_of

_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"{_MAC} Version/18.0 Safari/605.1.15", "Safari on macOS"),
        (_WINDOWS, "Chrome on Windows"),
        (f"{_WINDOWS} Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("Mozilla/5.0 (something new)", "a browser"),
        ("LabKey Python API/4.4.1", "a program (Python)"),
        ("curl/8.14", "a program (curl)"),
        ("", "an unknown program"),
    ],
)
def test_a_person_knows_their_browser_again(agent, words):
    assert device_of(agent) == words


@given(st.text(max_size=600) | st.text(max_size=100).map("Mozilla/".__add__))
def test_whatever_a_client_says_of_itself_only_our_own_words_are_shown(agent):
    ours = {"a", "an", "browser", "on", "program", "unknown"}
    ours |= {word for table in (devices._BROWSERS, devices._SYSTEMS) for _, words in table for word in words.split()}
    ours |= {word for _, words in devices._PROGRAMS for word in f"({words})".split()}
    assert set(device_of(agent).split()) <= ours
