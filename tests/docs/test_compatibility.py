"""What is not here says so, in JSON, and stands on the page of differences."""

import re
from pathlib import Path

from tests.site import issue

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "compatibility.md"
# The rest of client-api.md, section 17, as clients call it; what somebody builds leaves both this list and the page.
TIER_3 = {
    "announcements": "sendMessage",
    "assay": "assayList getAssayBatch getAssayBatches saveAssayBatch getAssayRun getAssayRuns saveAssayRuns importRun"
    " getProtocol saveProtocol assayFileUpload",
    "core": "getAttachmentIcon",
    "experiment": "lineage resolve createHiddenRunGroup getEntitySequence setEntitySequence deleteRun showFile"
    " convertArraysToExcel convertArraysToTable",
    "ms2-pipeline": "searchSequest",
    "participant-group": "updateParticipantGroup",
    "property": "getDomainNamePreviews validateNameExpressions getProperties propertyUsages",
    "provenance": "startRecording addRecordingStep stopRecording",
    "query": "getData exportSql exportTables",
    "sql": "execute",
    "storage": "create update delete",
}


def listed() -> dict[str, int]:
    """Return the actions in the last table of the page with the status that it promises."""
    rows = PAGE.read_text().rpartition("|---|---|---|---|\n")[2].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row]
    return {
        f"{controller.strip('`')}-{name}": int(status)
        for controller, names, status, _ in cells
        for name in re.findall(r"`(\w+)`", names)
    }


def test_page_lists_what_the_server_refuses_and_no_more(site):
    from keyhouse.labkey.not_here import FEATURES, MODULES

    modules = {f"{controller}-{name}": 404 for controller, (_, names) in MODULES.items() for name in names.split()}
    assert listed() == modules | dict.fromkeys(FEATURES, 501)


def test_all_of_the_third_tier_is_listed():
    wanted = {f"{controller}-{name}" for controller, names in TIER_3.items() for name in names.split()}
    assert wanted <= set(listed())


def test_each_listed_action_answers_so_in_json(client, site, admin):
    headers = {"apikey": issue(site, admin)}
    for name, status in listed().items():
        answer = client.post(f"/home/{name}.api", headers, json={})
        assert (answer.status, answer.json["success"]) == (status, False), name
        assert "not available on this server" in answer.json["exception"], name
