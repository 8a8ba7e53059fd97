"""A folder with an editor, a reader and somebody who may only add, each a program that shows its key."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.site import OPERATOR, PASSWORD, Answer, Client, issue

FILES = "/_webdav/home/@files"


@dataclass
class Dav:
    """Speaks WebDAV with a key, below the files of /home unless a path begins with /_webdav."""

    client: Client
    key: str = field(repr=False)

    def ask(self, method: str, path: str = "", headers: dict[str, str] | None = None, **how: Any) -> Answer:
        target = path if path.startswith("/_webdav") else f"{FILES}/{path}".rstrip("/")
        return self.client.request(method, target, {"apikey": self.key, **(headers or {})}, **how)

    def put(self, path: str, body: bytes = b"some bytes") -> Answer:
        return self.ask("PUT", path, body=body)

    def text(self, path: str) -> str | None:
        answer = self.ask("GET", path)
        return answer.text if answer.status == 200 else None

    def names(self, path: str = "") -> list[str]:
        answer = self.ask("POST", path, query={"method": "JSON"})
        return [each["text"] for each in answer.json["files"]]


@pytest.fixture
def give(site, front):
    """Make a program of a new user who has a role in a folder."""
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    def make(role: str | None, folder: str = "/home") -> Dav:
        name = (role or "nobody").split()[0].lower()
        user = site.users.add(f"{name}-{folder.strip('/').replace('/', '-')}@example.org", OPERATOR, PASSWORD)
        if role is not None:
            site.assignments.assign(Role(role), user, user.email, folders.find(folder), OPERATOR)
        return Dav(Client(front, keeps_cookies=False), issue(site, user))

    return make


@pytest.fixture
def editor(give):
    return give("Editor")


@pytest.fixture
def reader(give):
    return give("Reader")


@pytest.fixture
def author(give):
    return give("Author")


@pytest.fixture
def home(site):
    """The directory of the files of /home."""
    from keyhouse.authz import folders

    return site.boot.files_root / str(folders.find("/home").entity_id)


@pytest.fixture(autouse=True)
def _no_files_left(site):
    import shutil

    yield
    shutil.rmtree(site.boot.files_root, ignore_errors=True)
