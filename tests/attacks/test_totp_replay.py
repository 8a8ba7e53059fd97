"""Attack: a one-time code that was looked over the shoulder, or caught by a look-alike page, is used once more."""

import json
import subprocess
import sys
from pathlib import Path

from tests.second_factors import SET_UP, app_on, begin, forget_used_codes, show, who, with_app
from tests.site import Client, sign_in


def test_a_code_is_used_once(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    code = app.code(site.clock())
    first, second = begin(front, analyst), begin(front, analyst)
    assert show(first, code).status == 303
    assert show(second, code).status == 403
    assert who(second) == "guest"


def test_a_code_is_not_used_again_in_another_spelling(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    code = app.code(site.clock())
    assert show(begin(front, analyst), code).status == 303
    assert show(begin(front, analyst), f"{code[:3]} {code[3:]}").status == 403


def test_an_older_code_is_refused_after_a_newer_one(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    forget_used_codes()
    assert show(begin(front, analyst), app.code(site.clock(), 1)).status == 303
    for ahead in (-1, 0, 1):
        assert show(begin(front, analyst), app.code(site.clock(), ahead)).status == 403


def test_the_code_that_set_the_app_up_does_not_sign_in(site, front, client, analyst):
    sign_in(client, analyst.email)
    app = app_on(client.get(SET_UP))
    code = app.code(site.clock())
    assert client.post(SET_UP, form={"code": code}).status == 303
    assert show(begin(front, analyst), code).status == 403


def test_a_cache_that_forgot_everything_forgets_no_code(site, front, analyst):
    from django.core.cache import cache

    app, _ = with_app(site, front, analyst)
    code = app.code(site.clock())
    assert show(begin(front, analyst), code).status == 303
    cache.clear()
    assert show(begin(front, analyst), code).status == 403


def test_of_many_with_the_same_code_at_once_one_gets_in(site, front, analyst):
    from tests.attacks.at_once import at_once

    app, _ = with_app(site, front, analyst)
    clients = [begin(front, analyst) for _ in range(6)]
    code = app.code(site.clock())
    statuses = at_once(lambda each: show(each, code).status, clients)
    assert sorted(statuses) == [303] + [403] * 5
    assert [who(each) for each in clients].count(analyst.email) == 1


def test_it_is_so_on_postgresql_too(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.attacks.same_code_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    once = [303] + [403] * 5
    assert json.loads(done.stdout) == {"totp": once, "recovery": once}


def test_a_fresh_sign_in_wants_a_code_that_was_not_used(site, front, analyst):
    from datetime import timedelta

    from keyhouse.sessions.models import BrowserSession

    app, _ = with_app(site, front, analyst)
    client, code = begin(front, analyst), app.code(site.clock())
    assert show(client, code).status == 303
    BrowserSession.objects.update(proved_at=site.clock() - timedelta(hours=1))
    client.post("/login-reauthenticate.view", form={"password": "correct horse battery"})
    assert show(client, code).status == 403
    assert "login-reauthenticate.view" in client.get(SET_UP).header("Location")
    forget_used_codes()
    assert show(client, app.code(site.clock(), 1)).status == 303
    assert client.get(SET_UP).status == 200


def test_codes_are_refused_to_who_has_shown_no_password(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    client = Client(front)
    client.get("/login-whoAmI.api")
    answer = show(client, app.code(site.clock()))
    assert answer.status == 303 and "login-login.view" in answer.header("Location")
    assert who(client) == "guest"
