"""The table that every page registers itself in; the composition root joins it with the client API's."""

from keyhouse.web.actions import ActionTable

ACTIONS = ActionTable()
