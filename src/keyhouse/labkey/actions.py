"""All actions of the client API."""

from keyhouse.web.actions import ActionTable

actions = ActionTable()
