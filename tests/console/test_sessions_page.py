"""Browser Sessions: an administrator finds who is signed in, and ends one session or all of a person."""

import pytest

from tests.console.pages import ADMIN, ANALYST, sign_in, submit, words
from tests.session_keys import Browser
from tests.site import Client, set_site

PAGE = "/user-showSessions.view"
WHO = "/login-whoAmI.api"


@pytest.fixture
def office(client, admin):
    sign_in(client, ADMIN)
    return client


@pytest.fixture
def browsers(front, analyst):
    made = [Client(front, address="192.0.2.1"), Client(front, address="192.0.2.2")]
    for each in made:
        sign_in(each, ANALYST)
    return made


def emails(browsers):
    return [each.get(WHO).json["email"] for each in browsers]


def events(kind):
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))


def test_everybody_who_is_signed_in_is_listed_and_that_is_in_the_log(office, browsers):
    page = words(office.get(PAGE))
    assert page.count(ANALYST) == 2 and ADMIN in page and "192.0.2.1" in page
    assert events("sessions read")[-1].comment == "3 of 3 browser sessions were listed."


def test_a_person_is_found(office, browsers):
    page = words(office.get(PAGE, q="ANALYST@"))
    assert "192.0.2.2" in page and "127.0.0.1" not in page
    assert "Nobody whose e-mail or name contains" in words(office.get(PAGE, q="nobody@"))


def test_one_session_is_ended_and_the_log_says_by_whom(office, browsers):
    from keyhouse.sessions.models import BrowserSession

    session = BrowserSession.objects.get(address="192.0.2.1").public_id
    assert submit(office, PAGE, session=session).header("Location").endswith("said=session-ended")
    assert emails(browsers) == ["guest", ANALYST]
    event = events("session ended")[-1]
    assert (event.user, event.details["why"], event.details["sessionId"]) == (ADMIN, "an administrator", session)


def test_all_sessions_of_a_person_are_ended_after_asking(office, browsers, analyst):
    asked = submit(office, PAGE, do="end-all", userId=analyst.id)
    assert f"Sign {ANALYST} out of every browser?" in words(asked)
    assert emails(browsers) == [ANALYST, ANALYST]
    submit(office, PAGE, do="end-all", userId=analyst.id, confirmed="1")
    assert emails(browsers) == ["guest", "guest"]


def test_only_who_manages_users_sees_the_list(browsers):
    assert browsers[0].get(PAGE).status == 403


def test_who_manages_users_does_not_sign_a_site_administrator_out(site, front, client, admin):
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role
    from tests.site import OPERATOR, PASSWORD

    helper = site.users.add("helper@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.APPLICATION_ADMINISTRATOR, helper, helper.email, folders.root(), OPERATOR)
    boss = Client(front)
    sign_in(boss, ADMIN)
    sign_in(client, helper.email)
    answer = submit(client, PAGE, do="end-all", userId=admin.id, confirmed="1")
    assert "Only a site administrator may change an account" in words(answer)
    assert emails([boss]) == [ADMIN]


@pytest.mark.parametrize("fields", [{"do": "end-all", "userId": "x"}, {"do": "end-all"}, {"session": "nothing"}, {}])
def test_what_is_not_there_is_not_ended(office, browsers, fields):
    submit(office, PAGE, **fields)
    assert emails(browsers) == [ANALYST, ANALYST]


def test_session_keys_are_listed_and_ended_one_by_one_and_the_owner_reads_that_it_was_revoked(site, office, browsers):
    from keyhouse.keys.models import SessionKey

    set_site(site, allowSessionKeys=True)
    first = Browser(browsers[0])
    one, other = first.key("nightly report"), first.key()
    assert "nightly report" in words(office.get(PAGE, q=ANALYST)) and one[4:16] in office.get(PAGE).text
    row = SessionKey.objects.get(key_id=one[4:16]).pk
    assert submit(office, PAGE, do="end-keys", sessionKey=row).header("Location").endswith("said=session-key-ended")
    assert (first.reason(one), first.reason(other)[0]) == ((401, "key_revoked"), 200)
    assert events("key revoked")[-1].user == ADMIN
    assert submit(office, PAGE, do="end-keys").header("Location").endswith("said=none-selected")
