"""All pages."""

from keyhouse.web.actions import ActionTable

actions = ActionTable()
