"""Attack: sign in with no password. A directory lets a name without one in as nobody, and calls that a success."""

import pytest

from tests.providers.slapd import PEOPLE, configured
from tests.providers.slapd_visits import by_api, by_basic, is_let_in

BLANKS = ["", " ", "   ", "\t", "\0", "\0right donkey clip", "right donkey clip\0", "\u3000"]

PEOPLE_THERE = ["max", "twin1", "twin2", "nomail", "jörg", "ad.person", "locked", "expired"]


@pytest.fixture(params=["searching", "naming"])
def campus(request, site, directory):
    if request.param == "searching":
        return configured(site, directory, creates_accounts=True)
    how = {"user_template": f"uid={{user}},{PEOPLE}", "bind_dn": "", "bind_password": ""}
    return configured(site, directory, creates_accounts=True, **how)


def test_an_empty_or_blank_password_lets_nobody_in(front, campus):
    for number, password in enumerate(BLANKS):
        assert not is_let_in(front, "erika", password), ascii(password)
        # Another name for each: ten failures of one are the most that is heard.
        assert by_api(front, PEOPLE_THERE[number], password, f"192.0.2.{number}").status == 400, ascii(password)


def test_no_bind_with_a_name_and_no_password_is_ever_sent(site, directory, monkeypatch):
    import ldap
    from ldap.ldapobject import SimpleLDAPObject

    sent = []
    monkeypatch.setattr(SimpleLDAPObject, "simple_bind", lambda *arguments, **named: sent.append(arguments))
    from keyhouse.signin.ldap.connect import bound
    from keyhouse.signin.ldap.settings import directory_of

    provider = site.providers.value_of(configured(site, directory))
    with pytest.raises(ldap.INVALID_CREDENTIALS), bound(directory_of(provider), f"uid=erika,{PEOPLE}", ""):
        pass
    assert sent == []


def test_a_reader_without_a_password_is_not_accepted_in_a_configuration(site, directory):
    from keyhouse.signin.configurations import ConfigurationError

    with pytest.raises(ConfigurationError, match="The reader needs its password"):
        configured(site, directory, bind_password="")


def test_a_directory_that_takes_everything_is_not_asked_about_a_blank_password(site, front, directory, monkeypatch):
    asked = []
    monkeypatch.setattr("ldap.initialize", lambda *arguments, **named: asked.append(arguments))
    configured(site, directory)
    by_basic(front, "erika", "")
    assert asked == []
