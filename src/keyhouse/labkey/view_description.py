"""Custom views as clients are told of them: in ``getQueryViews``, and in the details of a query."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from keyhouse.accounts.models import User
from keyhouse.core.permissions import Permission
from keyhouse.data import Column, Table, decode_field_key, encode_field_key
from keyhouse.queries.definition import ViewColumn, ViewDefinition
from keyhouse.queries.views import View
from keyhouse.schemas.view_telling import told_of
from keyhouse.web.call import Call

Describe = Callable[[Column], dict[str, Any]]


@dataclass(frozen=True)
class ViewDescriber:
    """Describes the views of one table; `find` resolves field keys, through lookups too, and `describe` columns."""

    call: Call
    schema_name: str
    table: Table
    find: Callable[[str], Column | None]
    describe: Describe
    default: View | None

    def of(self, view: View, has_fields: bool) -> dict[str, Any]:
        """Describe a saved view."""
        row = view.row
        may_edit = not view.is_shared or self.call.may(Permission.UPDATE)
        owner = User.objects.filter(id=row.owner_id).first() if row.owner_id else None
        described = {
            "name": row.name,
            "label": row.name or "default",
            "default": not row.name,
            **({"owner": owner.display_name} if owner else {}),
            "shared": view.is_shared,
            "inherit": row.inherits,
            "session": view.is_in_session,
            "editable": may_edit,
            "deletable": may_edit,
            "revertable": True,
            "hidden": row.is_hidden,
            "savable": True,
            "containerPath": view.folder_path,
        }
        return described | self._contents(row.name, view.definition, has_fields)

    def untouched(self, has_fields: bool, name: str = "", is_missing: bool = False) -> dict[str, Any]:
        """Describe a view that nobody has saved: the default view of the table, or one to be made from it."""
        described = {
            "name": name,
            "label": name or "default",
            "default": not name,
            "owner": self.call.principal.display_name,
            "shared": False,
            "inherit": False,
            "session": False,
            "editable": True,
            "deletable": False,
            "revertable": False,
            "hidden": False,
            "savable": not self.call.principal.is_guest,
            "containerPath": self.call.folder.path,
        }
        contents = self._contents(name, ViewDefinition(), has_fields)
        return described | contents | ({"doesNotExist": True} if is_missing else {})

    def _contents(self, name: str, said: ViewDefinition, has_fields: bool) -> dict[str, Any]:
        said = told_of(self.call, self.table, said)
        columns = said.columns or self._default_columns(name)
        url = {"schemaName": self.schema_name, "query.queryName": self.table.name}
        contents: dict[str, Any] = {
            "viewDataUrl": self.call.url(
                "query-executeQuery.view", **url, **({"query.viewName": name} if name else {})
            ),
            "columns": [_column(each) for each in columns],
            "filter": [{"fieldKey": each.field_key, "op": each.op, "value": each.value} for each in said.filters],
            "sort": [{"fieldKey": key, "dir": "-" if descending else "+"} for key, descending in said.sort],
            "aggregates": [
                {"fieldKey": each["fieldKey"], "type": each["type"]} for each in said.aggregates if "type" in each
            ],
            "analyticsProviders": [_provider(each) for each in said.aggregates if "name" in each],
            "containerFilter": said.container_filter or None,
        }
        if has_fields:
            keys = [each.field_key for each in columns] + [each.field_key for each in said.filters]
            keys += [key for key, _ in said.sort] + [each["fieldKey"] for each in said.aggregates]
            contents["fields"] = [self.describe(column) for column in self._known(keys)]
        return contents

    def _default_columns(self, name: str) -> Iterable[ViewColumn]:
        # R fails on a view without columns; so a new one begins with those of the default view.
        if name and self.default is not None:
            return self.default.definition.columns
        return [ViewColumn(encode_field_key(column.field_key)) for column in self.table.columns if not column.hidden]

    def _known(self, keys: Iterable[str]) -> Iterable[Column]:
        found = {column.name: column for key in keys if (column := self.find(key)) is not None}
        return found.values()


def _column(column: ViewColumn) -> dict[str, str]:
    key = column.field_key
    title = {"title": column.title} if column.title else {}
    return {"name": decode_field_key(key)[-1], "key": key, "fieldKey": key, **title}


def _provider(each: Any) -> dict[str, Any]:
    name = each["name"]
    return {
        "fieldKey": each["fieldKey"],
        "name": name,
        "label": each.get("label", name),
        "isSummaryStatistic": name.upper().startswith("AGG_"),
    }
