"""Attack: a user tries to reach files outside those of a folder, through paths, names, links and destinations."""

import shutil

import pytest

from tests.site import OPERATOR, PASSWORD, Client, issue

FILES = "/_webdav/home/@files"


@pytest.fixture
def attacker(site, front):
    """A program of somebody who may do everything with the files of /home, and nothing in /secret."""
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    site.folders.add("/secret", OPERATOR)
    site.folders.set_inheritance(folders.find("/secret"), False, OPERATOR)
    user = site.users.add("attacker@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.EDITOR, user, user.email, folders.find("/home"), OPERATOR)
    client, key = Client(front, keeps_cookies=False), issue(site, user)
    yield lambda method, path, headers=None, **how: client.request(
        method, path, {"apikey": key, **(headers or {})}, **how
    )
    shutil.rmtree(site.boot.files_root, ignore_errors=True)


@pytest.fixture
def secret(site):
    """A file in the data directory, beside everybody's files."""
    return (site.boot.data / "secret.key").read_text()


@pytest.mark.parametrize(
    "path",
    [
        f"{FILES}/../../secret.key",
        f"{FILES}/..\\..\\secret.key",
        f"{FILES}/%2e%2e/%2e%2e/secret.key",
        f"{FILES}/a\0b",
        f"{FILES}/./a",
        "/_webdav/../secret.key",
        "/_webdav/home/@files/../../../secret/@files/a",
        f"{FILES}/.keyhouse-0123456789abcdef",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_climbing_path_reaches_nothing(attacker, site, secret, path, method):
    answer = attacker(method, path, body=b"mine" if method == "PUT" else b"")
    assert answer.status in {400, 403, 404, 405, 409}
    assert secret not in answer.text
    assert (site.boot.data / "secret.key").read_text() == secret


@pytest.mark.parametrize("name", ["..", ".", "a\\b", "a:b", "a\nb", "x" * 300, ".keyhouse-x", "a|b", "\ud800"])
def test_unsafe_name_is_no_name(name):
    from keyhouse.files.places import UnsafeName, checked

    with pytest.raises(UnsafeName):
        checked(name)


def test_link_in_the_files_is_not_followed(attacker, site, secret):
    from keyhouse.authz import folders

    attacker("PUT", f"{FILES}/a.txt", body=b"x")
    home = site.boot.files_root / str(folders.find("/home").entity_id)
    (home / "link").symlink_to(site.boot.data / "secret.key")
    (home / "all").symlink_to(site.boot.data)
    for path in ("link", "all/secret.key"):
        assert attacker("GET", f"{FILES}/{path}").status == 404
    assert attacker("PUT", f"{FILES}/all/planted", body=b"x").status == 409
    listed = attacker("POST", FILES, query={"method": "JSON"}).json["files"]
    assert [each["text"] for each in listed] == ["a.txt"]
    assert not (site.boot.data / "planted").exists()


@pytest.mark.parametrize(
    "to",
    [
        "http://evil.test/labkey/_webdav/home/@files/b",
        "/labkey/_webdav/secret/@files/b",
        "/labkey/_webdav/home/@files/../../../b",
        "/labkey/_webdav/home/@files/%2e%2e/%2e%2e/b",
        "/elsewhere/b",
        "/labkey/_webdav/home",
        "",
    ],
)
@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_destination_outside_ones_reach_is_refused(attacker, method, to):
    attacker("PUT", f"{FILES}/a.txt", body=b"kept")
    answer = attacker(method, f"{FILES}/a.txt", {"Destination": to, "X-Forwarded-Host": "evil.test"})
    assert answer.status in {400, 403, 404, 405, 502}
    assert attacker("GET", f"{FILES}/a.txt").text == "kept"


def test_uploaded_page_cannot_run_in_the_name_of_the_site(attacker):
    attacker("PUT", f"{FILES}/page.html", body=b"<script>fetch('/labkey/security-createApiKey.api')</script>")
    answer = attacker("GET", f"{FILES}/page.html")
    assert answer.header("Content-Security-Policy") == "sandbox; default-src 'none'"
    assert answer.header("Content-Disposition") == "attachment"
    assert answer.header("X-Content-Type-Options") == "nosniff"


def test_xml_bomb_in_a_question_is_not_blown_up(attacker):
    bomb = b'<!DOCTYPE a [<!ENTITY a "' + b"A" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]>'
    body = bomb + b'<propfind xmlns="DAV:"><prop><x>&b;</x></prop></propfind>'
    answer = attacker("PROPFIND", FILES, {"Depth": "0", "Content-Type": "application/xml"}, body=body)
    assert answer.status == 400
    assert len(answer.body) < 2000


def test_whole_tree_is_not_walked_for_one_question(attacker):
    assert attacker("PROPFIND", "/_webdav/", {"Depth": "infinity"}).status == 403
    assert attacker("PROPFIND", "/_webdav/").status == 403
