"""Sign-in with the password of a directory: a real slapd, the form and Basic, and what the site makes of it."""

from dataclasses import replace

import pytest
from tests.providers.slapd import GROUPS, PASSWORD, PEOPLE, READER, configured
from tests.providers.slapd_visits import browser, by_api, by_basic, by_form, events, is_let_in
from tests.site import OPERATOR, Client, set_site
from tests.site import PASSWORD as SITE_PASSWORD

from keyhouse.core.reasons import PASSWORD_TEXT, SECOND_FACTOR_TEXT

NOT_CREATED = "This server is not configured to create new accounts automatically."

ERIKA = f"uid=erika,{PEOPLE}"


@pytest.fixture
def campus(site, directory):
    """The directory makes accounts here."""
    return configured(site, directory, creates_accounts=True)


@pytest.mark.parametrize("login", ["erika", "Erika", "erika@example.org", " erika "])
def test_a_person_signs_in_with_user_name_or_address(front, campus, login):
    client, answer = browser(front, login)
    assert answer.status == 303
    me = client.get("/login-whoAmI.api").json
    assert (me["email"], me["displayName"]) == ("erika@example.org", "Erika Mustermann")


def test_the_client_api_takes_a_user_name_too(front, campus):
    assert by_api(front, "erika").json["user"]["email"] == "erika@example.org"


def test_basic_takes_the_directorys_password(front, campus):
    answer = by_basic(front, "erika")
    assert (answer.status, answer.json["email"]) == (200, "erika@example.org")


def test_a_wrong_password_reads_as_it_does_without_directories(front, campus):
    wrong = by_basic(front, "erika", "wrong")
    assert (wrong.status, wrong.json) == (401, {"exception": PASSWORD_TEXT, "success": False})
    assert by_api(front, "erika", "wrong").json["exception"].startswith(PASSWORD_TEXT)
    assert PASSWORD_TEXT in by_form(front, "erika", "wrong").text


def test_the_log_says_which_directory_let_in_and_how(front, campus):
    by_form(front, "erika")
    (event,) = events("sign-in")
    how = event.details["signIn"]
    assert how["provider"] == "Campus directory"
    assert "pwd" in how["methods"]


def test_the_password_is_nowhere_in_logs_and_audit(front, campus, caplog):
    caplog.set_level("DEBUG")
    by_form(front, "erika")
    by_form(front, "erika", "wrong-and-secret")
    from keyhouse.audit.models import AuditEvent

    told = caplog.text + "".join(str(row) for row in AuditEvent.objects.values_list())
    assert PASSWORD not in told and "wrong-and-secret" not in told


def test_an_account_is_known_by_what_never_changes_and_not_by_its_dn_or_address(front, campus, directory):
    by_form(front, "max")
    directory.modify(f"uid=max,{PEOPLE}", mail="maximilian@example.org")
    try:
        assert by_basic(front, "max").json["email"] == "max@example.org"
        assert len(events("user added")) == 1
    finally:
        directory.modify(f"uid=max,{PEOPLE}", mail="max@example.org")


def test_nobody_is_made_an_account_where_the_site_does_not_want_it(site, front, directory):
    configured(site, directory, creates_accounts=False)
    answer = by_basic(front, "erika")
    assert (answer.status, answer.json) == (401, {"exception": NOT_CREATED, "success": False})
    assert by_api(front, "erika").json["exception"] == NOT_CREATED
    assert NOT_CREATED in by_form(front, "erika").text


def test_a_deactivated_account_stays_out_whatever_the_directory_says(site, front, campus):
    from keyhouse.accounts.users import find

    assert is_let_in(front, "erika")
    site.users.deactivate(find("erika@example.org"), OPERATOR)
    assert by_basic(front, "erika").status == 401
    assert by_form(front, "erika").status == 401


def test_a_second_factor_is_asked_for_after_the_directorys_password(site, front, campus):
    set_site(site, secondFactorFor="everyone")
    assert by_basic(front, "erika").json["exception"] == SECOND_FACTOR_TEXT
    assert "login-secondFactor" in by_form(front, "erika").header("Location")


@pytest.mark.parametrize("login", ["locked", "expired", "ad.disabled"])
def test_an_account_that_is_locked_expired_or_disabled_reads_as_a_wrong_password(front, campus, login):
    answer = by_basic(front, login)
    assert (answer.status, answer.json["exception"]) == (401, PASSWORD_TEXT)


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("locked", "the account is locked"),
        ("expired", "the password has expired"),
        ("ad.disabled", "the account is disabled"),
        ("twins@example.org", "several entries"),
    ],
)
def test_the_log_says_why_a_right_password_was_refused(front, campus, login, why):
    by_form(front, login)
    (event,) = events("sign-in failed")
    assert why in event.comment and "Campus directory" in event.comment


def test_a_name_of_two_people_is_nobodys(front, campus):
    assert not is_let_in(front, "twins@example.org")
    assert is_let_in(front, "twin1")


def test_an_entry_without_an_address_is_told_what_to_do(front, campus):
    assert "did not say your e-mail address" in by_form(front, "nomail").text


def test_names_with_every_special_character_of_dns_and_filters_sign_in(front, campus):
    assert is_let_in(front, "jörg")
    assert is_let_in(front, "joerg@example.org")


def test_the_default_domain_completes_a_name_and_is_taken_from_one(site, front, directory):
    set_site(site, defaultDomain="example.org")
    configured(site, directory, search_filter="(uid={user})", creates_accounts=True)
    assert is_let_in(front, "erika@example.org")
    assert is_let_in(front, "erika")
    assert not is_let_in(front, "erika@elsewhere.example")


def test_a_template_needs_no_reader(site, front, directory):
    template = f"uid={{user}},{PEOPLE}"
    configured(
        site, directory, user_template=template, bind_dn="", search_base="", bind_password="", creates_accounts=True
    )
    assert is_let_in(front, "erika")
    assert not is_let_in(front, "erika", "wrong")
    assert not is_let_in(front, "nobody")


def test_ldaps_works_as_starttls_does(site, front, directory):
    configured(site, directory, security="ldaps", servers=directory.tls_url, creates_accounts=True)
    assert is_let_in(front, "erika")


def test_the_next_server_is_asked_where_the_first_is_down(site, front, directory):
    servers = f"ldap://127.0.0.1:1\n{directory.url}"
    configured(site, directory, servers=servers, creates_accounts=True)
    assert is_let_in(front, "erika")


def test_while_the_directory_is_down_the_sites_own_passwords_work(site, front, directory, analyst):
    configured(site, directory, servers="ldap://127.0.0.1:1")
    assert is_let_in(front, analyst.email, SITE_PASSWORD)
    refused = by_form(front, "erika")
    assert refused.status == 503
    assert "Campus directory cannot be reached at present" in refused.text
    assert "cannot be reached" in by_basic(front, "erika").json["exception"]
    assert all("ldap://127.0.0.1:1" in event.comment for event in events("sign-in failed"))


def test_directories_are_asked_in_order_and_the_sites_own_passwords_last(site, front, directory, campus):
    configured(site, directory, "Second directory", creates_accounts=True)
    site.users.add("local@example.org", OPERATOR, SITE_PASSWORD)
    by_form(front, "erika")
    by_form(front, "local@example.org", SITE_PASSWORD)
    assert [each.details["signIn"]["provider"] for each in events("sign-in")] == ["Campus directory", "a password"]


def test_a_directory_that_is_switched_off_is_not_asked(site, front, campus):
    site.configurations.switch(campus, False, OPERATOR)
    assert not is_let_in(front, "erika")


def test_without_a_directory_a_name_that_is_no_address_is_told_so(front):
    assert "full email address" in by_api(front, "erika").json["exception"]


def test_an_administrator_looks_a_person_up_and_nobody_is_signed_in_or_made(site, front, directory, admin):
    set_site(site, defaultDomain="example.org")
    how = {"group_kind": "memberOf", "search_filter": "(uid={user})"}
    row = configured(site, directory, creates_accounts=True, **how)
    client, _ = browser(front, admin.email, SITE_PASSWORD)
    assert (
        f"login-trySignIn.view?configuration={row.id}"
        in client.get("/login-configuration.view", configuration=row.id).text
    )
    typed = {"configuration": row.id, "login": "erika@example.org", "password": PASSWORD}
    page = client.post("/login-trySignIn.view", form=typed).text
    assert "Erika Mustermann" in page and f"cn=scientists,{GROUPS}" in page
    assert [each.comment for each in events("user added") if "erika" in each.comment] == []
    assert client.get("/login-whoAmI.api").json["email"] == admin.email


def test_a_fresh_sign_in_takes_the_directorys_password(site, front, campus):
    from django.http import HttpRequest

    from keyhouse.accounts.users import find

    by_form(front, "erika")
    user = find("erika@example.org")
    assert site.passwords.verify(HttpRequest(), user, PASSWORD) is None
    assert site.passwords.verify(HttpRequest(), user, "wrong") is not None


def test_a_fresh_sign_in_asks_for_the_person_and_not_for_a_name(site, front, campus, directory):
    from django.http import HttpRequest

    from keyhouse.accounts.users import find

    by_form(front, "max")
    user = find("max@example.org")
    directory.modify(f"uid=max,{PEOPLE}", mail="maximilian@example.org")
    try:
        assert site.passwords.verify(HttpRequest(), user, PASSWORD) is None
        assert site.passwords.verify(HttpRequest(), user, "wrong") is not None
        assert site.passwords.verify(HttpRequest(), user, "") is not None
    finally:
        directory.modify(f"uid=max,{PEOPLE}", mail="max@example.org")


def test_the_page_of_a_fresh_sign_in_takes_the_directorys_password(site, front, campus, directory):
    client, _ = browser(front, "erika")
    page = "/login-reauthenticate.view?stepUp=true"
    assert client.post(page, form={"password": "wrong"}).status == 403
    assert client.post(page, form={"password": PASSWORD}).status == 303
    campus.settings["servers"] = "ldap://127.0.0.1:1"
    campus.save()
    assert "cannot be reached at present" in client.post(page, form={"password": PASSWORD}).text


def test_failing_at_a_directory_counts_and_succeeding_does_not(front, campus):
    for _ in range(12):
        assert is_let_in(front, "erika")
    for number in range(10):
        by_api(front, "erika", "wrong", address=f"192.0.2.{number}")
    assert by_api(front, "erika", address="192.0.2.99").status == 429


def test_a_required_group_keeps_others_out_and_says_so(site, front, directory):
    group = f"cn=scientists,{GROUPS}"
    configured(
        site, directory, group_kind="groupOfNames", group_base=GROUPS, required_group=group, creates_accounts=True
    )
    assert is_let_in(front, "erika")
    assert is_let_in(front, "jörg")
    assert "is not in the group that may sign in here" in by_form(front, "max").text
    assert by_form(front, "max", "wrong").text.count(PASSWORD_TEXT)


def test_groups_in_groups_count_also_in_circles(site, front, directory):
    how = {"group_kind": "groupOfNames", "group_base": GROUPS, "required_group": f"cn=around,{GROUPS}"}
    row = configured(site, directory, creates_accounts=True, nested_groups=True, **how)
    assert is_let_in(front, "erika")
    row.settings["nested_groups"] = False
    row.save()
    assert not is_let_in(front, "erika")


@pytest.mark.parametrize(
    ("kind", "group", "login"),
    [
        ("memberOf", "scientists", "erika"),
        ("groupOfUniqueNames", "unique", "max"),
        ("posixGroup", "unix", "max"),
    ],
)
def test_every_kind_of_group_is_understood(site, front, directory, kind, group, login):
    how = {"group_kind": kind, "group_base": GROUPS, "required_group": f"CN={group.upper()}, {GROUPS}"}
    configured(site, directory, creates_accounts=True, **how)
    assert is_let_in(front, login)
    assert not is_let_in(front, "twin1")


def test_mapped_groups_follow_the_directory_and_others_are_never_touched(site, front, directory):
    from keyhouse.accounts.groups import members_below
    from keyhouse.accounts.users import find

    mapped, own = site.groups.add("Scientists", OPERATOR), site.groups.add("Board", OPERATOR)
    how = {"group_kind": "groupOfNames", "group_base": GROUPS, "group_map": f"cn=Scientists,{GROUPS} => scientists"}
    configured(site, directory, creates_accounts=True, **how)
    by_form(front, "erika")
    erika = find("erika@example.org")
    site.groups.add_member(own, erika, OPERATOR)
    assert members_below(mapped.id) == {erika.id}
    directory.modify(f"cn=scientists,{GROUPS}", member=f"uid=max,{PEOPLE}")
    try:
        by_form(front, "erika")
    finally:
        directory.modify(f"cn=scientists,{GROUPS}", member=ERIKA)
    assert (members_below(mapped.id), members_below(own.id)) == (set(), {erika.id})
    assert len([each for each in events("group changed") if "Scientists" in each.comment]) == 3


def test_the_session_that_basic_opens_is_the_directorys_and_ends_with_the_configuration(site, front, campus):
    from tests.attacks.wire import basic

    client = Client(front)
    client.get("/login-whoAmI.api", basic("erika", PASSWORD))
    assert client.get("/login-whoAmI.api").json["email"] == "erika@example.org"
    site.configurations.switch(campus, False, OPERATOR)
    assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_the_reader_that_is_refused_is_a_directory_that_is_down_and_the_log_says_why(site, front, directory):
    configured(site, directory, bind_password="not the reader's")
    assert by_form(front, "erika").status == 503
    (event,) = events("sign-in failed")
    assert "the reader was refused: Invalid credentials" in event.comment
    assert READER not in by_form(front, "erika").text


def test_a_cookie_that_a_directorys_password_opened_is_never_renewed(site, front, campus):
    from datetime import timedelta

    from keyhouse import system
    from keyhouse.accounts.users import find
    from keyhouse.core.decision import PASSWORD as BY_PASSWORD
    from keyhouse.core.decision import Allowed, Via
    from keyhouse.core.principal import Principal

    by_form(front, "erika")
    erika, how = find("erika@example.org"), site.sign_ins.how(("pwd",), "Campus directory")
    via = Via(BY_PASSWORD, how=replace(how, configuration=campus.id))
    now = system.now()
    cookie = site.opened.cookie_for(Allowed(Principal(erika.id, erika.email, ""), via), 0, now, "acting")
    assert site.opened.enter(cookie, now).via.how.provider == "Campus directory"
    assert not site.opened.is_due_for_renewal(cookie, now + timedelta(minutes=20))
    assert site.opened.enter(cookie, now + timedelta(minutes=30)) is None


@pytest.mark.parametrize("password", ["\ud800", "right donkey clip\udfff", "x" * 5000])
def test_a_password_that_no_directory_could_have_is_wrong_and_nothing_worse(site, campus, password):
    from keyhouse.signin.ldap.method import method

    assert method.check(site.providers.value_of(campus), "erika", password) is None


def test_a_map_to_a_group_that_nobody_can_be_added_to_keeps_nobody_out(site, front, directory):
    mapped = f"cn=scientists,{GROUPS} => All Site Users\ncn=scientists,{GROUPS} => Renamed since"
    configured(site, directory, creates_accounts=True, group_kind="memberOf", group_map=mapped)
    assert is_let_in(front, "erika")
