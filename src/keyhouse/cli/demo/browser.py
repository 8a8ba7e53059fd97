"""A browser without a window: it keeps cookies, reads forms and sends them back as a person would."""

import json
import urllib.error
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin

from keyhouse.cli.failure import Unusable

_SECONDS = 20


class Browser:
    """Visits the pages of one site."""

    def __init__(self, url: str) -> None:
        self._url = url
        no_proxy = urllib.request.ProxyHandler({})
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(no_proxy, cookies)
        self._opener.addheaders = [("User-Agent", "Mozilla/5.0 (Keyhouse demonstration)"), ("Accept", "text/html")]

    def sign_in(self, email: str, password: str) -> None:
        """Fill in the sign-in page, and make sure that the server knows who this is then."""
        form = self._form("/login-login.view", "password")
        self._send(form, email=email, password=password)
        seen = json.loads(self._open("/login-whoAmI.api"))
        if seen.get("email") != email:
            raise Unusable("The sign-in page did not sign the analyst in.")

    def is_asked_to_declare(self, path: str) -> bool:
        """Tell whether a page is shown only after a declaration."""
        return any("login-declare.view" in form.action for form in _Page.of(self._open(path)).forms)

    def generate_key(self, description: str) -> str:
        """Fill in External Tool Access, and return the key from the page that shows it once."""
        form = self._form("/security-externalToolsView.view", "expirationSeconds")
        page = self._send(form, description=description)
        for shown in page.forms:
            if "apikey_token" in shown.fields:
                return shown.fields["apikey_token"]
        raise Unusable("External Tool Access showed no key.")

    def _form(self, path: str, field: str) -> "Form":
        for form in _Page.of(self._open(path)).forms:
            if field in form.fields:
                return form
        raise Unusable(f"The page {path} has no form with the field {field}.")

    def _send(self, form: "Form", **filled: str) -> "_Page":
        body = urlencode({**form.fields, **filled}).encode()
        return _Page.of(self._open(form.action, body))

    def _open(self, path: str, body: bytes | None = None) -> str:
        # Paths of our own begin below the site, those of forms at the root of the server.
        url = urljoin(self._url, path) if body is not None else self._url + path
        try:
            with self._opener.open(url, body, _SECONDS) as response:
                return str(response.read().decode())
        except urllib.error.HTTPError as error:
            raise Unusable(f"The page {path} answered with status {error.code}.") from None
        except OSError as error:
            raise Unusable(f"The page {path} could not be fetched: {error}.") from None


class Form:
    """One form of a page: where it goes, and what its fields hold."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}


class _Page(HTMLParser):
    """The forms of a page; what stands outside of every form is in the first, nameless one."""

    def __init__(self) -> None:
        super().__init__()
        self.forms = [Form("")]
        self._current = self.forms[0]
        self._select = ""

    @classmethod
    def of(cls, text: str) -> "_Page":
        page = cls()
        page.feed(text)
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._current = Form(values.get("action", ""))
            self.forms.append(self._current)
        elif tag == "input" and "name" in values and values.get("type") not in {"checkbox", "radio"}:
            self._current.fields[values["name"]] = values.get("value", "")
        elif tag == "select":
            self._select = values.get("name", "")
        elif tag == "option" and self._select:
            self._choose(values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._current = self.forms[0]
        elif tag == "select":
            self._select = ""

    def _choose(self, option: dict[str, Any]) -> None:
        if "selected" in option or self._select not in self._current.fields:
            self._current.fields[self._select] = option.get("value", "")
