"""Attack: an answer that was seen on its way, posted again, elsewhere, or twice at once; a handle that was stolen."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.providers.saml_surgery import changed, signed_anew
from tests.providers.saml_visits import ANALYST, asked, configured, expect_refused, follow, post, refusals, sign_in, who
from tests.site import Client


@pytest.fixture
def row(site, campus, ana):
    return configured(site, campus)


@pytest.fixture
def posted(client, campus, row):
    """A journey that was finished, and what was posted on it."""
    request = asked(client, campus, row)
    xml = campus.answer(request)
    follow(client, post(client, row, xml, request.relay_state))
    assert who(client) == ANALYST
    return xml, request


def test_answer_works_once_in_any_browser(client, front, campus, row, posted):
    xml, request = posted
    thief = Client(front)
    expect_refused(thief, post(thief, row, xml, request.relay_state), "was used before")


def test_assertion_works_once_in_a_response_of_another_id_and_journey(front, campus, row):
    first, second = Client(front), Client(front)
    request = asked(first, campus, row)
    xml = campus.answer(request, sign_response=False)
    follow(first, post(first, row, xml, request.relay_state))
    other = asked(second, campus, row)
    answer = post(second, row, changed(xml, ".", ID="_other", InResponseTo=other.id), other.relay_state)
    expect_refused(second, answer, "A valid SubjectConfirmation was not found")


def test_of_two_posts_at_once_one_is_taken(client, front, campus, row):
    request = asked(client, campus, row)
    xml = campus.answer(request)
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda _: closing(post, client, row, xml, request.relay_state), range(2)))
    from keyhouse.signin.models import Spent

    assert Spent.objects.count() == 1
    assert len(refusals()) == 1 and "was used before" in refusals()[0]


def closing(function, *arguments):
    from django.db import connections

    try:
        return function(*arguments)
    finally:
        connections.close_all()


def test_answer_to_the_journey_of_one_browser_signs_nobody_in_in_another(front, campus, row):
    """Login CSRF: the attacker has the victim's browser post the attacker's own answer."""
    attacker, victim = Client(front), Client(front)
    request = asked(attacker, campus, row)
    answer = follow(victim, post(victim, row, campus.answer(request), request.relay_state))
    assert answer.status == 403 and "not begun in this browser" in answer.text
    assert who(victim) == "guest"


def test_answer_to_one_journey_finishes_no_other_of_the_same_browser(client, campus, row):
    first, second = asked(client, campus, row), asked(client, campus, row)
    answer = follow(client, post(client, row, campus.answer(first), second.relay_state))
    assert answer.status == 403
    assert "this browser's request was another one" in refusals()[-1]


def test_stolen_handle_is_of_no_use_in_another_browser_and_works_once(client, front, campus, row):
    request = asked(client, campus, row)
    led = post(client, row, campus.answer(request), request.relay_state)
    thief = Client(front)
    assert follow(thief, led).status == 403
    assert who(thief) == "guest"
    assert follow(client, led).status == 403
    assert who(client) == "guest"


def test_handle_is_kept_as_a_digest_beside_a_sealed_payload(client, campus, row):
    from keyhouse.signin.models import HandedOver

    request = asked(client, campus, row)
    led = post(client, row, campus.answer(request), request.relay_state)
    handle = led.header("Location").partition("handle=")[2]
    kept = HandedOver.objects.get()
    assert handle not in kept.digest + kept.payload
    assert ANALYST not in kept.payload


def test_session_before_the_sign_in_is_left_at_it(client, campus, row):
    client.get("/login-login.view")
    asked(client, campus, row)
    planted = client.cookies["JSESSIONID"]
    sign_in(client, campus, row)
    assert client.cookies["JSESSIONID"] != planted


def test_assertion_is_remembered_as_long_as_it_would_be_valid(client, campus, row, posted):
    from datetime import timedelta

    from keyhouse.signin import spent
    from keyhouse.signin.models import Spent

    [remembered] = Spent.objects.all()
    spent.forget_expired(remembered.expires_at - timedelta(seconds=1))
    assert Spent.objects.exists()


def test_in_response_to_of_an_unsigned_response_is_not_believed(front, site, campus, row):
    """An assertion that nobody asked for, in a response that names the journey of the attacker."""
    row.settings = {**row.settings, "allows_idp_initiated": True}
    row.save()
    attacker = Client(front)
    request = asked(attacker, campus, row)
    xml = campus.answer(request, sign_response=False, sign_assertion=False)
    data = "saml:Assertion/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
    unasked = signed_anew(campus, changed(xml, data, InResponseTo=None))
    expect_refused(attacker, post(attacker, row, unasked, request.relay_state), "the response answers")
