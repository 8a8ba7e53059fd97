"""Attack: send somebody's browser here with an answer that nobody asked for, so that it acts as the attacker."""

import pytest

from tests.providers.saml_idp import Asked
from tests.providers.saml_visits import ANALYST, asked, configured, expect_refused, follow, post, who
from tests.site import Client


def unasked(client, campus, row, **how):
    """Return an answer to no request, as a tile on the provider's own page sends it."""
    request = asked(Client(client.front), campus, row)
    nobody = Asked("", request.acs, request.entity_id, False, "", ())
    return campus.answer(nobody, in_response_to=None, **how)


@pytest.fixture
def open_row(site, campus, ana):
    return configured(site, campus, allows_idp_initiated=True)


def test_answer_that_nobody_asked_for_is_refused_by_default(client, site, campus, ana):
    row = configured(site, campus)
    expect_refused(client, post(client, row, unasked(client, campus, row)), "sent unasked")


def test_where_it_is_allowed_the_person_is_asked_first(client, campus, open_row):
    page = follow(client, post(client, open_row, unasked(client, campus, open_row)))
    assert page.status == 200
    assert f"Sign in as {ANALYST}?" in page.text
    assert who(client) == "guest"


def handle_in(answer):
    return answer.header("Location").partition("handle=")[2]


def test_person_who_says_yes_is_signed_in_once(client, campus, open_row):
    led = post(client, open_row, unasked(client, campus, open_row))
    follow(client, led)
    form = {"configuration": open_row.id, "handle": handle_in(led)}
    assert client.post("/saml-finish.view", form=form).status == 303
    assert who(client) == ANALYST
    again = Client(client.front)
    again.get("/login-login.view")
    assert again.post("/saml-finish.view", form=form).status == 403
    assert who(again) == "guest"


def test_foreign_page_cannot_say_yes_for_the_person(client, campus, open_row):
    led = post(client, open_row, unasked(client, campus, open_row))
    follow(client, led)
    form = {"configuration": open_row.id, "handle": handle_in(led)}
    assert client.post("/saml-finish.view", form=form, csrf=False).status == 401
    assert client.post("/saml-finish.view", {"sec-fetch-site": "cross-site"}, form=form).status == 401
    assert client.request("HEAD", "/saml-finish.view", query=form).status == 200
    assert who(client) == "guest"


def test_page_that_asks_cannot_be_framed(client, campus, open_row):
    page = follow(client, post(client, open_row, unasked(client, campus, open_row)))
    assert "frame-ancestors 'none'" in page.header("Content-Security-Policy")


@pytest.mark.parametrize(
    ("state", "target"),
    [
        ("/labkey/home/project-begin.view?x=1", "/labkey/home/project-begin.view?x=1"),
        ("https://evil.example/", "/labkey/home/project-begin.view"),
        ("//evil.example/", "/labkey/home/project-begin.view"),
        ("/elsewhere", "/labkey/home/project-begin.view"),
    ],
)
def test_where_it_leads_on_to_is_on_this_site(client, campus, open_row, state, target):
    led = post(client, open_row, unasked(client, campus, open_row), state)
    follow(client, led)
    answer = client.post("/saml-finish.view", form={"configuration": open_row.id, "handle": handle_in(led)})
    assert answer.header("Location") == target


def test_answer_that_nobody_asked_for_works_once_too(client, campus, open_row):
    xml = unasked(client, campus, open_row)
    assert post(client, open_row, xml).status == 303
    expect_refused(client, post(client, open_row, xml), "was used before")
