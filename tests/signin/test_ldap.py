"""Sign-in with the password of a directory: a real slapd, the form and Basic, and what the site makes of it."""

import base64
from typing import Any

import pytest
from tests.providers.slapd import PASSWORD, PEOPLE, configured
from tests.site import OPERATOR, Client, set_site
from tests.site import PASSWORD as SITE_PASSWORD

from keyhouse.core.reasons import PASSWORD_TEXT

ERIKA = f"uid=erika,{PEOPLE}"


def by_form(front: Any, login: str, password: str = PASSWORD) -> Any:
    client = Client(front)
    client.get("/login-login.view")
    return client, client.post("/login-login.view", form={"email": login, "password": password})


def by_api(front: Any, login: str, password: str = PASSWORD) -> Any:
    return Client(front).post("/login-loginApi.api", form={"email": login, "password": password})


def by_basic(front: Any, login: str, password: str = PASSWORD) -> Any:
    header = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()
    return Client(front, keeps_cookies=False).get("/login-whoAmI.api", {"Authorization": header})


def events(kind: str) -> list[Any]:
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))


@pytest.fixture
def campus(site, directory):
    """The directory makes accounts here."""
    return configured(site, directory, creates_accounts=True)


@pytest.mark.parametrize("login", ["erika", "Erika", "erika@example.org", " erika "])
def test_a_person_signs_in_with_user_name_or_address_and_the_directorys_password(front, campus, login):
    client, answer = by_form(front, login)
    assert answer.status == 303
    assert client.get("/login-whoAmI.api").json["email"] == "erika@example.org"
    assert client.get("/login-whoAmI.api").json["displayName"] == "Erika Mustermann"


def test_the_client_api_takes_the_directorys_password_too(front, campus):
    assert by_api(front, "erika").json["user"]["email"] == "erika@example.org"


def test_basic_takes_the_directorys_password(front, campus):
    answer = by_basic(front, "erika")
    assert (answer.status, answer.json["email"]) == (200, "erika@example.org")


def test_the_log_says_which_directory_let_in(front, campus):
    by_form(front, "erika")
    (event,) = events("sign-in")
    assert event.details["signIn"]["provider"] == "Campus directory"
