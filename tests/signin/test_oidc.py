"""OpenID Connect, against a real provider (npm's oidc-provider)."""


import pytest
from tests.providers.oidc import client_of, running
from tests.providers.oidc_visits import BASE, address, configured, sign_in, who

pytestmark = pytest.mark.usefixtures("admin")


@pytest.fixture(scope="module")
def oidc_provider():
    back_channel = "http://127.0.0.1:9/nobody-listens"
    with running(client_of(address("oidc-validate.view"), f"{BASE}/login-signedOut.view", back_channel)) as provider:
        yield provider


def session(email="ana@example.org"):
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects.get(user__email=email)


def test_person_of_the_provider_is_signed_in_and_goes_where_they_were_going(client, site, oidc_provider):
    row = configured(oidc_provider, site=site, creates_accounts=True)
    answer = sign_in(client, row, "ana", returnUrl="/labkey/home/project-begin.view")
    assert (answer.status, answer.header("Location")) == (303, "/labkey/home/project-begin.view"), answer.text
    assert who(client) == "ana@example.org"
