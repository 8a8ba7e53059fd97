"""All actions of the client API."""

from keyhouse.labkey import (
    logger,
    login,
    project,
    query_delete,
    query_details,
    query_schemas,
    query_select,
    security,
)
from keyhouse.web.actions import ActionTable

actions = ActionTable(
    logger.actions,
    login.actions,
    project.actions,
    query_delete.actions,
    query_details.actions,
    query_schemas.actions,
    query_select.actions,
    security.actions,
)
