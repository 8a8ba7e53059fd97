"""Attack: give one's own entry in the directory an administrator's address, and become the administrator."""

import pytest

from tests.providers.slapd import PASSWORD, PEOPLE, configured
from tests.providers.slapd_visits import browser, by_basic, by_form, events, is_let_in
from tests.site import OPERATOR
from tests.site import PASSWORD as SITE_PASSWORD

MALLORY = f"uid=mallory,{PEOPLE}"


@pytest.fixture
def mallory(directory, admin):
    directory.add(
        MALLORY,
        objectClass="inetOrgPerson",
        uid="mallory",
        cn="Mallory",
        sn="Mallory",
        mail=admin.email,
        userPassword=PASSWORD,
    )
    yield
    directory.delete(MALLORY)


def test_an_address_alone_is_no_account(site, front, directory, admin, mallory):
    configured(site, directory, creates_accounts=True)
    client, answer = browser(front, "mallory")
    assert "not linked with Campus directory" in answer.text
    assert client.get("/login-whoAmI.api").json["email"] == "guest"
    assert by_basic(front, "mallory").status == 401
    assert events("identity linked") == []


def test_the_sites_own_password_is_still_the_administrators(site, front, directory, admin, mallory):
    configured(site, directory, creates_accounts=True)
    assert is_let_in(front, admin.email, SITE_PASSWORD)
    assert not is_let_in(front, admin.email, PASSWORD)


def test_a_second_identity_is_not_linked_even_where_the_directory_is_trusted(site, front, directory, admin, mallory):
    row = configured(site, directory, links_accounts=True)
    assert is_let_in(front, "mallory")
    directory.modify(f"uid=max,{PEOPLE}", mail=admin.email)
    try:
        assert not is_let_in(front, "max")
    finally:
        directory.modify(f"uid=max,{PEOPLE}", mail="max@example.org")
    assert len(events("identity linked")) == 1
    assert row.identities.count() == 1


def test_the_address_of_another_ways_domain_is_refused(site, front, directory):
    configured(site, directory, creates_accounts=True)
    configured(site, directory, "The other directory", servers="ldap://127.0.0.1:1", domains=["example.org"])
    first = by_form(front, "max").text
    assert "belong to another way of signing in" in first


def test_a_mapped_group_makes_no_administrator_unless_it_says_so(site, front, directory):
    from keyhouse.accounts.groups import members_below
    from keyhouse.accounts.models import ADMINISTRATORS_ID
    from tests.providers.slapd import GROUPS

    site.groups.add("Scientists", OPERATOR)
    mapped = f"cn=scientists,{GROUPS} => Scientists\ncn=nowhere,{GROUPS} => No such group"
    configured(site, directory, group_kind="memberOf", group_map=mapped, creates_accounts=True)
    assert is_let_in(front, "erika")
    assert members_below(ADMINISTRATORS_ID) == set()


def test_the_last_administrator_stays_one_when_the_directory_forgets(site, front, directory):
    from keyhouse.accounts.groups import find as group_of
    from keyhouse.accounts.groups import members_below
    from keyhouse.accounts.models import ADMINISTRATORS_ID
    from keyhouse.accounts.users import find
    from tests.providers.slapd import GROUPS

    administrators = group_of(str(site_administrators()))
    mapped = f"cn=nowhere,{GROUPS} => {administrators.name}"
    configured(site, directory, group_kind="memberOf", group_map=mapped, creates_accounts=True)
    assert is_let_in(front, "erika")
    site.groups.add_member(administrators, find("erika@example.org"), OPERATOR)
    assert is_let_in(front, "erika")
    assert members_below(ADMINISTRATORS_ID) == {find("erika@example.org").id}


def test_the_last_administrator_through_another_group_stays_one_too(site, front, directory):
    from keyhouse.accounts.groups import find as group_of
    from keyhouse.accounts.users import find
    from keyhouse.authz import folders, powers
    from keyhouse.core.permissions import Role
    from tests.providers.slapd import GROUPS

    site.groups.add("Operators", OPERATOR)
    site.assignments.assign(Role.SITE_ADMINISTRATOR, group_of("Operators"), "Operators", folders.root(), OPERATOR)
    mapped = f"cn=nowhere,{GROUPS} => Operators"
    configured(site, directory, group_kind="memberOf", group_map=mapped, creates_accounts=True)
    assert is_let_in(front, "erika")
    site.groups.add_member(group_of("Operators"), find("erika@example.org"), OPERATOR)
    assert is_let_in(front, "erika")
    assert powers.site_administrators() == {find("erika@example.org").id}


def test_two_people_whose_binary_names_differ_are_two(site, front, directory):
    # Two SIDs of Active Directory that follow each other: neither is a text, and as texts they would be one.
    subjects = [subject_with(site, directory, bytes.fromhex(f"0105000000000005{last}040000")) for last in ("81", "82")]
    assert len(set(subjects)) == 2
    assert all("\0" not in subject and "\ufffd" not in subject for subject in subjects)


def test_a_binary_name_is_looked_up_by_its_bytes():
    from keyhouse.signin.ldap.standing import _value

    assert _value("objectSid", "hex:8104") == "\\81\\04"
    assert _value("uid", "hex:no") == "hex:no"


def subject_with(site, directory, sid):
    from keyhouse.signin.ldap.people import Person, subject_of
    from keyhouse.signin.ldap.settings import directory_of

    row = configured(site, directory, str(sid[8]), subject_attribute="objectSid")
    return subject_of(directory_of(site.providers.find(row.id)), Person("cn=x", {"objectsid": [sid]}))


def site_administrators():
    from keyhouse.accounts.models import ADMINISTRATORS_ID, Group

    return Group.objects.get(id=ADMINISTRATORS_ID)
