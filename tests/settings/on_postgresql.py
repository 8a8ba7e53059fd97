"""A whole site on PostgreSQL, in a process of its own: prints as JSON what it found. Run with a directory and a URL."""

import json
import sys
import threading
from datetime import timedelta
from pathlib import Path

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in

WHO = "/login-whoAmI.api"


def main(data: Path, url: str) -> dict[str, object]:
    """Go through door, sessions, rights and audit once."""
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    bring_up_to_date(boot)
    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    analyst = site.users.add("analyst@example.org", OPERATOR, PASSWORD)
    front = Front(site, Inner())
    return {
        "first user": analyst.id,
        **door(site, front, analyst),
        **sessions(site, front, analyst),
        "rights": rights(site, analyst),
        **audit(site),
        "secrets in dump": secrets_in(site, issue(site, analyst)),
    }


def door(site, front, analyst) -> dict[str, object]:
    """Let a key in, refuse it in each way."""
    from keyhouse.keys.models import ApiKey

    client, key = Client(front, keeps_cookies=False), issue(site, analyst, maximum_seconds=3600)
    found = {"key": client.get(WHO, {"apikey": key}).json["email"], "bad": client.get(WHO, {"apikey": "x"}).status}
    set_site(site, refuseAllApiKeys=True)
    found["switched off"] = client.get(WHO, {"apikey": key}).status
    set_site(site, refuseAllApiKeys=False)
    site.last_used.flush()
    found["used by"] = ApiKey.objects.get().last_used_agent
    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    found["revoked"] = client.get(WHO, {"apikey": key}).json["reason"]
    nasty = {"apikey": "\x00\xff", "User-Agent": "a\x00b\xed\xa0\x80"}
    found["nasty"] = client.get(WHO, nasty).status
    return found


def sessions(site, front, analyst) -> dict[str, object]:
    """Sign in, and see the session ended by a new password."""
    client = Client(front)
    set_site(site, sessionIdleSeconds=600)
    sign_in(client, analyst.email)
    found = {"signed in": client.get(WHO).json["email"]}
    site.users.set_password(analyst, "another horse battery", OPERATOR)
    return {**found, "after new password": client.get(WHO).json["email"]}


def rights(site, analyst) -> list[bool]:
    """Reach a folder through a circle of groups, as two writers at once can make one, until inheritance breaks."""
    from keyhouse.accounts.models import Membership
    from keyhouse.authz.rights import rights_of
    from keyhouse.core.permissions import Permission, Role
    from keyhouse.core.principal import Principal

    lab, sub = site.folders.add("/Étude", OPERATOR), site.folders.add("/Étude/Sub", OPERATOR)
    one, two = site.groups.add("One", OPERATOR), site.groups.add("Two", OPERATOR)
    for group, member in ((one, analyst), (two, one)):
        site.groups.add_member(group, member, OPERATOR)
    Membership.objects.create(group=one, member_id=two.id)
    site.assignments.assign(Role.READER, two, "Two", lab, OPERATOR)
    who = Principal(analyst.id, analyst.email, "")
    before = rights_of(who).may(Permission.READ, sub.id)
    site.folders.set_inheritance(sub, False, OPERATOR)
    return [before, rights_of(who).may(Permission.READ, sub.id), rights_of(who).may(Permission.READ, lab.id)]


def audit(site) -> dict[str, object]:
    """Write from many threads, try to change rows, verify."""
    from django.db import DatabaseError, connection

    from keyhouse.audit import Event, Kind
    from keyhouse.audit.verify import Intact, verify

    details = {"a": 1e16, "b": [1.0, float("nan")], "z": "\udc80\x00", "m": {"\ud800": True}}

    def work() -> None:
        for _ in range(10):
            site.recorder.record(Event(Kind.DATA_READ, OPERATOR, "\x00\udc80", details=details))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = []
    for statement in ("UPDATE {} SET comment = 'x'", "DELETE FROM {}", "TRUNCATE {}"):
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement.format("keyhouse_audit_event"))
        except DatabaseError as error:
            refused.append("append-only" in str(error))
    return {
        "refused": refused,
        "intact": isinstance(verify(), Intact),
        "events": verify().events >= 160,
        "archived": _archived(site),
    }


def _archived(site) -> list[bool]:
    """Take the whole log but its end out into a file, and look for other ways to take something out."""
    from django.db import DatabaseError, connection, transaction

    from keyhouse.audit import Event, Kind, archive
    from keyhouse.audit.participants import rebuild
    from keyhouse.audit.verify import Intact, verify

    site.recorder.record(Event(Kind.DATA_READ, OPERATOR, details={"participants": {"t.v": ["P1", "P2"]}}))
    tomorrow = site.clock() + timedelta(days=1)
    span, file = archive.span_before(tomorrow), site.boot.data / "archive.jsonl"
    with file.open("w") as stream:
        archive.write(span, stream)
    found = [rebuild() == 2, isinstance(verify(), Intact)]
    archive.remove(span, file, tomorrow, site.recorder, OPERATOR)
    found += [isinstance(verify(), Intact), isinstance(verify(archives=[file]), Intact)]
    site.recorder.record(Event(Kind.DATA_READ, OPERATOR, details={"participants": {"t.v": ["P3"]}}))
    for statement in (
        "DELETE FROM keyhouse_audit_event",
        "DELETE FROM keyhouse_audit_participant",
        "UPDATE keyhouse_audit_participant SET participant = ''",
        "TRUNCATE keyhouse_audit_participant",
        "UPDATE keyhouse_audit_head SET removable_through = sequence",
        "DELETE FROM keyhouse_audit_head",
        "TRUNCATE keyhouse_audit_head",
        "INSERT INTO keyhouse_audit_head SELECT 2, sequence, digest, true, sequence FROM keyhouse_audit_head",
        "DELETE FROM keyhouse_audit_checkpoint",
        "INSERT INTO keyhouse_audit_checkpoint SELECT sequence, 1, '', digest, sequence FROM keyhouse_audit_head",
    ):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
            found.append(False)
        except DatabaseError as error:
            found.append("append-only" in str(error))
    return [*found, isinstance(verify(), Intact)]


def secrets_in(site, key: str) -> int:
    """Count the columns of all tables in which the key's text stands."""
    from django.apps import apps

    rows = (row for model in apps.get_models() for row in model.objects.values_list())
    return sum(key[17:] in str(value) for row in rows for value in row)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
