"""Passwords: reset by mail, and changed by who knows the old one."""

import re
from pathlib import Path

import pytest

from tests.console.pages import ANALYST, sign_in, submit, words
from tests.site import PASSWORD, Client

NEW = "seven green herons waiting"


def mailed_link(site):
    mail = "".join(file.read_text() for file in Path(site.boot.data / "mail").iterdir()).replace("=\n", "")
    return re.search(r"(/login-setPassword\.view\?\S+)", mail).group(1)


def ask(client, email):
    client.get("/login-resetPassword.view")
    return submit(client, "/login-resetPassword.view", email=email)


def choose(client, link, first=NEW, second=NEW):
    client.get(link)
    fields = dict(part.split("=", 1) for part in link.partition("?")[2].split("&"))
    return submit(client, "/login-setPassword.view", password1=first, password2=second, **fields)


def test_the_link_of_the_mail_sets_a_password_once(client, site, analyst):
    ask(client, ANALYST)
    link = mailed_link(site)
    assert choose(client, link).status == 303
    assert sign_in(client, ANALYST, PASSWORD).status == 401
    assert sign_in(client, ANALYST, NEW).status == 303
    assert "used already or has expired" in words(client.get(link))


def test_asking_for_an_unknown_address_reads_the_same_and_sends_nothing(client, site, analyst):
    known, unknown = ask(client, ANALYST), ask(client, "nobody@example.org")
    assert words(known) == words(unknown)
    assert len(list((site.boot.data / "mail").iterdir())) == 1


def test_the_page_says_where_the_mail_is_and_no_path_of_the_server(client, site, analyst):
    answer = ask(client, ANALYST)
    assert "a file in the folder mail of the server's data directory" in words(answer)
    assert str(site.boot.data) not in answer.text


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("", "", "You must enter a password."),
        (NEW, "", "You must confirm"),
        (NEW, "x", "didn't match"),
        ("a1", "a1", "short"),
    ],
)
def test_a_password_that_will_not_do_says_why_and_keeps_the_link_alive(client, site, analyst, first, second, said):
    ask(client, ANALYST)
    link = mailed_link(site)
    answer = choose(client, link, first, second)
    assert answer.status == 400
    assert said in words(answer)
    assert choose(client, link).status == 303


@pytest.mark.parametrize("query", ["", "?uid=1&key=x", "?uid=%ff&key=", "?uid=zzzzzzzzzzzzzzzzzzzz&key=a-b"])
def test_a_made_up_link_asks_for_a_new_one(client, analyst, query):
    assert "Ask for a new link" in words(client.get(f"/login-setPassword.view{query}"))


def change(client, old=PASSWORD, first=NEW, second=NEW):
    return submit(client, "/login-changePassword.view", oldpassword=old, password1=first, password2=second)


def test_a_changed_password_keeps_this_browser_and_signs_out_the_others(front, analyst):
    here, there = Client(front), Client(front)
    sign_in(here, ANALYST)
    sign_in(there, ANALYST)
    assert change(here).status == 303
    assert here.get("/login-whoAmI.api").json["email"] == ANALYST
    assert there.get("/login-whoAmI.api").json["email"] == "guest"
    assert sign_in(Client(front), ANALYST, NEW).status == 303


def test_a_wrong_old_password_changes_nothing(client, front, analyst):
    sign_in(client, ANALYST)
    answer = change(client, old="wrong")
    assert "This is not your current password." in words(answer)
    assert 'aria-invalid="true"' in answer.text
    assert sign_in(Client(front), ANALYST, PASSWORD).status == 303


def test_a_weak_new_password_is_refused_with_the_reason(client, analyst):
    sign_in(client, ANALYST)
    answer = change(client, first="password", second="password")
    assert answer.status == 400
    assert "too common" in words(answer)
