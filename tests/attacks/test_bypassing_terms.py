"""Attack: reach data of a folder without declaring what it demands, by another envelope, action or folder."""

from base64 import b64encode

import pytest

from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in

ADMIN = "admin@example.org"
LIST = {"schemaName": "lists", "queryName": "patients"}
SECRET = "Jane Doe"

BEFORE_DECLARING = {
    *("login-whoami", "login-csrf", "security-ensurelogin", "login-isagreeonlyapi"),
    *("login-login", "login-showlogin", "login-loginapi", "login-logout", "login-logoutapi", "login-signedout"),
    *("login-reauthenticate", "login-resume"),
    *("login-ssoredirect", "login-mysignin", "login-startlinking", "login-linkidentity"),
    *("login-register", "login-confirmregistration"),
    *("login-getloginmechanismsapi", "login-getregistrationconfigapi"),
    *("login-setpassword", "login-resetpassword", "login-changepassword"),
    *("login-secondfactor", "login-secondfactorprompt", "login-secondfactors", "login-recoverycodes"),
    *("login-setuptotp", "login-setuppasskey", "login-passkey", "login-passkeyoptions"),
    *("cas-validate", "duo-validate"),
    *("saml-validate", "saml-finish", "saml-metadata", "saml-logout"),
    *("login-stopimpersonating", "login-stopimpersonatingapi", "user-acting", "user-mysessions"),
    *("login-declare", "login-agreetoterms", "login-declarations", "user-declarations"),
    *("login-gettermsofuseapi", "login-accepttermsofuseapi"),
    *("admin-phimarks", "admin-folderdemands", "admin-termsofuse", "admin-termsversion", "admin-compareterms"),
    *("device-authorize", "device-token", "device-cancel"),
    *("oidc-validate", "oidc-backchannellogout"),
    # Of accounts only, to who may provision them.
    "scim-v2",
    # Files ask in the folder that they are in: below.
    "webdav-files",
}
"""All that may be asked before one has declared. Whatever is added here shows no data, or asks by itself."""


@pytest.fixture
def lab(site, front, admin):
    """The folder /study, which demands a purpose, with a row and a file; the row's list is shown in every folder, and a
    list of /open looks into /study.
    """
    from keyhouse.authz import folders
    from keyhouse.declarations.demands import OwnDemand

    for path in ("/study", "/open"):
        site.folders.add(path, OPERATOR)
    key = {"apikey": issue(site, admin)}
    fields = [{"name": "Key", "rangeURI": "int"}, {"name": "name", "rangeURI": "string"}]
    lookup = {"lookupSchema": "lists", "lookupQuery": "patients", "lookupContainer": "/study"}
    visit = [*fields, {"name": "patient", "rangeURI": "int", **lookup}]
    client = Client(front, keeps_cookies=False)
    for folder, name, columns in (("/Shared", "patients", fields), ("/open", "visits", visit)):
        made = {"kind": "IntList", "domainDesign": {"name": name, "fields": columns}, "options": {"keyName": "Key"}}
        assert client.post(f"{folder}/property-createDomain.api", key, json=made).status == 200
    rows = {**LIST, "rows": [{"name": SECRET}]}
    assert client.post("/study/query-insertRows.api", key, json=rows).status == 200
    rows = {"schemaName": "lists", "queryName": "visits", "rows": [{"name": "first", "patient": 1}]}
    assert client.post("/open/query-insertRows.api", key, json=rows).status == 200
    assert client.request("PUT", "/_webdav/study/@files/notes.txt", key, body=SECRET.encode()).status == 201
    site.demands.change(folders.find("/study"), OwnDemand(wants_purpose=True), OPERATOR)
    return key


@pytest.fixture
def browser(front, admin):
    """The administrator of the site, signed in with a browser."""
    client = Client(front)
    sign_in(client, ADMIN)
    return client


def basic(user, password):
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def envelopes(site, front, admin, lab, browser):
    """Each way in which the administrator may come: a client, and the headers that it sends."""
    set_site(site, allowSessionKeys=True)
    session_key = browser.post("/security-createApiKey.api", form={"type": "session"}).json["apikey"]
    by_key, by_password = Client(front), Client(front)
    by_key.get("/login-whoAmI.api", lab)
    by_password.get("/login-whoAmI.api", basic(ADMIN, PASSWORD))
    bare = Client(front, keeps_cookies=False)
    return {
        "session cookie": (browser, {}),
        "API key": (bare, lab),
        "API key over Basic": (bare, basic("apikey", lab["apikey"])),
        "API key as Bearer": (bare, {"Authorization": f"Bearer {lab['apikey']}"}),
        "session key": (bare, {"apikey": session_key}),
        "cookie that a key opened": (by_key, {}),
        "cookie that a password opened": (by_password, {}),
        "password over Basic": (bare, basic(ADMIN, PASSWORD)),
        "nothing": (bare, {}),
    }


def is_refused(answer, is_guest=False):
    if is_guest:
        return answer.status == 401 or "login-login" in (answer.header("Location") or "")
    if answer.status == 302:
        return "/study/login-declare.view" in (answer.header("Location") or "")
    return answer.status == 401 and ("declaration_required" in answer.text or "login-declare" in answer.text)


def test_what_needs_no_declaration_is_this_and_no_more(site):
    assert {action.name for action in site.actions if action.ignores_declarations} == BEFORE_DECLARING


@pytest.mark.parametrize("name", ["session cookie", "API key", "session key", "nothing"])
def test_no_action_answers_an_administrator_who_has_not_declared(site, envelopes, name):
    client, headers = envelopes[name]
    through = []
    for action in site.actions:
        if action.ignores_declarations:
            continue
        method = "POST" if "POST" in action.methods else "GET"
        answer = client.request(method, f"/study/{action.name}.view", headers, form={})
        if not is_refused(answer, is_guest=name == "nothing"):
            through.append((action.name, answer.status))
    assert through == []


def test_rows_are_served_in_no_envelope_before_and_in_those_that_declared_after(site, browser, envelopes, lab):
    def served():
        return {
            name
            for name, (client, headers) in envelopes.items()
            if SECRET in client.post("/study/query-selectRows.api", headers, json=LIST).text
        }

    assert served() == set()
    declared = {"session cookie", "session key"}
    declare(site, browser)
    assert served() == declared
    declare(site, browser, lab["apikey"].split("_")[1])
    of_key = {"API key", "API key over Basic", "API key as Bearer", "cookie that a key opened"}
    assert served() == declared | of_key


@pytest.fixture
def ask(browser, lab):
    """Ask as the administrator's browser, in /open."""

    def asked(action, **body):
        return browser.post(f"/open/{action}.api", json={"schemaName": "lists", **body})

    return asked


@pytest.mark.parametrize(
    "how",
    [
        {"action": "query-selectRows", "queryName": "visits", "query.columns": "name,patient,patient/name"},
        {"action": "query-selectDistinct", "queryName": "visits", "query.columns": "patient/name"},
        {"action": "query-selectRows", **LIST, "containerFilter": "AllFolders"},
        {"action": "query-executeSql", "sql": "SELECT name FROM patients", "containerFilter": "AllFolders"},
        {"action": "query-executeSql", "sql": 'SELECT name FROM "/study".lists.patients'},
        {"action": "query-executeSql", "sql": "SELECT patient.name FROM visits"},
        {
            "action": "query-executeSql",
            "sql": 'SELECT (SELECT MAX(name) FROM "/study".lists.patients) AS x FROM visits',
        },
        {"action": "query-executeSql", "sql": f"SELECT '{SECRET}' AS x FROM visits WHERE patient.name LIKE 'Jane%'"},
    ],
    ids=["lookup", "distinct", "filter", "filter in SQL", "folder in SQL", "lookup in SQL", "subquery", "condition"],
)
def test_no_other_folder_leads_to_rows_before_one_has_declared(site, ask, browser, how):
    assert SECRET not in rows_of(ask(**how))
    # The same question is answered to who has declared: it was the declaration that lacked.
    declare(site, browser)
    assert SECRET in rows_of(ask(**how))


def rows_of(answer):
    """Return the rows of an answer as text: what was asked comes back in an error as well."""
    return str(answer.json.get("rows", answer.json.get("values", ""))) if answer.status == 200 else ""


def test_saved_query_of_an_open_folder_shows_nothing_of_the_demanding_one(site, browser, ask):
    made = {"queryName": "sneaky", "ff_queryText": 'SELECT name FROM "/study".lists.patients'}
    declare(site, browser)
    assert ask("query-saveSourceQuery", **made).status == 200
    asked = {"action": "query-selectRows", "queryName": "sneaky"}
    assert SECRET in rows_of(ask(**asked))
    browser.post("/login-logoutApi.api", form={})
    sign_in(browser, ADMIN)
    assert SECRET not in rows_of(ask(**asked))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PROPFIND", "PUT", "DELETE", "MKCOL", "COPY", "MOVE"])
def test_files_ask_what_their_folder_demands(site, browser, lab, method):
    there = {"Destination": "/labkey/_webdav/open/@files/notes.txt", "Depth": "0"}
    path = "/_webdav/study/@files/" + ("new" if method == "MKCOL" else "notes.txt")
    answer = Client(browser.front, keeps_cookies=False).request(method, path, {**lab, **there}, body=b"")
    assert answer.status == 401, method
    assert SECRET not in answer.text


def test_file_is_served_to_who_declared(site, browser, lab):
    declare(site, browser, lab["apikey"].split("_")[1])
    answer = Client(browser.front, keeps_cookies=False).get("/_webdav/study/@files/notes.txt", lab)
    assert answer.text == SECRET


def test_file_goes_into_no_folder_that_one_has_not_declared_for(browser, lab):
    client = Client(browser.front, keeps_cookies=False)
    assert client.request("PUT", "/_webdav/open/@files/mine.txt", lab, body=b"x").status == 201
    there = {"Destination": "/labkey/_webdav/study/@files/mine.txt"}
    assert client.request("COPY", "/_webdav/open/@files/mine.txt", {**lab, **there}).status == 401
    listing = client.post("/_webdav/study/@files", lab, form={"method": "JSON"})
    assert listing.status in {400, 401}
    assert client.request("POST", "/_webdav/study/@files?method=JSON", lab).status == 401


def test_rows_are_neither_moved_nor_written_over_folders_before_one_has_declared(front, lab):
    client = Client(front, keeps_cookies=False)
    command = {"command": "insert", **LIST, "containerPath": "/study", "rows": [{"name": "x"}]}
    assert client.post("/open/query-saveRows.api", lab, json={"commands": [command]}).status == 401
    moved = {**LIST, "rows": [{"Key": 1}], "targetContainerPath": "/open"}
    assert client.post("/study/query-moveRows.api", lab, json=moved).status == 401


@pytest.mark.parametrize("action", ["query-updateRows", "query-deleteRows", "query-saveRows"])
def test_row_is_not_reached_from_another_folder_by_its_key(site, browser, lab, action):
    client = Client(browser.front, keeps_cookies=False)
    row = {**LIST, "rows": [{"Key": 1, "name": "x"}]}
    sent = {"commands": [{"command": "update", **row}]} if action == "query-saveRows" else row
    answer = client.post(f"/open/{action}.api", lab, json=sent)
    assert SECRET not in answer.text
    declare(site, browser)
    assert SECRET in browser.post("/study/query-selectRows.api", json=LIST).text, "it is as it was"


def test_folder_is_not_moved_from_under_its_demand_unsaid(site, browser, lab):
    site.folders.add("/study/arm", OPERATOR)
    moved = browser.post("/core-moveContainer.api", json={"container": "/study/arm", "parent": "/open"})
    assert moved.status == 401
    assert "declaration_required" in moved.text


def test_cookie_of_a_page_that_declared_elsewhere_does_not_count_here(site, front, browser, envelopes):
    declare(site, browser)
    other = Client(front)
    sign_in(other, ADMIN)
    answer = other.post("/study/query-selectRows.api", json=LIST)
    assert is_refused(answer)


def declare(site, browser, *key_ids):
    """Declare a purpose for /study in the session of a browser, or for API keys."""
    from keyhouse.authz import folders
    from keyhouse.compliance.declaring import Declared
    from keyhouse.core.caller import Caller
    from keyhouse.core.decision import BROWSER_SESSION, Via
    from keyhouse.core.digests import digest
    from keyhouse.core.phi import PhiLevel
    from keyhouse.core.principal import Principal
    from keyhouse.declarations.entered import Entered
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.web.middleware import SESSION_COOKIE

    session = BrowserSession.objects.get(digest=digest(browser.cookies[SESSION_COOKIE]))
    user = session.user
    via = Via(BROWSER_SESSION, session_id=session.public_id)
    caller = Caller(Principal(user.id, user.email, user.display_name), via)
    study = folders.find("/study")
    made = site.declarations.declare(
        study, caller, Entered(purpose="Science"), PhiLevel.NOT_PHI, key_ids=key_ids, is_for_session=not key_ids
    )
    assert isinstance(made, Declared), made
