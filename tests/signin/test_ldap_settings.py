"""The settings of a directory: what is refused when they are saved, and what a test of them finds."""

from typing import Any

import pytest
from tests.providers.authority import Authority
from tests.providers.slapd import BASE, GROUPS, PEOPLE, READER, configured

GOOD = {"servers": "ldap://directory.example.org", "search_base": PEOPLE, "bind_dn": READER}


def problems(secrets: dict[str, str] | None = None, **settings: Any) -> dict[str, str]:
    pytest.importorskip("ldap", reason="the library python-ldap is not installed")
    from keyhouse.signin.ldap.method import method

    return dict(method.problems({**GOOD, **settings}, {"bind_password": "x"} if secrets is None else secrets))


def test_good_settings_have_no_problems():
    assert problems() == {}
    assert problems(servers=["ldaps://a.example.org", "ldaps://b.example.org:3269"], security="ldaps") == {}
    assert problems(user_template="{user}@ad.example.org", search_base="dc=ad,dc=example,dc=org") == {}
    assert problems(search_filter="(&(objectClass=user)(|(sAMAccountName={user})(userPrincipalName={login})))") == {}
    assert problems(bind_dn="reader@ad.example.org") == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("servers", ""),
        ("servers", "directory.example.org"),
        ("servers", "ldaps://directory.example.org"),
        ("servers", "ldap://directory.example.org/dc=example"),
        ("servers", "ldap://user@directory.example.org"),
        ("servers", "ldapi:///"),
        ("servers", "ldap://["),
        ("servers", "ldap://directory.example.org:99999"),
        ("servers", "ldap://:389"),
        ("servers", "\n".join(f"ldap://s{number}.example.org" for number in range(5))),
        ("ca_certificate", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----"),
        ("search_base", "people"),
        ("search_base", ""),
        ("search_filter", "(uid=*)"),
        ("search_filter", "(uid=*{login}*)"),
        ("search_filter", "(uid={login}"),
        ("search_filter", "uid={login}"),
        ("user_template", "uid=,ou=people"),
        ("user_template", "uid={user}+cn={user},ou=people"),
        ("user_template", "EXAMPLE\\{user}"),
        ("required_group", "staff"),
        ("group_map", "Staff"),
        ("group_map", "cn=staff => "),
    ],
)
def test_bad_settings_are_refused_at_their_field(field, value):
    assert field in problems(**{field: value})


def test_groups_must_be_asked_for_to_be_demanded_or_mapped():
    assert "group_kind" in problems(required_group=f"cn=staff,{GROUPS}")
    assert "group_kind" in problems(group_map=f"cn=staff,{GROUPS} => Staff")
    assert "group_base" in problems(group_kind="groupOfNames")
    assert problems(group_kind="memberOf", group_map=f"cn=staff,{GROUPS} => Staff") == {}


def test_people_cannot_be_looked_up_by_nobody():
    assert "check_minutes" in problems(bind_dn="", user_template="{user}@ad.example.org", check_minutes=30)
    assert problems(user_template="{user}@ad.example.org", check_minutes=30) == {}


def findings(site: Any, directory: Any, **settings: Any) -> list[Any]:
    return list(site.configurations.test(configured(site, directory, **settings)))


def test_a_configuration_that_works_is_found_well(site, directory):
    found = findings(site, directory, group_kind="groupOfNames", group_base=GROUPS)
    assert all(each.is_ok for each in found)
    words = " ".join(each.text for each in found)
    for part in ("certificate verified", f"bound as {READER}", "the filter finds people", f"{GROUPS} is there"):
        assert part in words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"servers": "ldap://127.0.0.1:1"}, "port 1 cannot be reached: Connection refused"),
        ({"bind_password": "wrong"}, f"bound as {READER}: Invalid credentials"),
        ({"search_base": f"ou=nowhere,{BASE}"}, "No such object"),
        ({"search_filter": "(employeeNumber={user})"}, "the filter finds nobody"),
        ({"group_kind": "groupOfNames", "group_base": f"ou=nowhere,{BASE}"}, "the search base of groups"),
        ({"ca_certificate": Authority("Somebody else").pem}, "its certificate is refused"),
    ],
)
def test_what_is_wrong_is_found_exactly_and_says_what_to_do(site, directory, settings, words):
    (wrong,) = [each for each in findings(site, directory, **settings) if not each.is_ok]
    assert words in wrong.text and wrong.advice


def test_a_template_is_told_and_its_reader_tried_where_there_is_one(site, directory):
    template = f"uid={{user}},{PEOPLE}"
    (alone,) = [each for each in findings(site, directory, user_template=template, bind_dn="") if "bind" in each.text]
    assert f"people bind as {template}" in alone.text


def test_each_server_is_tried(site, directory):
    found = findings(site, directory, servers=f"{directory.url}\nldap://127.0.0.1:1")
    assert any(each.is_ok for each in found) and not found[-1].is_ok


def test_ldaps_at_the_port_of_plain_ldap_is_found(site, directory):
    found = findings(site, directory, security="ldaps", servers=directory.url.replace("ldap:", "ldaps:"))
    assert "636" in found[0].advice
