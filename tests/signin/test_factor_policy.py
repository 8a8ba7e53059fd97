"""Who must show a second factor: nobody, a role, a group, everybody; never services, and never twice."""

import base64

import pytest
from tests.second_factors import SET_UP, begin, forget_used_codes, set_up_app, show, who, with_app
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in

from keyhouse.core.permissions import Role
from keyhouse.core.reasons import SECOND_FACTOR_TEXT

PENDING = "/login-secondFactor.view"


def assign(site, principal, name):
    from keyhouse.authz import folders

    site.assignments.assign(Role.REQUIRE_SECOND_FACTOR, principal, name, folders.root(), OPERATOR)


def nested(site, user):
    """A group in a group, with the user in the inner one."""
    outer, inner = site.groups.add("Clinic", OPERATOR), site.groups.add("Nurses", OPERATOR)
    site.groups.add_member(outer, inner, OPERATOR)
    site.groups.add_member(inner, user, OPERATOR)
    return outer


def must(site, user) -> bool:
    user.refresh_from_db()
    return site.factors.is_required(user)


def test_nobody_must_have_one_where_it_is_optional(site, analyst):
    assign(site, analyst, analyst.email)
    assert not must(site, analyst)


def test_the_role_demands_it_and_grants_nothing(site, front, analyst):
    from keyhouse.authz.rights import rights_of
    from keyhouse.core.principal import Principal

    set_site(site, secondFactorFor="role")
    assert not must(site, analyst)
    before = rights_of(Principal(analyst.id, analyst.email, "")).permissions_in(1)
    assign(site, analyst, analyst.email)
    assert must(site, analyst)
    assert rights_of(Principal(analyst.id, analyst.email, "")).permissions_in(1) == before


def test_the_role_of_a_group_holds_for_groups_in_it(site, analyst, admin):
    set_site(site, secondFactorFor="role")
    assign(site, nested(site, analyst), "Clinic")
    assert (must(site, analyst), must(site, admin)) == (True, False)


def test_a_role_of_the_root_is_not_assigned_in_a_folder(site, analyst):
    from keyhouse.authz import folders
    from keyhouse.authz.assignments import RoleError

    with pytest.raises(RoleError):
        site.assignments.assign(Role.REQUIRE_SECOND_FACTOR, analyst, analyst.email, folders.find("/home"), OPERATOR)


def test_the_group_demands_it_of_members_of_groups_in_it(site, analyst, admin):
    nested(site, analyst)
    set_site(site, secondFactorFor="group", secondFactorGroup="clinic")
    assert (must(site, analyst), must(site, admin)) == (True, False)


def test_a_group_that_was_deleted_demands_it_of_everybody(site, analyst, admin):
    group = nested(site, analyst)
    set_site(site, secondFactorFor="group", secondFactorGroup="Clinic")
    site.groups.delete(group, OPERATOR)
    assert (must(site, analyst), must(site, admin)) == (True, True)


def test_services_are_never_asked(site):
    service = site.users.add("robot@example.org", OPERATOR, is_service=True)
    set_site(site, secondFactorFor="everyone")
    assert not must(site, service)


def test_who_must_have_one_sets_it_up_before_being_signed_in(site, front, analyst):
    set_site(site, secondFactorFor="everyone")
    client = begin(front, analyst)
    assert "Set up a second factor" in client.get(PENDING).text
    assert who(client) == "guest"
    set_up_app(site, client)
    assert who(client) == analyst.email
    assert client.get("/login-recoveryCodes.view").text.count("-") > 10


def test_who_must_have_one_gets_nowhere_with_a_password_over_basic(site, front, analyst):
    set_site(site, secondFactorFor="everyone")
    header = {"Authorization": "Basic " + base64.b64encode(f"{analyst.email}:{PASSWORD}".encode()).decode()}
    answer = Client(front, keeps_cookies=False).get("/login-whoAmI.api", header)
    assert (answer.status, answer.json["exception"]) == (401, SECOND_FACTOR_TEXT)


def test_api_keys_need_no_second_factor(site, front, analyst):
    key = issue(site, analyst)
    set_site(site, secondFactorFor="everyone")
    with_key = Client(front, keeps_cookies=False)
    assert with_key.get("/login-whoAmI.api", {"apikey": key}).json["email"] == analyst.email


def test_the_last_factor_of_who_must_have_one_cannot_be_removed(site, front, analyst):
    _app, client = with_app(site, front, analyst)
    set_site(site, secondFactorFor="everyone")
    factor = site.second_factors.of(analyst.id)[0]
    form = {"do": "remove", "factor": str(factor.id), "confirmed": "1"}
    refused = client.post("/login-secondFactors.view", form=form)
    assert refused.status == 400 and "Add another one" in refused.text
    set_site(site, secondFactorFor="optional")
    assert client.post("/login-secondFactors.view", form=form).status == 303
    assert site.second_factors.recovery.left(analyst.id) is None
    assert "user" in sign_in(Client(front), analyst.email).json


def test_a_provider_that_asked_for_two_factors_is_enough(site, analyst):
    from keyhouse.core.assurance import Assurance, HowSignedIn

    set_site(site, secondFactorFor="everyone")
    levels = {
        level: site.factors.needs(analyst, HowSignedIn("Campus", 1, (), level, site.clock())) for level in Assurance
    }
    assert [level for level, needs in levels.items() if needs] == [Assurance.UNKNOWN, Assurance.SINGLE]


def test_an_administrator_resets_the_factors_of_a_person_and_never_sees_them(site, front, client, admin, analyst):
    from keyhouse.audit.models import AuditEvent

    app, own = with_app(site, front, analyst)
    sign_in(client, admin.email)
    page = f"/user-details.view?userId={analyst.id}"
    assert "Reset second factors" in client.get(page).text and app.secret not in client.get(page).text
    assert client.post(page, form={"do": "reset-factors"}).status == 200
    assert client.post(page, form={"do": "reset-factors", "confirmed": "1"}).status == 303
    assert who(own) == "guest"
    assert "user" in sign_in(Client(front), analyst.email).json
    event = AuditEvent.objects.filter(kind="second factor changed").latest("sequence")
    assert (event.user, event.details["subjectId"]) == (admin.email, analyst.id)


def test_the_emergency_switch_lets_the_password_alone_in_until_it_is_off(site, front, client, admin, analyst):
    from datetime import timedelta

    app, _ = with_app(site, front, analyst)
    site.factor_bypasses.start(analyst, timedelta(hours=1), "Phone lost", OPERATOR)
    assert "user" in sign_in(Client(front), analyst.email).json
    sign_in(client, admin.email)
    shown = client.get("/admin-showAdmin.view").text
    assert "Second factors are not asked of analyst@example.org" in shown and "Phone lost" in shown
    site.factor_bypasses.stop(analyst, OPERATOR)
    assert "not asked of" not in client.get("/admin-showAdmin.view").text
    forget_used_codes()
    browser = begin(front, analyst)
    assert show(browser, app.code(site.clock())).status == 303


def test_the_switch_for_one_person_is_no_switch_for_others(site, front, admin, analyst):
    from datetime import timedelta

    with_app(site, front, admin)
    site.factor_bypasses.start(analyst, timedelta(hours=1), "Phone lost", OPERATOR)
    begin(front, admin)
    site.factor_bypasses.start(None, timedelta(hours=1), "Duo is down", OPERATOR)
    assert "user" in sign_in(Client(front), admin.email).json


def test_a_switch_ends_by_itself(site, analyst):
    from datetime import timedelta

    from keyhouse.signin.models import FactorBypass

    site.factor_bypasses.start(analyst, timedelta(hours=1), "Phone lost", OPERATOR)
    FactorBypass.objects.update(until=site.clock() - timedelta(seconds=1))
    assert not site.factors.is_bypassed(analyst.id)


@pytest.mark.parametrize("hours, why", [(0, "x"), (169, "x"), (1, " ")])
def test_the_switch_wants_an_end_and_a_reason(site, analyst, hours, why):
    from datetime import timedelta

    from keyhouse.signin.factors.bypass import BypassError

    with pytest.raises(BypassError):
        site.factor_bypasses.start(analyst, timedelta(hours=hours), why, OPERATOR)


def test_changes_want_a_proof_that_the_person_is_there(site, front, analyst):
    from datetime import timedelta

    from keyhouse.sessions.models import BrowserSession

    _, client = with_app(site, front, analyst)
    BrowserSession.objects.update(proved_at=site.clock() - timedelta(hours=1))
    for path in (SET_UP, "/login-setUpPasskey.view", "/login-recoveryCodes.view"):
        answer = client.get(path)
        assert answer.status == 302 and "login-reauthenticate.view" in answer.header("Location"), path
    form = {"do": "remove", "factor": str(site.second_factors.of(analyst.id)[0].id), "confirmed": "1"}
    assert "login-reauthenticate.view" in client.post("/login-secondFactors.view", form=form).header("Location")
    assert site.factors.has_factor(analyst.id)
    assert "prove that it is still you" in client.get("/login-secondFactors.view").text
