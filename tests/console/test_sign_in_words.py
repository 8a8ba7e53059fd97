"""How each session began and each key was made stands where people look: lists, log, and what programs are told."""

import pytest

from tests.console.pages import submit, words
from tests.providers.made_up import TWO_FACTORS, configured, sign_in_at, stand_in
from tests.session_keys import Browser
from tests.site import OPERATOR, Client, issue, set_site, sign_in

ADMIN = "admin@example.org"
WORDS = "University SSO · two factors"


@pytest.fixture
def desk(monkeypatch, site, client, admin):
    """The administrator's browser, signed in through the university with two factors."""
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    stand_in(monkeypatch, site).says(subject="the administrator", email=ADMIN, **TWO_FACTORS)
    sign_in_at(client, configured())
    return client


def made_key(client):
    return client.post("/security-createApiKey.api", json={"type": "apikey"}).json["apikey"]


@pytest.mark.parametrize("path", ["/user-mySessions.view", "/user-showSessions.view"])
def test_lists_of_sessions_say_how_each_began(front, desk, path):
    sign_in(Client(front), ADMIN)
    said = words(desk.get(path))
    assert WORDS in said
    assert "A password · one factor" in said
    assert 'title="password, one-time code"' in desk.get(path).text


@pytest.mark.parametrize(
    "path", ["/security-externalToolsView.view", "/query-executeQuery.view?schemaName=core&query.queryName=APIKeys"]
)
def test_lists_of_keys_say_after_which_sign_in_each_was_made(site, desk, admin, path):
    made_key(desk)
    issue(site, admin)
    said = words(desk.get(path))
    assert WORDS in said
    assert "not recorded" in said


def test_keys_are_filtered_by_who_signed_their_makers_in(site, desk, admin):
    made_key(desk)
    issue(site, admin, description="made at the command line")
    path = "/query-executeQuery.view?schemaName=core&query.queryName=APIKeys&query.Provider~contains=University"
    assert "made at the command line" not in words(desk.get(path))
    assert WORDS in words(desk.get(path))


def test_the_columns_of_keys_that_clients_read_stay_as_they_were(desk):
    found = desk.get("/query-selectRows.api", schemaName="core", **{"query.queryName": "APIKeys"}).json
    assert "Provider" not in {each["name"] for each in found["metaData"]["fields"]}


def test_session_keys_show_the_sign_in_of_their_session(desk):
    Browser(desk).key()
    assert WORDS in words(desk.get("/security-externalToolsView.view")).partition("Session Keys")[2]


def test_the_log_shows_how_and_is_narrowed_to_a_level(front, desk):
    weak = Client(front)
    sign_in(weak, ADMIN)
    weak.get("/home/query-getSchemas.api")
    assert "University SSO · two factors (password, one-time code)" in words(desk.get("/audit-showAuditLog.view"))
    sure = words(desk.get("/audit-showAuditLog.view", level="twoFactors"))
    assert "signed in through University SSO" in sure
    assert "signed in with a password" not in sure
    one = words(desk.get("/audit-showAuditLog.view", level="oneFactor"))
    assert "signed in with a password" in one
    assert "through University SSO" not in one
    assert "was added" in words(desk.get("/audit-showAuditLog.view", level="unknown")).lower()


def test_programs_are_told_how_the_person_behind_them_had_signed_in(site, front, desk, admin):
    keys = made_key(desk), Browser(desk).key()
    for key in keys:
        told = Client(front, keeps_cookies=False).get("/login-whoAmI.api", {"apikey": key}).json
        assert list(told)[-1] == "signedIn"
        said = told["signedIn"]
        assert (said["provider"], said["methods"], said["assurance"]) == (
            "University SSO",
            ["pwd", "otp"],
            "twoFactors",
        )
    unknown = Client(front, keeps_cookies=False).get("/login-whoAmI.api", {"apikey": issue(site, admin)}).json
    assert "signedIn" not in unknown


def test_the_page_of_demands_offers_the_levels_and_says_whom_one_shuts_out(front, desk, site):
    from keyhouse.audit.models import AuditEvent

    weak = Client(front)
    sign_in(weak, ADMIN)
    page = "/home/admin-folderDemands.view"
    assert "With two factors, phishing-resistant" in words(desk.get(page))
    asked = submit(desk, page, do="save", assurance="phishingResistant")
    assert "Level of the sign-in: not demanded → two factors, phishing-resistant" in words(asked)
    assert "Your own session is among them." in words(asked)
    asked = submit(desk, page, do="save", assurance="twoFactors")
    assert "1 browser session and 0 API keys that live now were begun or made after a weaker sign-in" in words(asked)
    assert "Your own session" not in words(asked)
    confirmed = asked.text.partition('name="confirmed" value="')[2].partition('"')[0]
    assert submit(desk, page, do="save", assurance="twoFactors", confirmed=confirmed).status == 303
    event = AuditEvent.objects.filter(kind="demand changed").latest("sequence")
    assert (event.details["old"], event.details["new"]) == ({"assurance": 0}, {"assurance": 2})
    assert weak.get("/home/query-getSchemas.api").json["reason"] == "sign_in_level"


def test_a_level_that_is_not_there_is_refused_by_the_form(desk):
    assert "Choose one of the levels" in words(submit(desk, "/home/admin-folderDemands.view", do="save", assurance="x"))


def test_a_folder_below_says_which_level_is_demanded_above(site, desk):
    from keyhouse.authz import folders
    from keyhouse.core.assurance import Assurance
    from keyhouse.declarations.demands import OwnDemand

    site.folders.add("/home/study", OPERATOR)
    site.demands.change(folders.find("/home"), OwnDemand(assurance=Assurance.TWO_FACTORS), OPERATOR)
    said = words(desk.get("/home/study/admin-folderDemands.view"))
    assert "A sign-in with two factors, or surer" in said
    assert "From above, two factors is demanded in any case." in said


def test_a_key_that_is_too_weak_for_a_folder_is_shown_as_suspended(site, desk, admin):
    from keyhouse.authz import folders
    from keyhouse.core.assurance import Assurance
    from keyhouse.declarations.demands import OwnDemand

    issue(site, admin)
    site.demands.change(folders.find("/home"), OwnDemand(assurance=Assurance.TWO_FACTORS), OPERATOR)
    said = words(desk.get("/security-externalToolsView.view"))
    assert "suspended" in said
    assert "by a new key, after a surer sign-in" in said
