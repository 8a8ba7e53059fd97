"""Files follow the permissions of their folder."""

import pytest

TO = {"Destination": "/labkey/_webdav/home/@files/b.txt"}


@pytest.fixture
def a_file(editor):
    editor.put("a.txt", b"kept")


def test_reader_reads_and_changes_nothing(a_file, reader):
    assert reader.text("a.txt") == "kept"
    for method in ("PUT", "DELETE", "MOVE", "COPY"):
        assert reader.ask(method, "a.txt", TO).status == 403, method
    assert reader.ask("MKCOL", "new").status == 403
    assert reader.names() == ["a.txt"]


def test_every_refusal_is_in_the_audit_log(site, a_file, reader):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.authz import folders
    from tests.site import OPERATOR

    reader.ask("DELETE", "a.txt")
    reader.ask("MKCOL", "new")
    reader.ask("COPY", "a.txt", TO)
    site.folders.add("/secret", OPERATOR)
    site.folders.set_inheritance(folders.find("/secret"), False, OPERATOR)
    reader.ask("GET", "/_webdav/secret/@files/a.txt")
    refused = AuditEvent.objects.filter(kind="access refused").values_list("comment", flat=True)
    assert list(refused) == ["webdav-files in /home"] * 3 + ["webdav-files in /secret"]


def test_author_adds_and_does_not_overwrite(a_file, author):
    assert author.put("mine.txt").status == 201
    assert author.put("a.txt").status == 403
    assert author.ask("DELETE", "mine.txt").status == 403
    assert author.ask("COPY", "mine.txt", {"Destination": "/labkey/_webdav/home/@files/a.txt"}).status == 403


def test_user_without_a_role_sees_nothing(site, a_file, give):
    from keyhouse.authz import folders
    from tests.site import OPERATOR

    site.folders.add("/secret", OPERATOR)
    site.folders.set_inheritance(folders.find("/secret"), False, OPERATOR)
    nobody = give(None)
    assert nobody.ask("GET", "/_webdav/secret/@files/a.txt").status == 403
    assert nobody.ask("PROPFIND", "/_webdav/secret", {"Depth": "1"}).status == 403
    assert "secret" not in nobody.names("/_webdav/")


def test_guest_is_asked_to_sign_in(client, a_file):
    answer = client.get("/_webdav/home/@files/a.txt")
    assert answer.status == 401
    assert answer.header("WWW-Authenticate").startswith("Basic realm")


def test_nothing_is_put_into_a_folder_that_one_may_not_write(site, a_file, editor, give):
    from tests.site import OPERATOR

    site.folders.add("/other", OPERATOR)
    give("Reader", "/other")
    answer = editor.ask("COPY", "a.txt", {"Destination": "/labkey/_webdav/other/@files/a.txt"})
    assert answer.status in {403, 404}


@pytest.mark.parametrize("path", ["/_webdav/home", "/_webdav/home/@files", "/_webdav/"])
@pytest.mark.parametrize("method", ["DELETE", "PUT", "MKCOL"])
def test_folders_themselves_are_not_changed_here(editor, path, method):
    assert editor.ask(method, path).status == 405


def test_browser_session_needs_the_token_to_change_files(client, editor, give, site):
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role
    from tests.site import OPERATOR, PASSWORD, sign_in

    user = site.users.add("person@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.EDITOR, user, user.email, folders.find("/home"), OPERATOR)
    sign_in(client, user.email)
    assert client.request("PUT", "/_webdav/home/@files/a.txt", body=b"x").status == 401
    token = {"X-LABKEY-CSRF": client.cookies["X-LABKEY-CSRF"]}
    assert client.request("PUT", "/_webdav/home/@files/a.txt", token, body=b"x").status == 201
    assert client.request("DELETE", "/_webdav/home/@files/a.txt", {"Origin": "http://evil.test", **token}).status == 401
