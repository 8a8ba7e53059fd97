"""All actions of the client API."""

from keyhouse.labkey import (
    device,
    logger,
    login,
    project,
    query_delete,
    query_details,
    query_schemas,
    query_select,
    rotation,
    security,
)
from keyhouse.web.actions import ActionTable

actions = ActionTable(
    device.actions,
    logger.actions,
    login.actions,
    project.actions,
    query_delete.actions,
    query_details.actions,
    query_schemas.actions,
    query_select.actions,
    rotation.actions,
    security.actions,
)
