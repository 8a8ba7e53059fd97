"""Each page opens for its audience, and is refused to everybody else."""

import pytest

from keyhouse.core.permissions import Role
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, words
from tests.site import OPERATOR, Client

CONSOLE = {
    "/admin-showAdmin.view": "Admin Console",
    "/admin-customizeSite.view": "Site Settings",
    "/login-configure.view": "Authentication",
    "/login-configuration.view?kind=cas": "New CAS configuration",
    "/user-showUsers.view": "Users",
    "/user-details.view?userId={admin}": "admin",
    "/security-groups.view": "Groups",
    "/security-group.view?id=-1": "Administrators",
    "/logger-manage.view": "Loggers",
    "/audit-showAuditLog.view": "Audit Log",
    "/admin-manageFolders.view": "Folders",
    "/security-permissions.view": "Permissions of /",
    "/home/security-permissions.view": "Permissions of /home",
    "/admin-termsOfUse.view": "Terms of use of the site",
    "/home/admin-termsOfUse.view": "Terms of use of the project home",
    "/home/admin-folderDemands.view": "What home demands",
    "/user-declarations.view?userId={admin}": "Declarations of admin",
    "/query-executeQuery.view?schemaName=core&query.queryName=APIKeys": "API Keys",
}
FOR_EVERYBODY_SIGNED_IN = {
    "/security-externalToolsView.view": "External Tool Access",
    "/login-changePassword.view": "Change your password",
    "/login-mySignIn.view": "My Sign-in",
    "/home/login-declare.view": "Nothing has to be declared here",
    "/login-declarations.view": "My declarations",
    "/device-approve.view?done=denied": "The program was refused",
    "/home/project-begin.view": "home",
}
FOR_GUESTS = {"/login-login.view": "Sign in", "/login-resetPassword.view": "Reset your password"}


@pytest.fixture
def people(admin, analyst):
    return {"admin": admin.id, "analyst": analyst.id}


@pytest.mark.parametrize("path", CONSOLE | FOR_EVERYBODY_SIGNED_IN)
def test_an_administrator_sees_the_page_with_one_heading(client, people, path):
    sign_in(client, ADMIN)
    answer = client.get(path.format(**people))
    assert answer.status == 200
    assert len(Controls(answer.text).all("h1")) == 1
    assert (CONSOLE | FOR_EVERYBODY_SIGNED_IN)[path] in words(answer)


@pytest.mark.parametrize("path", CONSOLE)
def test_an_analyst_is_refused_the_console(client, people, path):
    sign_in(client, ANALYST)
    answer = client.get(path.format(**people))
    assert answer.status == (404 if "APIKeys" in path else 403)
    assert len(Controls(answer.text).all("h1")) == 1


@pytest.mark.parametrize("path", FOR_EVERYBODY_SIGNED_IN)
def test_an_analyst_sees_the_pages_of_everybody(client, people, path):
    sign_in(client, ANALYST)
    assert client.get(path).status == 200


@pytest.mark.parametrize("path", [*CONSOLE, "/security-externalToolsView.view", "/login-changePassword.view"])
def test_a_guest_is_led_to_the_sign_in_page_and_back(client, people, path):
    if "APIKeys" in path:
        assert client.get(path).status == 404
        return
    answer = client.get(path.format(**people))
    assert answer.status == 302
    assert answer.header("Location").startswith("/labkey/login-login.view?returnUrl=")


@pytest.mark.parametrize("path", FOR_GUESTS)
def test_a_guest_sees_the_pages_for_signing_in(client, path):
    answer = client.get(path)
    assert answer.status == 200
    assert FOR_GUESTS[path] in words(answer)


@pytest.mark.parametrize("path", [*CONSOLE, *FOR_EVERYBODY_SIGNED_IN])
def test_a_form_without_the_token_changes_nothing(client, site, people, path):
    from keyhouse.audit.models import AuditEvent

    sign_in(client, ADMIN)
    before = AuditEvent.objects.count()
    answer = client.post(path.format(**people), form={"do": "reset", "email": "x@example.org", "name": "x"}, csrf=False)
    assert answer.status in {401, 405}
    assert AuditEvent.objects.count() == before


def test_a_troubleshooter_reads_the_console_and_changes_nothing(client, site, analyst):
    from keyhouse.authz.folders import root

    site.assignments.assign(Role.TROUBLESHOOTER, analyst, ANALYST, root(), OPERATOR)
    sign_in(client, ANALYST)
    settings = client.get("/admin-customizeSite.view")
    assert settings.status == 200
    assert "disabled" in settings.text
    assert client.get("/user-showUsers.view").status == 403
    assert client.post("/admin-customizeSite.view", form={"allowApiKeys": "true"}).status == 403
    assert client.post("/logger-manage.view", form={"do": "reset"}).status == 403


@pytest.fixture
def every_page(front, people):
    """Every page as its audience gets it."""
    guest, administrator = Client(front), Client(front)
    sign_in(administrator, ADMIN)
    pages = {path: guest.get(path) for path in FOR_GUESTS}
    pages |= {path: administrator.get(path.format(**people)) for path in [*CONSOLE, *FOR_EVERYBODY_SIGNED_IN]}
    return {path: Controls(answer.text) for path, answer in pages.items()}


def test_every_control_has_a_label_and_every_id_is_there_once(every_page):
    for path, page in every_page.items():
        ids = [attrs["id"] for _tag, attrs in page.found if "id" in attrs]
        assert len(ids) == len(set(ids)), path
        labelled = {attrs.get("for") for attrs in page.all("label")}
        for control in [*page.all("input"), *page.all("select"), *page.all("textarea")]:
            if control.get("type") == "hidden" or "hidden" in control:
                continue
            assert control.get("id") in labelled or control.get("aria-label"), (path, control)


def test_no_page_has_script_or_style_in_it(every_page):
    for path, page in every_page.items():
        assert not page.all("style"), path
        assert all(script.get("src") for script in page.all("script")), path
        attributes = {name for _tag, attrs in page.found for name in attrs}
        assert not {name for name in attributes if name == "style" or name.startswith("on")}, path
