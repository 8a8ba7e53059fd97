"""Why a directory refuses an account: read from what each kind of server says, and told to the log alone."""

from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DISABLED, LOCKED, EXPIRED = "the account is disabled", "the account is locked", "the account has expired"


@pytest.fixture
def states():
    pytest.importorskip("ldap", reason="the library python-ldap is not installed")
    from keyhouse.signin.ldap import states as ldap_states

    return ldap_states


def active_directory(code: str) -> str:
    words = f"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {code}, v2580"
    return f"Invalid credentials: {words}"


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (active_directory("52e"), ""),
        (active_directory("525"), "no such user"),
        (active_directory("532"), "the password has expired"),
        (active_directory("533"), DISABLED),
        (active_directory("701"), EXPIRED),
        (active_directory("773"), "the password must be changed"),
        (active_directory("775"), LOCKED),
        (active_directory("fff"), ""),
        ("Invalid credentials", ""),
        ("Server is unwilling to perform: Account inactivated. Contact system administrator.", None),
        ("Constraint violation: Exceed password retry limit. Please try later.", None),
    ],
)
def test_words_of_a_refused_bind_are_understood(states, words, state):
    assert states.of_words(words) == (words if state is None else state)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, ""),
        ({"useraccountcontrol": ["512"]}, ""),
        ({"useraccountcontrol": ["514"]}, DISABLED),
        ({"useraccountcontrol": ["66050"]}, DISABLED),
        ({"useraccountcontrol": ["nonsense"]}, ""),
        ({"nsaccountlock": ["TRUE"]}, DISABLED),
        ({"nsaccountlock": ["false"]}, ""),
        ({"logindisabled": ["true"]}, DISABLED),
        ({"pwdaccountlockedtime": ["000001010000Z"]}, LOCKED),
        ({"pwdaccountlockedtime": ["20260701110000Z"]}, ""),
        ({"accountexpires": ["0"]}, ""),
        ({"accountexpires": ["9223372036854775807"]}, ""),
        ({"accountexpires": ["132514848000000000"]}, EXPIRED),
        ({"accountexpires": ["136000000000000000"]}, ""),
        ({"shadowexpire": ["-1"]}, ""),
        ({"shadowexpire": ["20000"]}, EXPIRED),
        ({"shadowexpire": ["30000"]}, ""),
        ({"krbprincipalexpiration": ["20260701115959Z"]}, EXPIRED),
        ({"krbprincipalexpiration": ["20260701120001Z"]}, ""),
    ],
)
def test_the_entry_of_a_person_says_whether_they_may_sign_in(states, values, state):
    assert states.of_entry(values, NOW) == state


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (b"0\x03\x81\x01\x00", "the password has expired"),
        (b"0\x03\x81\x01\x01", LOCKED),
        (b"0\x03\x81\x01\x02", "the password must be changed"),
        (b"0\x03\x81\x01\x05", ""),
        (b"0\x00", ""),
    ],
)
def test_the_control_of_the_password_policy_is_understood(states, raw, state):
    import ldap

    error = ldap.INVALID_CREDENTIALS({"ctrls": [("1.3.6.1.4.1.42.2.27.8.5.1", 0, raw)]})
    assert states.of_error(error) == state
