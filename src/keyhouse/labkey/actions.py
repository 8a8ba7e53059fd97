"""All actions of the client API."""

from keyhouse.labkey import (
    device,
    logger,
    login,
    project,
    property_domains,
    property_infer,
    property_update,
    query_delete,
    query_details,
    query_export,
    query_schemas,
    query_select,
    query_views,
    rotation,
    security,
)
from keyhouse.web.actions import ActionTable

actions = ActionTable(
    device.actions,
    logger.actions,
    login.actions,
    project.actions,
    property_domains.actions,
    property_infer.actions,
    property_update.actions,
    query_delete.actions,
    query_details.actions,
    query_export.actions,
    query_schemas.actions,
    query_select.actions,
    query_views.actions,
    rotation.actions,
    security.actions,
)
