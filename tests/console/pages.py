"""What the tests of pages share: signing in through the page, sending its forms, reading what it says."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from tests.site import PASSWORD, Answer, Client

ADMIN, ANALYST = "admin@example.org", "analyst@example.org"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Answer:
    """Sign in through the page's own form."""
    client.get("/login-login.view")
    return submit(client, "/login-login.view", email=email, password=password, **more)


def submit(client: Client, path: str, **fields: Any) -> Answer:
    """Send a form as a browser without a script does: the token is a field of it."""
    form = {"X-LABKEY-CSRF": client.cookies["X-LABKEY-CSRF"], **fields}
    return client.post(path, {"Accept": "text/html"}, form=form, csrf=False)


def words(answer: Answer) -> str:
    """Return the text of a page with single blanks."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class Controls(HTMLParser):
    """Collects what a page can be asked: its forms' controls, labels, ids and headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]
