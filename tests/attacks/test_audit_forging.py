"""Attack: put text into the audit log that reads as an event of somebody else."""

import json

from tests.attacks.wire import basic
from tests.site import issue

FORGED = '","user":"admin@example.org","kind":"sign-in","x":"\n{"sequence":1}\r\n'


def test_an_agent_stays_one_text_in_its_own_column(site, client, analyst):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.audit.verify import Intact, verify

    client.get("/login-whoAmI.api", {"apikey": issue(site, analyst), "User-Agent": FORGED})
    row = AuditEvent.objects.get(kind="key used")
    assert (row.user, row.user_agent) == (analyst.email, FORGED)
    exported = json.dumps({"user": row.user, "user_agent": row.user_agent})
    assert "\n" not in exported and json.loads(exported)["user"] == analyst.email
    assert isinstance(verify(), Intact)


def test_a_made_up_user_name_has_no_user_id(site, client, admin):
    from keyhouse.audit.models import AuditEvent

    client.get("/login-whoAmI.api", basic(admin.email, "wrong"))
    row = AuditEvent.objects.get(kind="sign-in failed")
    assert (row.user, row.user_id, row.outcome) == (admin.email, 0, "refused")


def test_an_agent_does_not_become_html_on_the_page(site, client, admin):
    from tests.site import sign_in

    client.get("/login-whoAmI.api", {"apikey": issue(site, admin), "User-Agent": "<script>alert(1)</script>"})
    client.cookies.clear()
    sign_in(client, admin.email)
    page = client.get("/audit-showAuditLog.view")
    assert page.status == 200 and "<script>alert" not in page.text


def test_address_and_user_come_from_the_connection_and_the_account(site, client, analyst):
    from keyhouse.audit.models import AuditEvent

    headers = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "From": "admin@example.org"}
    client.get("/login-whoAmI.api", {"apikey": issue(site, analyst), **headers})
    row = AuditEvent.objects.get(kind="key used")
    assert (row.address, row.user) == ("127.0.0.1", analyst.email)
