"""Endpoints of the client libraries that this server has not: each says so in JSON, naming what is missing.

What belongs to a module that is not installed is 404; what this server could have and has not is 501. An action that
somebody builds later takes the place of its line here (client-api.md, section 17).
"""

from collections.abc import Iterator
from typing import Any

from keyhouse.web.actions import ActionTable, Handler
from keyhouse.web.call import Call
from keyhouse.web.errors import WireError

_ASSAYS = "Assays are not available on this server"
_LINEAGE = "Experiments and lineage are not available on this server"
_STORAGE = "Freezer storage is not available on this server"
_PIPELINE = "The pipeline is not available on this server"
_STUDIES = "Studies are not available on this server"
_SPECIMENS = "Specimens are not available on this server"
_REPORTS = "Reports are not available on this server"
_CHARTS = "Charts are not available on this server"
_MESSAGES = "Messages are not available on this server"
_PROVENANCE = "Provenance recording is not available on this server"
_DATA_INTEGRATION = "Data integration is not available on this server"

MODULES: dict[str, tuple[str, str]] = {
    "assay": (
        _ASSAYS,
        "assayList getAssayBatch getAssayBatches saveAssayBatch getAssayRun getAssayRuns saveAssayRuns importRun"
        " getProtocol saveProtocol assayFileUpload getStudyNabGraphURL",
    ),
    "nabassay": (_ASSAYS, "getNabRuns getStudyNabRuns getStudyNabGraphURL getGraph"),
    "experiment": (
        _LINEAGE,
        "lineage resolve createHiddenRunGroup getEntitySequence setEntitySequence deleteRun showFile"
        " convertArraysToExcel convertArraysToTable deleteMaterialByRowId saveMaterials loadRuns exportRuns"
        " entitySequence",
    ),
    "storage": (_STORAGE, "create update delete"),
    "pipeline": (_PIPELINE, "getPipelineContainer startPipelineJob getFileStatus getProtocols"),
    "pipeline-analysis": (_PIPELINE, "startAnalysis getFileStatus getSavedProtocols saveProtocol"),
    "pipeline-status": (_PIPELINE, "statusList details getStatus"),
    "provenance": (_PROVENANCE, "startRecording addRecordingStep stopRecording"),
    "rstudio": ("RStudio is not available on this server", "isInitialized requestDocument validate fetchReport"),
    "study": (
        _STUDIES,
        "getVisits getCohorts getStudyReports participantGroup updateParticipantGroup browseStudyData",
    ),
    "specimen-api": (
        _SPECIMENS,
        "getRepositories getOpenRequests getRequest getProvidingLocations getVialsByRowId getVialTypeSummary"
        " addVialsToRequest addSamplesToRequest removeVialsFromRequest cancelRequest getSpecimenWebPartGroups",
    ),
    "participant-group": (_STUDIES, "updateParticipantGroup browseParticipantGroups getSubjectsFromGroups"),
    "reports": (
        _REPORTS,
        "execute createSession deleteSession getSessions executeSession browseData getCategories saveCategories"
        " manageViews",
    ),
    "visualization": (
        _CHARTS,
        "getVisualization saveVisualization getVisualizationTypes getMeasures getDimensions getDimensionValues"
        " cdsSelectRows getData getMeasureValues",
    ),
    "announcements": (_MESSAGES, "sendMessage"),
    "ms2-pipeline": ("Mass spectrometry is not available on this server", "searchSequest searchMascot searchXTandem"),
    "dataintegration": (
        _DATA_INTEGRATION,
        "runTransform resetTransformState truncateTransformState updateTransformConfiguration",
    ),
}
FEATURES: dict[str, str] = {
    "sql-execute": "The compact text protocol is not available on this server: use query-executeSql",
    "query-getData": "Pivots of query-getData are not available on this server: use query-executeSql",
    "query-exportSql": "Exporting the result of a SQL statement to a file is not available on this server",
    "query-exportTables": "Exporting several tables to one file is not available on this server",
    "property-getDomainNamePreviews": "Name expressions are not available on this server",
    "property-validateNameExpressions": "Name expressions are not available on this server",
    "property-getProperties": "Looking up properties across domains is not available on this server",
    "property-propertyUsages": "Looking up where properties are used is not available on this server",
    "core-getAttachmentIcon": "Icons of attachments are not available on this server",
    "core-createWorkbook": "Workbooks are not available on this server",
    "core-moveWorkbook": "Workbooks are not available on this server",
}


def beside(there: ActionTable) -> ActionTable:
    """Return the honest refusals of all that is not there."""
    table = ActionTable()
    for name, text, status in _missing():
        if there.find(name.lower()) is None:
            table.add(name, tolerates_missing_folder=True)(_refusal(text, status))
    return table


def _missing() -> Iterator[tuple[str, str, int]]:
    for controller, (text, names) in MODULES.items():
        for name in names.split():
            yield f"{controller}-{name}", f"{text}.", 404
    for name, text in FEATURES.items():
        yield name, f"{text}.", 501


def _refusal(text: str, status: int) -> Handler:
    def refuse(_call: Call) -> dict[str, Any]:
        raise WireError(text, status=status)

    return refuse
