"""All actions of the client API."""

from keyhouse.labkey import login
from keyhouse.web.actions import ActionTable

actions = ActionTable(login.actions)
