"""While impersonating nobody creates, sees or deletes keys (labkey-server.md, sections 1.3 and 1.6)."""

from dataclasses import replace

import pytest
from tests.site import sign_in

OWN_KEYS = {"schemaName": "core", "queryName": "UserApiKeys"}


@pytest.fixture
def impersonating(site, client, analyst, keys_on, monkeypatch):
    """A browser in which somebody acts as the analyst."""
    from keyhouse.core.context import DeclaredContext
    from keyhouse.core.impersonation import Guise, Impersonation
    from keyhouse.core.principal import Principal

    sign_in(client, analyst.email)
    authenticate = site.door.authenticate

    def with_context(*arguments):
        return replace(
            authenticate(*arguments),
            context=DeclaredContext(
                impersonation=Impersonation(Principal(1, "admin@example.org", "Admin"), Guise.ROLES, "Reader")
            ),
        )

    monkeypatch.setattr(site.door, "authenticate", with_context)
    assert client.get("/login-whoAmI.api").json["impersonated"] is True
    return client


@pytest.mark.parametrize(("kind", "words"), [("apikey", "an API key"), ("session", "a session key")])
def test_no_key_is_created(impersonating, kind, words):
    answer = impersonating.post("/security-createApiKey.api", json={"type": kind})
    assert (answer.status, answer.json["exception"]) == (403, f"Can't create {words} while impersonating")


def test_no_keys_are_shown(impersonating):
    assert impersonating.get("/home/query-selectRows.api", **OWN_KEYS).status == 404


def test_no_key_is_deleted(impersonating):
    answer = impersonating.post("/home/query-deleteRows.api", json={**OWN_KEYS, "rows": [{"rowId": 1}]})
    assert answer.status == 403
