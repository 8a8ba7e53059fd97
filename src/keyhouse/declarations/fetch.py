"""What a folder demands and what was declared there, in one read each: both are asked on every access."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import connection

from keyhouse.authz.models import ROOT_ID, Folder
from keyhouse.authz.stored import stored_moment
from keyhouse.compliance.declaring import Declared, Demand
from keyhouse.core.assurance import Assurance
from keyhouse.core.context import AcceptedTerms
from keyhouse.core.phi import PhiColumns, PhiLevel

_ROWS = """
SELECT folder.id, folder.path, folder.lower_path, demand.id IS NOT NULL,
       demand.wants_purpose, demand.purposes, demand.wants_irb_number, demand.wants_phi_level, demand.wants_signature,
       demand.requires_phi_roles, demand.phi_columns, demand.lapse_days, demand.assurance,
       terms.version, terms.digest, terms.text <> ''
FROM keyhouse_folder folder
     LEFT JOIN keyhouse_folder_demand demand ON demand.folder_id = folder.id
     LEFT JOIN keyhouse_terms terms ON terms.folder_id = folder.id AND terms.version = (
         SELECT max(version) FROM keyhouse_terms latest WHERE latest.folder_id = folder.id)
WHERE {where}
ORDER BY length(folder.lower_path), folder.id
"""
_DEMANDS = _ROWS.format(where="folder.lower_path IN ({places}) AND (demand.id IS NOT NULL OR terms.id IS NOT NULL)")
_OF_ALL = _ROWS.format(
    where="folder.id IN (SELECT folder_id FROM keyhouse_folder_demand UNION SELECT folder_id FROM keyhouse_terms)"
)
_DECLARED = """
SELECT id, at, purpose, irb_number, phi_level, terms, printed_name, key_id
FROM keyhouse_declaration
WHERE scope_id = %s AND {whose}
ORDER BY version DESC, id DESC LIMIT 1
"""
_OF_SESSION = _DECLARED.format(whose="session_id = %s AND key_id IS NULL")
_OF_KEY = _DECLARED.format(whose="key_id = (SELECT id FROM keyhouse_api_key WHERE key_id = %s)")


Row = Sequence[Any]
_WANTS = (0, 2, 3, 4)
"""Where a row says that something must be declared: purpose, IRB number, PHI level, signature."""


@dataclass(frozen=True)
class Demanded:
    """What a folder demands; `scope_id` is the folder that declarations for it belong to."""

    demand: Demand
    scope_id: int = ROOT_ID


def demanded_in(folder: Folder) -> Demanded:
    """Return what is demanded in a folder: the demands of the root, the project and all folders down to it, together.

    Declarations belong to the nearest folder that demands one itself.
    """
    return _together(_rows(paths_to(folder.lower_path)))


def demanded_above(folder: Folder) -> Demanded:
    """Return what the folders above one demand, without its own demands."""
    return _together(_rows(paths_to(folder.lower_path)[:-1]))


class Everywhere:
    """What all folders demand, read once, for a caller who asks of many."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_OF_ALL)
            self._rows = {row[2]: row for row in cursor.fetchall()}

    def demanded_in(self, folder: Folder) -> Demanded:
        """Return what is demanded in a folder, as `demanded_in` does."""
        return _together([self._rows[path] for path in paths_to(folder.lower_path) if path in self._rows])


def declared_in_session(scope_id: int, session_id: str) -> Declared | None:
    """Return the declaration in force of a browser session."""
    return _declared(_OF_SESSION, scope_id, session_id)


def declared_for_key(scope_id: int, key_id: str) -> Declared | None:
    """Return the declaration in force of an API key."""
    return _declared(_OF_KEY, scope_id, key_id)


def paths_to(lower_path: str) -> list[str]:
    """Return the paths of a folder and of all above it, in lower case, the root's first."""
    names = [name for name in lower_path.split("/") if name]
    return ["/", *("/" + "/".join(names[:depth]) for depth in range(1, len(names) + 1))]


def _rows(places: Sequence[str]) -> Sequence[Row]:
    if not places:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_DEMANDS.format(places=", ".join(["%s"] * len(places))), places)
        rows: Sequence[Row] = cursor.fetchall()
    return rows


def _together(rows: Sequence[Row]) -> Demanded:
    """Add up what the folders demand, the root's first."""
    demanded = Demanded(Demand())
    for row in rows:
        demanded = _joined(demanded, row)
    return demanded


def _joined(above: Demanded, row: Row) -> Demanded:
    """Add what one folder demands to what the folders above it do."""
    folder_id, path, _lower_path, has_demand, *wants, version, digest, has_text = row
    demand = _with_own(above.demand, wants) if has_demand else above.demand
    if version is not None and has_text:
        demand = replace(demand, terms=(*demand.terms, AcceptedTerms(path, version, digest)))
    wants_one = has_text or (has_demand and any(wants[each] for each in _WANTS))
    return Demanded(demand, folder_id if wants_one else above.scope_id)


def _with_own(above: Demand, wants: Row) -> Demand:
    wants_purpose, purposes, wants_irb, wants_phi, wants_signature, requires_roles, *others = wants
    phi_columns, lapse_days, assurance = others
    return replace(
        above,
        wants_purpose=above.wants_purpose or bool(wants_purpose),
        purposes=_narrowed(above.purposes, tuple(_read(purposes))),
        wants_irb_number=above.wants_irb_number or bool(wants_irb),
        wants_phi_level=above.wants_phi_level or bool(wants_phi),
        wants_signature=above.wants_signature or bool(wants_signature),
        requires_phi_roles=above.requires_phi_roles or bool(requires_roles),
        phi_columns=PhiColumns(phi_columns) if phi_columns else above.phi_columns,
        lapses_after=_shorter(above.lapses_after, lapse_days),
        assurance=max(above.assurance, Assurance(assurance)),
    )


def _narrowed(above: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    # A list can only make the one above shorter; one that became foreign to it is none, or nothing could be chosen.
    return tuple(each for each in own if not above or each in above) or above


def _shorter(above: timedelta | None, days: int | None) -> timedelta | None:
    own = None if days is None else timedelta(days=days)
    return min((each for each in (above, own) if each is not None), default=None)


def _declared(statement: str, *whose: int | str) -> Declared | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(whose))
        row = cursor.fetchone()
    if row is None:
        return None
    number, at, purpose, irb_number, phi_level, terms, printed_name, key_id = row
    return Declared(
        number=number,
        at=stored_moment(at),
        purpose=purpose,
        irb_number=irb_number,
        phi_level=PhiLevel(phi_level) if phi_level is not None else None,
        terms=tuple(AcceptedTerms(each["folder"], each["version"], each["digest"]) for each in _read(terms)),
        printed_name=printed_name,
        is_of_key=key_id is not None,
    )


def _read(value: Any) -> Iterable[Any]:
    items: Iterable[Any] = json.loads(value) if isinstance(value, str) else value
    return items
