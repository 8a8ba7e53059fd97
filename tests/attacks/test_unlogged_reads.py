"""Attack: read data through some action that writes no line, or a line that does not say what was read and why."""

import io
import zipfile

import pytest

from tests.compliance.trial import browser, study
from tests.site import OPERATOR

__all__ = ["browser", "study"]
CANARY = b"canary-"
ASKED = {
    "schemaName": "trial",
    "query.schemaName": "trial",
    "queryName": "visits",
    "query.queryName": "visits",
    "query.columns": "Ssn",
    "query.maxRows": 5,
    "maxRows": 5,
    "format": "tsv",
    "sql": "SELECT Ssn FROM visits",
    "do": "preview",
    "name": "new",
    "fk": "",
    "keys": "[3]",
    "Id": 3,
}
ROWS = [{"Id": 3, "Weight": 1.5}]
POSTED = {**ASKED, "rows": ROWS, "commands": [{**ASKED, "command": "update", "rows": ROWS}]}
# They end the session or take away the folder; what they answer is looked at by their own tests.
LEFT_OUT = (
    "logout",
    "deletecontainer",
    "deletefolder",
    "movecontainer",
    "renamecontainer",
    "impersonate",
    "movefolder",
)
LAST = ("truncate", "delete", "import", "move", "insert")
KNOWN = {
    *("query-selectrows", "query-getquery", "query-executesql", "query-selectdistinct", "query-executequery"),
    *("query-exportrowstsv", "query-exportrowsexcel", "query-exportrowsxlsx", "query-exportrows", "query-newquery"),
    *("query-updaterows", "query-saverows"),
}


@pytest.fixture
def administrator(site, browser, study, analyst):
    """The analyst, who may do everything in the folder, at a browser where everything was declared."""
    from keyhouse.core.permissions import Role

    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, analyst, analyst.email, study, OPERATOR)
    return browser


def served(answer):
    """Tell whether cells of the table are in an answer, in a workbook too."""
    if answer.body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
            return any(CANARY in packed.read(name) for name in packed.namelist())
    return answer.status == 200 and CANARY in answer.body


def fault_of(since):
    """Say what the log lacks of an answer that was served since then; empty if it has everything."""
    from keyhouse.audit.models import AuditEvent

    events = list(AuditEvent.objects.filter(sequence__gt=since))
    reads = [each for each in events if each.kind in {"data read", "data exported", "data changed"}]
    counted = {each.details["answer"]: each for each in events if each.kind == "data served"}
    if not reads:
        return "no line"
    for line in reads:
        details = {**(counted[line.sequence].details if line.sequence in counted else {}), **line.details}
        lacks = {"rows", "phiOfColumns", "purpose", "phiLevel", "terms", "declaration"} - set(details)
        if "Ssn" not in [name.rsplit("/")[-1] for name in details.get("answered", details.get("columns", []))]:
            lacks.add("columns")
        told = [each for each in events if "trial.visits" in each.details.get("participants", {})]
        if not told and details.get("participantsNotTold") != ["trial.visits"]:
            lacks.add("participants")
        if not (line.user_id and line.session_id and line.folder == "/study" and line.schema == "trial"):
            lacks.add("who and where")
        if lacks:
            return f"a line without {', '.join(sorted(lacks))}"
    return ""


def test_nothing_is_served_without_a_line_that_says_what_and_why(site, administrator):
    from keyhouse.audit.models import AuditEvent

    names = [action.name for action in site.actions if not any(part in action.name for part in LEFT_OUT)]
    # Those that are known to serve come first: others may change what is marked, demanded or there.
    names.sort(key=lambda name: (name not in KNOWN, any(part in name for part in LAST)))
    seen, faults = set(), []
    for name in names:
        for method in sorted(site.actions.find(name).methods & {"GET", "POST"}):
            since = AuditEvent.objects.order_by("-sequence").values_list("sequence", flat=True)[0]
            path = f"/study/{name}.{'api' if method == 'POST' else 'view'}"
            pages = site.actions.find(name).is_page
            how = {"form": ASKED} if pages else {"json": POSTED}
            answer = administrator.get(path, **ASKED) if method == "GET" else administrator.post(path, **how)
            if served(answer):
                seen.add(name)
                faults += [f"{method} {name}: {fault}"] if (fault := fault_of(since)) else []
    assert faults == []
    assert seen >= KNOWN, KNOWN - seen


def test_log_that_cannot_be_written_lets_no_row_out(site, administrator, monkeypatch):
    from keyhouse.audit.events import Kind

    record = type(site.recorder).record

    def refuse(self, event):
        if event.kind in {Kind.DATA_READ, Kind.DATA_EXPORTED, Kind.PARTICIPANTS_SERVED, Kind.DATA_CHANGED}:
            raise RuntimeError("disk full")
        return record(self, event)

    monkeypatch.setattr(type(site.recorder), "record", refuse)
    for name in sorted(KNOWN):
        if "GET" in site.actions.find(name).methods:
            assert CANARY not in administrator.get(f"/study/{name}.view", **ASKED).body, name
        else:
            assert CANARY not in administrator.post(f"/study/{name}.api", json=POSTED).body, name
