"""Custom views: find those that a caller may see, save and delete them. Who may do it is decided by the caller of this.

A view of the session stands before one's own, one's own before a shared one, a nearer folder's before a farther one's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import Folder
from keyhouse.core.caller import Caller
from keyhouse.queries.binding import Binding, binding_of
from keyhouse.queries.definition import ViewDefinition, ViewError, read
from keyhouse.queries.models import CustomView
from keyhouse.queries.names import Subject, check_view_name, lineage

_VISIBLE = """
SELECT view.*, folder.path AS folder_path, folder.lower_path AS lower_path
FROM keyhouse_custom_view view JOIN keyhouse_folder folder ON folder.id = view.folder_id
WHERE view.table_key = %s AND folder.lower_path IN ({paths}) AND (view.inherits OR folder.id = %s)
  AND (view.owner_id IS NULL OR view.owner_id = %s) AND (view.bound_to = '' OR view.bound_to = %s)
"""


@dataclass(frozen=True)
class View:
    """A saved view as one caller sees it. `folder_path` is where it is kept; `owner_id` None means everybody's."""

    row: CustomView
    definition: ViewDefinition
    folder_path: str

    @property
    def name(self) -> str:
        """Its name; empty for the default view."""
        return self.row.name

    @property
    def is_shared(self) -> bool:
        """Tell whether everybody who may read the table sees it."""
        return self.row.owner_id is None

    @property
    def is_in_session(self) -> bool:
        """Tell whether it ends with the session."""
        return bool(self.row.bound_to)


class CustomViews:
    """What can be done with views; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def of(self, subject: Subject, caller: Caller, has_session: bool = True) -> list[View]:
        """Return the views of a table that this caller may see, one of each name."""
        chosen: dict[str, View] = {}
        for view in self._visible(subject, caller):
            if has_session or not view.is_in_session:
                chosen.setdefault(view.row.name_key, view)
        return list(chosen.values())

    def find(self, subject: Subject, name: str, caller: Caller, has_session: bool = True) -> View | None:
        """Return the view of this name that stands before all others of it."""
        wanted = name.casefold()
        views = self._visible(subject, caller)
        return next(
            (view for view in views if view.row.name_key == wanted and (has_session or not view.is_in_session)), None
        )

    def find_shared(self, subject: Subject, name: str, caller: Caller) -> View | None:
        """Return the shared view of this name."""
        wanted = name.casefold()
        views = self._visible(subject, caller)
        return next((view for view in views if view.row.name_key == wanted and view.is_shared), None)

    def save(
        self,
        subject: Subject,
        name: str,
        definition: ViewDefinition,
        caller: Caller,
        *,
        is_shared: bool = False,
        is_hidden: bool = False,
        inherits: bool = False,
        binding: Binding | None = None,
    ) -> View:
        """Save a view in place of one of the same name, owner and session.

        Raises `NameRefused`. A shared view takes the place of one's own of its name as well.
        """
        check_view_name(name)
        now = self._clock()
        user_id = caller.principal.id
        place = {"folder": subject.folder, "table_key": subject.table_key, "name_key": name.casefold()}
        belongs = {"owner_id": None if is_shared else user_id, "bound_to": binding.name if binding else ""}
        said = {
            "schema": subject.schema,
            "query": subject.query,
            "name": name,
            "definition": definition.as_json(),
            "is_hidden": is_hidden,
            "inherits": inherits,
            "modified_at": now,
            "modified_by_id": user_id,
            **(binding.columns(now) if binding else {}),
        }
        with transaction.atomic():
            if is_shared:
                CustomView.objects.filter(**place, owner_id=user_id, bound_to="").delete()
            made = {**said, "created_at": now, "created_by_id": user_id}
            row, _ = CustomView.objects.update_or_create(**place, **belongs, defaults=said, create_defaults=made)
            self._record(row, subject.folder, caller, "was saved")
            CustomView.objects.filter(expires_at__lte=now).delete()
        return View(row, definition, subject.folder.path)

    def delete(self, view: View, caller: Caller) -> None:
        """Delete a view."""
        with transaction.atomic():
            self._record(view.row, view.row.folder, caller, "was deleted")
            view.row.delete()

    def rename(self, view: View, name: str, caller: Caller) -> None:
        """Give a view another name; raises `NameRefused`, or IntegrityError where the name is taken."""
        check_view_name(name)
        with transaction.atomic():
            self._record(view.row, view.row.folder, caller, f"was renamed to '{name}'")
            fields = {"name": name, "name_key": name.casefold(), "modified_at": self._clock()}
            CustomView.objects.filter(id=view.row.id).update(**fields, modified_by_id=caller.principal.id)

    def keep(self, view: View, subject: Subject, name: str, caller: Caller, **how: Any) -> View:
        """Save a view of the session to stay, and take it from the session."""
        with transaction.atomic():
            view.row.delete()
            return self.save(subject, name, view.definition, caller, **how)

    def _visible(self, subject: Subject, caller: Caller) -> list[View]:
        if not _has_views(subject):
            return []
        paths = lineage(subject.folder)
        statement = _VISIBLE.format(paths=", ".join(["%s"] * len(paths)))
        binding = binding_of(caller)
        # A guest's id belongs to no user, so that the guest sees what is shared.
        who = [subject.folder.id, caller.principal.id, binding.name if binding else "-"]
        rows = CustomView.objects.raw(statement, [subject.table_key, *paths, *who])
        return sorted(_readable(rows, self._clock()), key=lambda view: _rank(view, paths))

    def _record(self, row: CustomView, folder: Folder, caller: Caller, what: str) -> None:
        title = f"View '{row.name}'" if row.name else "The default view"
        details = {
            "view": row.name,
            "isShared": row.owner_id is None,
            "isInSession": bool(row.bound_to),
            # Columns and operators, but no values: those can be the very data that the log must not spread.
            "columns": [each["fieldKey"] for each in row.definition.get("columns", ())],
            "filters": [f"{each['fieldKey']}~{each['op']}" for each in row.definition.get("filter", ())],
        }
        self._recorder.record(
            Event(
                Kind.VIEW_CHANGED,
                caller,
                f"{title} of {row.schema}.{row.query} {what}.",
                folder=folder.path,
                schema=row.schema,
                query=row.query,
                details=details,
            )
        )


def _has_views(subject: Subject) -> bool:
    # Asked on every reading, and most tables have none: ten times as quick as an empty answer with all its columns.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM keyhouse_custom_view WHERE table_key = %s LIMIT 1", [subject.table_key])
        return cursor.fetchone() is not None


def _readable(rows: Iterable[CustomView], now: datetime) -> Iterable[View]:
    for row in rows:
        if row.expires_at is not None and row.expires_at <= now:
            continue
        try:
            yield View(row, read(row.definition), str(getattr(row, "folder_path", "")))
        except (ViewError, AttributeError):
            continue


def _rank(view: View, paths: list[str]) -> tuple[bool, bool, int]:
    return not view.is_in_session, view.is_shared, paths.index(str(getattr(view.row, "lower_path", "/")))
