"""Numbers, days and addresses beyond all measure are answered in words, or passed over; none is an error of ours."""

import pytest

from tests.console.declaring import DECLARED, declare, demand
from tests.console.pages import ADMIN, sign_in
from tests.site import CONTEXT_PATH, issue, set_site

HUGE = "9" * 30
FAR = f"{CONTEXT_PATH}/home/project-begin.view?a={'x' * 20_000}"


@pytest.fixture
def administrator(client, admin):
    sign_in(client, ADMIN)
    return client


@pytest.mark.parametrize(
    "page", ["audit-showAuditLog", "login-declarations", "user-showSessions", "user-mySessions", "user-showUsers"]
)
def test_offset_past_every_list_shows_its_last_page(administrator, page):
    answer = administrator.get(f"/{page}.view", offset=HUGE)
    assert answer.status == 200
    assert HUGE not in answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-31"])
@pytest.mark.parametrize("page", ["audit-showAuditLog", "audit-compliance", "audit-declared", "audit-within"])
def test_day_on_which_there_was_no_log_is_told_beside_its_field(administrator, page, day):
    answer = administrator.get(f"/{page}.view", before=day)
    assert answer.status < 500
    assert "is not a day" in answer.text


def test_days_beyond_measure_are_no_days_of_a_demand(administrator):
    form = {"do": "save", "purpose": "free", "lapse_days": "000000001" + "0" * 5000}
    answer = administrator.post("/home/admin-folderDemands.view", form=form)
    assert answer.status == 400
    assert 'id="lapse_days-error"' in answer.text


@pytest.mark.parametrize("seconds", ["9" * 5000, "-9", "0"])
def test_life_that_no_key_has_is_told_and_no_key_is_issued(site, administrator, seconds):
    from keyhouse.keys.models import ApiKey

    set_site(site, allowApiKeys=True)
    form = {"type": "apikey", "expirationSeconds": seconds}
    answer = administrator.post("/security-externalToolsView.view", form=form)
    assert answer.status == 400
    assert not ApiKey.objects.exists()


def test_list_is_searched_for_no_more_than_a_name(administrator):
    answer = administrator.post("/user-showSessions.view", form={"session": "nothing", "q": "x" * 70_000})
    assert (answer.status, len(answer.header("Location")) < 1000) == (303, True)


def test_address_too_long_to_lead_to_is_led_to_by_no_page(site, administrator):
    demand(site, "/home")
    roles = {"roleNames": ["org.labkey.api.security.roles.ReaderRole"], "returnUrl": FAR}
    assert administrator.post("/user-impersonateRoles.api", json=roles).status == 200
    stopped = administrator.post("/login-stopImpersonating.api", form={"returnUrl": FAR})
    declared = administrator.post("/home/login-declare.view", form={**DECLARED, "returnUrl": FAR})
    for answer in (stopped, declared):
        assert answer.status in {302, 303}
        assert "xxx" not in answer.header("Location")


def test_who_asks_for_an_address_too_long_is_led_to_declare_and_to_sign_in_all_the_same(site, client, admin):
    page = FAR.removeprefix(CONTEXT_PATH)
    demand(site, "/home")
    as_guest = client.get(page.replace("/home/project-begin", "/home/login-declare"))
    sign_in(client, ADMIN)
    undeclared = client.get(page)
    assert (as_guest.status, undeclared.status) == (302, 302)
    assert "login-login.view" in as_guest.header("Location")
    assert "login-declare.view" in undeclared.header("Location")


@pytest.mark.parametrize("page", ["login-declare", "security-externalToolsView"])
def test_page_of_many_keys_asks_the_database_no_more_often_than_of_one(site, administrator, admin, page):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    demand(site, "/home")
    declare(administrator, **DECLARED)
    asked = []
    for _ in range(2):
        issue(site, admin)
        administrator.get(f"/home/{page}.view")
        with CaptureQueriesContext(connection) as statements:
            assert administrator.get(f"/home/{page}.view").status == 200
        asked.append(len(statements))
    assert asked[0] == asked[1] > 0
