"""All actions of the pages."""

from keyhouse.console import (
    admin,
    api_keys,
    audit,
    device,
    external_tools,
    folder,
    folders,
    grid,
    groups,
    loggers,
    password_pages,
    permissions,
    script_page,
    signin_pages,
    site_settings,
    user,
    users,
    view_pages,
)
from keyhouse.web.actions import ActionTable

actions = ActionTable(
    admin.actions,
    api_keys.actions,
    audit.actions,
    device.actions,
    external_tools.actions,
    folder.actions,
    folders.actions,
    grid.actions,
    groups.actions,
    loggers.actions,
    password_pages.actions,
    permissions.actions,
    script_page.actions,
    signin_pages.actions,
    site_settings.actions,
    user.actions,
    users.actions,
    view_pages.actions,
)
