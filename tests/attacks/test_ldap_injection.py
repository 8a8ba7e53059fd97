"""Attack: type what a filter or a DN would understand, and be taken for somebody else or for anybody."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.providers.slapd import PASSWORD, PEOPLE, configured
from tests.providers.slapd_visits import by_api, by_basic, is_let_in
from tests.site import OPERATOR

FILTERS = [
    "*",
    "e*",
    "*)(uid=*",
    "erika)(&)",
    "erika)(|(uid=*)",
    "*)(objectClass=*",
    "nobody)(|(objectClass=*",
    ")(",
    "\\2a",
    "erika\\00",
    "\\65rika",
    "(erika)",
]
NAMES = [
    "erika,ou=people",
    f"erika,{PEOPLE}",
    "erika+cn=max",
    "x,cn=manager,dc=example,dc=org",
    "\\65rika",
    "#6572696b61",
    '"erika"',
    "erika\\",
    "erika;ou=people",
    "{user}",
    "{login}",
]


def expect_nobody(front, names):
    for number, login in enumerate(names):
        answer = by_api(front, login, address=f"192.0.2.{number}")
        assert answer.status == 400, login
        assert "cannot be reached" not in answer.text, login


@pytest.fixture
def searching(site, directory):
    return configured(site, directory, creates_accounts=True)


@pytest.fixture
def naming(site, directory):
    how = {"user_template": f"uid={{user}},{PEOPLE}", "bind_dn": "", "bind_password": ""}
    return configured(site, directory, creates_accounts=True, **how)


def test_what_a_filter_would_understand_is_a_name_that_nobody_has(front, searching):
    expect_nobody(front, FILTERS)


def test_what_a_dn_would_understand_is_a_name_that_nobody_has(front, naming):
    expect_nobody(front, NAMES)
    assert is_let_in(front, "erika")


@pytest.mark.parametrize(
    "login", ["erika\0", "\0", "erika\0)(uid=*", "er\x1bika", "erika\u200b", "\u202eakire", "e\u00adrika"]
)
def test_a_name_with_a_character_that_nobody_sees_is_nobodys(front, searching, login):
    assert by_api(front, login).status == 400
    assert not is_let_in(front, login)


def test_wide_letters_are_the_same_name_and_have_the_same_limit(front, searching):
    # The directory takes them for the same; an attacker would have as many attempts as there are spellings.
    assert is_let_in(front, "\uff45\uff52\uff49\uff4b\uff41")
    wide = ["\uff45rika", "e\uff52ika", "er\uff49ka", "eri\uff4ba", "erik\uff41"]
    spellings = [*wide, "erika", "ERIKA", " erika", "Erika", "eriKa"]
    for number, login in enumerate(spellings):
        by_api(front, login, "wrong", address=f"192.0.2.{number}")
    assert by_api(front, "erika", address="192.0.2.99").status == 429


def test_a_name_and_its_addresses_in_our_domains_have_one_limit(site, front, directory):
    configured(site, directory, domains=["example.org", "example.net", "example.com"])
    names = ["erika", "erika@example.org", "erika@example.net", "ERIKA@example.com"]
    for number in range(12):
        by_api(front, names[number % 4], "wrong", f"192.0.2.{number}")
    answers = {by_api(front, name, address=f"198.51.100.{number}").status for number, name in enumerate(names)}
    assert answers == {429}


def test_a_name_that_the_directory_alone_takes_for_somebodys_is_nobodys(site, front, directory):
    # Active Directory finds e for é; here a filter that compares less than the whole name does the same.
    exact = configured(
        site, directory, search_filter="(|(uid={user})(uid:caseIgnoreMatch:={user}))", creates_accounts=True
    )
    assert is_let_in(front, "erika")
    configured(site, directory, "Loose", search_filter="(|(mail={user})(uid:caseIgnoreMatch:={user}))")
    site.configurations.switch(exact, False, OPERATOR)
    assert not is_let_in(front, "erika")


def test_an_address_of_another_domain_is_not_shortened_to_a_name_of_ours(site, front, directory):
    configured(site, directory, search_filter="(uid={user})", domains=["example.org"], creates_accounts=True)
    assert is_let_in(front, "erika@example.org")
    assert not is_let_in(front, "erika@evil.example")


def test_a_person_cannot_put_a_bracket_into_a_group_search_by_their_own_name(site, front, directory):
    from tests.providers.slapd import GROUPS

    how = {"group_kind": "groupOfNames", "group_base": GROUPS, "required_group": f"cn=scientists,{GROUPS}"}
    configured(site, directory, creates_accounts=True, **how)
    name = "cn=x)(cn=scientists\\,"
    directory.add(
        f"{name},{PEOPLE}",
        objectClass="inetOrgPerson",
        cn="x)(cn=scientists,",
        sn="x",
        uid="mallory",
        mail="mallory@example.org",
        userPassword=PASSWORD,
    )
    try:
        assert "is not in the group" in by_basic(front, "mallory").json["exception"]
    finally:
        directory.delete(f"{name},{PEOPLE}")


@given(st.text())
def test_no_text_leaves_the_place_of_a_value_in_a_filter(text):
    pytest.importorskip("ldap", reason="the library python-ldap is not installed")
    from keyhouse.signin.ldap.names import filter_for
    from keyhouse.signin.passwords.login_names import Typed

    made = filter_for("(&(objectClass=person)(uid={login}))", Typed(text, text))
    value = made.removeprefix("(&(objectClass=person)(uid=").removesuffix("))")
    assert not set(value) & set("()*\0")


SPECIAL = st.sampled_from("\\,+\"<>;=#*()/' ab")


@given(st.text(SPECIAL | st.characters(exclude_categories=["C"]), min_size=1, max_size=60))
def test_no_name_leaves_the_place_of_a_value_in_a_dn(text):
    pytest.importorskip("ldap", reason="the library python-ldap is not installed")
    from ldap.dn import str2dn

    from keyhouse.signin.ldap.names import bind_name_for
    from keyhouse.signin.passwords.login_names import typed

    name = typed(text, ())
    assume(name is not None)
    parts = str2dn(bind_name_for("uid={user},ou=people,dc=example", name))
    assert [[part[:2] for part in rdn] for rdn in parts] == [
        [("uid", name.user)],
        [("ou", "people")],
        [("dc", "example")],
    ]
