"""Scripts with a session key in a netrc file, while a real browser changes what its session stands for."""

import json
import subprocess
from datetime import timedelta

import pytest
from labkey.api_wrapper import APIWrapper
from labkey.exceptions import RequestAuthorizationError

from tests.browsers.clocked import ClockedSite
from tests.browsers.prepare import ADMIN, ANALYST, FOLDER, PASSWORD
from tests.browsers.prepare_regulated import IRB_NUMBER, PURPOSE

STUDY = FOLDER.removeprefix("/")


@pytest.fixture(scope="module", params=[1, 3], ids=["one worker", "three workers"])
def clocked(browser, request, tmp_path_factory):
    with ClockedSite(tmp_path_factory.mktemp("clocked") / "data", request.param) as site:
        yield site


@pytest.fixture
def page(clocked, browser):
    clocked.set_clock(timedelta())
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
    clocked.set_clock(timedelta())


class Script:
    """curl and the official Python client, both with nothing but a netrc file."""

    def __init__(self, site, key, folder, monkeypatch):
        self.site = site
        self.netrc = folder / "netrc"
        self.netrc.write_text(f"machine 127.0.0.1 login apikey password {key}\n")
        self.netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(self.netrc))

    def curl(self, action, folder="home", **query):
        asked = [part for name, value in query.items() for part in ("--data-urlencode", f"{name}={value}")]
        url = f"{self.site.url}/{folder.replace(' ', '%20')}/{action}"
        done = ["curl", "-sS", "-i", "--get", "--netrc-file", self.netrc, *asked, url]
        head, _, body = subprocess.run(done, capture_output=True, text=True, check=True).stdout.partition("\n\n")
        return int(head.split()[1]), head.lower(), json.loads(body)

    def whoami(self):
        return self.curl("login-whoAmI.api")

    def rows(self, columns="patient_id,age", **how):
        client = APIWrapper(f"127.0.0.1:{self.site.port}", STUDY, "labkey", use_ssl=False)
        return client.query.select_rows("clinical", "patients", columns=columns, max_rows=3, **how)["rows"]


def enter(page, site, email):
    """Sign in; what the folder of the first page demands is asked at once."""
    page.goto(f"{site.url}/login-login.view")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home/login-declare.view*")


def declare(page, site, level):
    page.goto(f"{site.url}/{STUDY}/login-declare.view")
    terms = page.get_by_label("I have read these terms and accept them")
    if not terms.is_checked():
        terms.check()
    page.get_by_label("Purpose").select_option(PURPOSE)
    page.get_by_label("IRB number").fill(IRB_NUMBER)
    page.get_by_label(level, exact=True).check()
    page.get_by_label("Your name").fill("Ana Lyst")
    page.locator("form.stack button[type=submit]").click()
    page.wait_for_url(lambda url: "login-declare" not in url)


def session_key(page, site):
    page.goto(f"{site.url}/security-externalToolsView.view")
    page.get_by_role("button", name="Generate Session Key").click()
    return page.get_by_label("Session key", exact=True).input_value()


def post(page, site, action, folder="home", **form):
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "X-LABKEY-CSRF")
    answer = page.request.post(f"{site.url}/{folder}/{action}", headers={"X-LABKEY-CSRF": token}, form=form)
    assert answer.ok, answer.text()
    return answer.json()


@pytest.fixture
def analyst(page, clocked, tmp_path, monkeypatch):
    """An analyst who has signed in and declared, and a script with a session key of that session."""
    enter(page, clocked, ANALYST)
    declare(page, clocked, "Not PHI")
    return Script(clocked, session_key(page, clocked), tmp_path, monkeypatch)


def test_a_script_sees_the_phi_level_that_the_browser_has_declared_at_that_moment(page, clocked, analyst):
    assert [set(row) for row in analyst.rows()] == [{"patient_id"}] * 3
    declare(page, clocked, "Full PHI")
    assert [set(row) for row in analyst.rows()] == [{"patient_id", "age"}] * 3
    declare(page, clocked, "Limited PHI")
    status, _, body = analyst.curl(
        "query-selectRows.api", STUDY, schemaName="clinical", **{"query.queryName": "patients"}
    )
    assert status == 200
    assert "age" not in [field["name"] for field in body["metaData"]["fields"]]


def test_the_log_tells_what_was_declared_when_a_script_read_rows(clocked, analyst):
    analyst.rows(columns="patient_id")
    line = [
        event
        for event in events(clocked)
        if event["kind"] == "data read" and event["key_id"] and event["query"] == "patients"
    ][-1]
    assert line["user"] == ANALYST
    declared = {name: line["details"][name] for name in ("purpose", "irbNumber", "phiLevel")}
    assert declared == {"purpose": PURPOSE, "irbNumber": IRB_NUMBER, "phiLevel": "NotPHI"}
    assert [each["folder"] for each in line["details"]["terms"]] == ["/home"]


def events(site):
    command = [".venv/bin/keyhouse", "audit", "export", "--data", str(site.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_signing_out_in_the_browser_ends_the_script_at_once(page, clocked, analyst):
    assert analyst.whoami()[0] == 200
    post(page, clocked, "login-logoutApi.api")
    status, _, body = analyst.whoami()
    assert (status, body["reason"]) == (401, "session_ended")
    with pytest.raises(RequestAuthorizationError):
        analyst.rows()


def test_scripts_do_not_keep_a_session_alive_that_its_person_has_left(clocked, analyst):
    clocked.set_clock(timedelta(minutes=20))
    assert analyst.whoami()[0] == 200
    clocked.set_clock(timedelta(minutes=31))
    status, _, body = analyst.whoami()
    assert (status, body["reason"]) == (401, "session_ended")


def test_a_clock_that_steps_back_lengthens_no_session(clocked, analyst):
    clocked.set_clock(timedelta(hours=-2))
    assert analyst.whoami()[0] == 401
    clocked.set_clock(timedelta())
    assert analyst.whoami()[0] == 200


def test_a_session_key_outlives_a_restart_of_the_server(clocked, analyst):
    clocked.restart()
    assert [set(row) for row in analyst.rows()] == [{"patient_id"}] * 3


def test_a_session_key_follows_the_roles_that_the_browser_impersonates_and_ends_where_it_acts_as_a_user(
    page, clocked, tmp_path, monkeypatch
):
    enter(page, clocked, ADMIN)
    declare_terms(page, clocked)
    script = Script(clocked, session_key(page, clocked), tmp_path, monkeypatch)
    all_keys = {"schemaName": "core", "query.queryName": "APIKeys"}
    assert script.curl("query-selectRows.api", **all_keys)[0] == 200
    post(page, clocked, "user-impersonateRoles.api", roleNames="org.labkey.api.security.roles.ReaderRole")
    assert script.whoami()[2]["impersonated"] is True
    assert script.curl("query-selectRows.api", **all_keys)[0] == 404
    post(page, clocked, "login-stopImpersonatingApi.api")
    assert script.whoami()[2]["impersonated"] is False
    post(page, clocked, "user-impersonateUser.api", email=ANALYST)
    status, _, body = script.whoami()
    assert (status, body["reason"]) == (401, "key_revoked")
    post(page, clocked, "login-stopImpersonatingApi.api")


def declare_terms(page, site):
    page.goto(f"{site.url}/home/login-declare.view")
    page.get_by_label("I have read these terms and accept them").check()
    page.locator("form.stack button[type=submit]").click()
    page.wait_for_url(lambda url: "login-declare" not in url)
