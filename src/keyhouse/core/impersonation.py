"""An administrator acting as somebody else: who is behind it, and as whom or what."""

from dataclasses import dataclass
from enum import StrEnum

from keyhouse.core.permissions import Role
from keyhouse.core.principal import Principal


class Guise(StrEnum):
    """As what an administrator acts."""

    USER = "user"
    GROUP = "group"
    ROLES = "roles"


@dataclass(frozen=True)
class Impersonation:
    """One impersonation that is going on; `number` is the one under which it is kept while it lasts.

    `target_id` is the user's or the group's id; `label` names the user, the group or the roles for people and the log.
    `project_id` is the id of the folder that it is confined to, None where it holds on the whole site.
    """

    administrator: Principal
    guise: Guise
    label: str
    target_id: int | None = None
    roles: tuple[Role, ...] = ()
    project_id: int | None = None
    number: int = 0
