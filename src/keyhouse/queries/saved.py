"""Saved queries: find those of a schema, save and delete them. They run with the rights of whoever reads them.

A query of the session stands before a stored one, a nearer folder's before a farther one's that is inherited.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import Folder
from keyhouse.core.caller import Caller
from keyhouse.queries.binding import binding_of
from keyhouse.queries.models import SavedQuery
from keyhouse.queries.names import NameRefused, check_query_name, lineage

LONGEST_SQL = 1_000_000
MOST_IN_SESSION = 100
"""Of more, the oldest go: a program that asks for one with each statement must not fill the disk."""


class SavedQueries:
    """What can be done with saved queries; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def of(self, folder: Folder, schema: str, caller: Caller) -> list[SavedQuery]:
        """Return the stored queries of a schema, one of each name; those of the session are found by name alone."""
        chosen: dict[str, SavedQuery] = {}
        for row in self._visible(folder, schema, caller):
            if not row.bound_to:
                chosen.setdefault(row.name_key, row)
        return sorted(chosen.values(), key=lambda row: row.name_key)

    def find(self, folder: Folder, schema: str, name: str, caller: Caller) -> SavedQuery | None:
        """Return the query of this name, in any letter case."""
        return next(iter(self._visible(folder, schema, caller, name)), None)

    def save(
        self,
        folder: Folder,
        schema: str,
        name: str,
        sql: str,
        caller: Caller,
        *,
        title: str = "",
        description: str = "",
        is_hidden: bool = False,
        inherits: bool = False,
    ) -> SavedQuery:
        """Save a query in place of one of the same name. Raises `NameRefused`; what it says is not looked at."""
        check_query_name(name)
        _check_sql(sql)
        now, user_id = self._clock(), caller.principal.id
        place = {"folder": folder, "schema_key": schema.casefold(), "name_key": name.casefold(), "bound_to": ""}
        said = {
            "schema": schema,
            "name": name,
            "sql": sql,
            "title": title[:200],
            "description": description,
            "is_hidden": is_hidden,
            "inherits": inherits,
            "modified_at": now,
            "modified_by_id": user_id,
        }
        made = {**said, "created_at": now, "created_by_id": user_id}
        with transaction.atomic():
            row, is_new = SavedQuery.objects.update_or_create(**place, defaults=said, create_defaults=made)
            self._record(row, folder, caller, "was added" if is_new else "was changed")
        return row

    def save_in_session(self, folder: Folder, schema: str, sql: str, caller: Caller) -> SavedQuery | None:
        """Save a statement for the session of the caller under a name of its own; None for a guest, who has none."""
        binding = binding_of(caller)
        if binding is None:
            return None
        _check_sql(sql)
        now = self._clock()
        with transaction.atomic():
            mine = SavedQuery.objects.filter(bound_to=binding.name)
            name = _free_name(mine, f"{schema}_temp")
            row = SavedQuery.objects.create(
                folder=folder,
                schema=schema,
                schema_key=schema.casefold(),
                sql=sql,
                **{"name": name, "name_key": name.casefold(), "is_hidden": True, **binding.columns(now)},
                created_at=now,
                modified_at=now,
                created_by_id=caller.principal.id,
                modified_by_id=caller.principal.id,
            )
            self._record(row, folder, caller, "was saved for the session")
            newest = mine.order_by("-id").values_list("id", flat=True)[:MOST_IN_SESSION]
            mine.exclude(id__in=list(newest)).delete()
            SavedQuery.objects.filter(expires_at__lte=now).delete()
        return row

    def delete(self, row: SavedQuery, caller: Caller) -> None:
        """Delete a query; the views of it stay, and serve again if one of its name is saved."""
        with transaction.atomic():
            self._record(row, row.folder, caller, "was deleted")
            row.delete()

    def _visible(self, folder: Folder, schema: str, caller: Caller, name: str | None = None) -> list[SavedQuery]:
        paths = lineage(folder)
        binding = binding_of(caller)
        rows = SavedQuery.objects.select_related("folder").filter(
            Q(folder=folder) | Q(inherits=True, folder__lower_path__in=paths),
            Q(expires_at__isnull=True) | Q(expires_at__gt=self._clock()),
            schema_key=schema.casefold(),
            bound_to__in=["", binding.name] if binding else [""],
        )
        if name is not None:
            rows = rows.filter(name_key=name.casefold())
        return sorted(rows, key=lambda row: (not row.bound_to, paths.index(row.folder.lower_path)))

    def _record(self, row: SavedQuery, folder: Folder, caller: Caller, what: str) -> None:
        # The statement can hold values that the log must not spread; the start of its digest tells one from another.
        details = {"sqlDigest": hashlib.sha256(row.sql.encode()).hexdigest()[:16], "isInSession": bool(row.bound_to)}
        comment = f"Query '{row.name}' in {row.schema} {what}."
        self._recorder.record(
            Event(
                Kind.QUERY_CHANGED,
                caller,
                comment,
                folder=folder.path,
                schema=row.schema,
                query=row.name,
                details=details,
            )
        )


def _check_sql(sql: str) -> None:
    if not sql.strip():
        raise NameRefused("A query needs a statement.")
    if "\0" in sql or len(sql) > LONGEST_SQL:
        raise NameRefused(f"A statement has at most {LONGEST_SQL} characters, and no NUL.")


def _free_name(mine: QuerySet[SavedQuery], prefix: str) -> str:
    taken = set(mine.values_list("name", flat=True))
    number = len(taken) + 1
    while f"{prefix}_{number}" in taken:
        number += 1
    return f"{prefix}_{number}"
