"""What was declared goes along with a new key, and with no other; what lapses is not lengthened by it."""

from datetime import timedelta

import pytest

from tests.declarations.study import PURPOSE, declare, is_let_in, session_of
from tests.site import OPERATOR, Client, issue, set_site, sign_in


@pytest.fixture
def browser(front, analyst, study):
    """The analyst, signed in and declared for /study."""
    client = Client(front)
    sign_in(client, analyst.email)
    declare(client)
    return client


def test_key_issued_on_the_web_has_what_the_session_declared(site, browser):
    from keyhouse.declarations.models import Declaration

    set_site(site, allowApiKeys=True)
    text = browser.post("/home/security-createApiKey.api", form={"type": "apikey"}).json["apikey"]
    assert is_let_in(browser.front, text)
    own, copy = Declaration.objects.order_by("id")
    assert (copy.key.key_id, copy.purpose, copy.at) == (text.split("_")[1], PURPOSE, own.at)


def test_key_issued_before_one_declared_is_suspended_until_its_owner_declares_for_it(site, browser, analyst):
    text = issue(site, analyst)
    assert not is_let_in(browser.front, text)
    declare(browser, key_ids=[text.split("_")[1]])
    assert is_let_in(browser.front, text)


def test_key_for_somebody_else_has_nothing_of_who_issues_it(site, front, study, admin, analyst):
    from tests.declarations.study import caller_of

    client = Client(front)
    sign_in(client, admin.email)
    declare(client)
    issued = site.api_keys.issue(analyst, caller_of(client), -1)
    assert not is_let_in(front, issued.token.text)


def test_key_that_a_key_issues_has_what_was_declared_for_that_one(site, browser, analyst):
    set_site(site, allowApiKeys=True, apiKeysMayIssueKeys=True)
    first = issue(site, analyst)
    declare(browser, key_ids=[first.split("_")[1]])
    program = Client(browser.front, keeps_cookies=False)
    answer = program.post("/home/security-createApiKey.api", {"apikey": first}, form={"type": "apikey"})
    assert is_let_in(browser.front, answer.json["apikey"])


def test_rotation_takes_the_declaration_along_without_lengthening_it(site, browser, analyst, study, clock):
    from keyhouse.declarations.demands import OwnDemand

    set_site(site, allowApiKeys=True)
    site.demands.change(study, OwnDemand(wants_purpose=True, lapse_days=10), OPERATOR)
    old = issue(site, analyst)
    declare(browser, key_ids=[old.split("_")[1]])
    clock.forward(timedelta(days=9))
    new = Client(browser.front).post("/home/security-rotateApiKey.api", {"apikey": old}).json["apikey"]
    assert is_let_in(browser.front, new)
    clock.forward(timedelta(days=2))
    assert not is_let_in(browser.front, new)


def test_program_that_a_person_let_in_has_what_that_session_declared(site, browser, analyst):
    from keyhouse.keys.device_values import Asked
    from keyhouse.siteconfig import store
    from tests.declarations.study import caller_of

    set_site(site, allowApiKeys=True)
    started = site.device_logins.start(Asked(program="R", host_name="lab"), OPERATOR, "127.0.0.1")
    login = site.device_logins.find(started.user_code, caller_of(browser))
    assert site.device_logins.approve(login, caller_of(browser), "", None)
    issued = site.device_logins.collect(started.device_code, store.read(), OPERATOR)
    assert is_let_in(browser.front, issued.token.text)


def test_what_goes_along_is_in_the_log_with_the_key_in_one_transaction(site, browser, analyst, monkeypatch):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.declarations.kept import Kept
    from keyhouse.keys.models import ApiKey
    from tests.declarations.study import caller_of

    issued = site.api_keys.issue(analyst, caller_of(browser), -1)
    carried = AuditEvent.objects.get(kind="declaration carried")
    assert carried.details["declaredKeyId"] == issued.key.key_id
    assert (carried.details["purpose"], carried.session_id) == (PURPOSE, session_of(browser).public_id)
    monkeypatch.setattr(Kept, "copy", _fails)
    with pytest.raises(RuntimeError):
        site.api_keys.issue(analyst, caller_of(browser), -1)
    assert ApiKey.objects.count() == 1


def _fails(*_given):
    raise RuntimeError


def test_only_the_declaration_in_force_goes_along(site, browser, analyst):
    from keyhouse.declarations.models import Declaration
    from tests.declarations.study import caller_of

    declare(browser, purpose="Another purpose")
    issued = site.api_keys.issue(analyst, caller_of(browser), -1)
    assert [each.purpose for each in Declaration.objects.filter(key=issued.key)] == ["Another purpose"]
