"""A person at a browser without script, who answers a device login on its page."""

import re
from html import unescape
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener


class Person:
    """Somebody signed in to a site that runs at a URL."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.url = url
        self._jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self._jar))
        self.read("login-login.view")
        self.send("login-login.view", email=email, password=password)

    def read(self, page: str, **query: str) -> str:
        return self._open(f"{page}?{urlencode(query)}", None)

    def send(self, page: str, **fields: str) -> str:
        token = next(cookie.value for cookie in self._jar if cookie.name == "X-LABKEY-CSRF")
        return self._open(page, urlencode({"X-LABKEY-CSRF": token, **fields}).encode())

    def answer(self, code: str, do: str = "approve", **fields: str) -> str:
        """Read the page under a code, and send its form as it stands but for these fields."""
        shown = self.read("device-approve.view", user_code=code)
        return self.send("device-approve.view", user_code=code, do=do, **{**_form(shown), **fields})

    def _open(self, path: str, body: bytes | None) -> str:
        try:
            with self._opener.open(f"{self.url}/{path}", body, timeout=20) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            return error.read().decode()


def _form(page: str) -> dict[str, str]:
    description = re.search(r'name="description"[^>]* value="([^"]*)"', page)
    chosen = re.search(r'<option value="(-?\d+)" selected', page)
    assert description is not None, page
    assert chosen is not None, page
    return {"description": unescape(description.group(1)), "expirationSeconds": chosen.group(1)}
