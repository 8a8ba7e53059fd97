"""The real SCIM client and its authors' test of servers, against a running site."""

import uuid
import warnings

import httpx
import pytest
import scim2_tester.filling
from scim2_client import BaseSyncSCIMClient
from scim2_models import PatchOp, PatchOperation, SearchRequest
from scim2_tester import Status, check_server

DIRECTORY = "scim.clients@example.org"


class NetworkClient(BaseSyncSCIMClient):
    """The client over a real network; its authors leave the library that sends to whoever uses it."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self.http = http

    def request(self, method, url, **how):
        return self.http.request(method, url, **how)

    def _stays_under_base_url(self, endpoint):
        return True

    def _parse_json(self, response):
        return response.json()


@pytest.fixture(scope="module")
def key(live):
    return live.operate("provisioner", DIRECTORY)


@pytest.fixture
def scim(live, key):
    with httpx.Client(base_url=f"{live.url}/scim/v2", headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
        yield NetworkClient(http)


@pytest.mark.parametrize("scheme", ["bearer", "basic", "header"])
def test_a_key_is_taken_in_each_way_that_directories_send_it(live, key, scheme):
    auth = {"basic": ("apikey", key)}.get(scheme)
    headers = {"bearer": {"Authorization": f"Bearer {key}"}, "header": {"apikey": key}}.get(scheme, {})
    answer = httpx.get(f"{live.url}/scim/v2/Users?count=1", headers=headers, auth=auth, timeout=30)
    assert answer.status_code == 200


def test_the_real_client_adds_changes_and_deletes_what_it_discovers(scim):
    scim.discover()
    user_model, group_model = scim.get_resource_model("User"), scim.get_resource_model("Group")
    ana = scim.create(user_model(user_name="client.ana@example.org", display_name="Ana", external_id="e1"))
    group = scim.create(group_model(display_name="Client analysts", members=[{"value": ana.id}]))
    assert [each.value for each in scim.query(user_model, ana.id).groups] == [group.id]
    found = scim.query(user_model, query_parameters=SearchRequest(filter='externalId eq "e1"'))
    assert [each.id for each in found.resources] == [ana.id]
    off = PatchOperation(op=PatchOperation.Op.replace_, path="active", value=False)
    assert scim.modify(user_model, ana.id, PatchOp[user_model](operations=[off])).active is False
    ana = scim.query(user_model, ana.id)
    ana.display_name = "Ana Lyst"
    assert scim.replace(ana).display_name == "Ana Lyst"
    scim.delete(group_model, group.id)
    scim.delete(user_model, ana.id)
    assert scim.query(user_model, ana.id, raise_scim_errors=False).status == 404


def test_the_compliance_checker_finds_what_the_rfcs_demand(scim, monkeypatch):
    made_up = scim2_tester.filling.generate_random_value

    def with_addresses(context, path, *rest, **named):
        # Accounts here are known by e-mail addresses, which no schema can say.
        value = made_up(context, path, *rest, **named)
        return f"{uuid.uuid4()}@example.org" if str(path).endswith("userName") and value else value

    for module in ("filling", "checkers.patch_add", "checkers.patch_replace"):
        if hasattr(target := __import__(f"scim2_tester.{module}", fromlist=["x"]), "generate_random_value"):
            monkeypatch.setattr(target, "generate_random_value", with_addresses)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_server(scim)
    bad = [f"{each.title}: {each.reason}" for each in results if each.status not in {Status.SUCCESS, Status.SKIPPED}]
    assert len([each for each in results if each.status == Status.SUCCESS]) > 60
    # Whether somebody may sign in is always one or the other: RFC 7644, 3.5.2.2, lets a server refuse to unassign it.
    assert bad == ["check_remove_attribute: PATCH modify() did not remove attribute 'active'"]
