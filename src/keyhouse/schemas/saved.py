"""Saved queries as tables: compiled for whoever reads them, so that they show what this caller may see and no more."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from keyhouse.data import BadValue, Column, Query, RowStream
from keyhouse.data.sql import BadStatement, SqlTable
from keyhouse.data.sql.parse import Parameter, parse_statement
from keyhouse.queries.models import SavedQuery
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, WireError
from keyhouse.web.parameters import Parameters

PARSE_ERROR = "org.labkey.api.query.QueryParseException"


class SavedTable(SqlTable):
    """The rows of a saved query. One that is broken has no columns, and says what is wrong when it is read.

    A query can break after it was saved: a column goes, or the caller may not see a table that it names.
    """

    def __init__(self, call: Call, row: SavedQuery, folders: tuple[str, ...] | None = None) -> None:
        # Imported late: a catalog finds tables in schemas, and schemas find saved queries here.
        from keyhouse.schemas.sql import CallCatalog

        self.row = row
        catalog = CallCatalog(call, row.schema, folders)
        self.values = parameter_values(call.parameters)
        super().__init__(
            row.sql, catalog, self.values, name=row.name, title=row.title, description=row.description or None
        )

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the SELECT list; none where the statement cannot be understood."""
        return () if self.failure is not None else tuple(each.column for each in self.statement.outputs)

    @cached_property
    def failure(self) -> BadStatement | BadValue | None:
        """Why the statement, or the value of a parameter, cannot be understood."""
        try:
            _ = self.statement
        except (BadStatement, BadValue) as error:
            return error
        return None

    @property
    def is_cut(self) -> bool:
        """Whether a table that it reads has more than the caller may see, as a broken query may for all one knows."""
        return self.failure is not None or super().is_cut

    @property
    def problem(self) -> str:
        """What is wrong, in one line; empty if nothing is."""
        return f"Query '{self.name}': {self.failure}" if self.failure is not None else ""

    @cached_property
    def declared(self) -> tuple[Parameter, ...]:
        """The parameters that the statement declares, also where the value of one is wrong."""
        try:
            return parse_statement(self.statement_text.text).parameters
        except BadStatement:
            return ()

    @property
    def missing(self) -> list[str]:
        """The parameters that have neither a value nor a default."""
        if self.failure is not None:
            return []
        given = {name.casefold() for name in self.values}
        return [each.name for each in self.declared if each.default is None and each.name.casefold() not in given]

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query; raises `WireError` for a broken statement or a parameter without a value."""
        self._check()
        return super().select(query)

    def count(self, query: Query) -> int:
        """Count the rows of a query; raises as `select`."""
        self._check()
        return super().count(query)

    def _check(self) -> None:
        if isinstance(self.failure, BadValue):
            raise self.failure
        if self.failure is not None:
            # As for a statement that a client sends: 500, with the place (client-api.md, section 6.1).
            raise WireError(self.problem, place_of(self.failure))
        if self.missing:
            raise BadRequest(f"Parameter not provided: {self.missing[0]}")


def saved_table(call: Call, schema_name: str, name: str, folders: tuple[str, ...] | None = None) -> SavedTable | None:
    """Find a saved query of a schema, for this caller; `folders` as for `find_schema`."""
    row = call.site.saved_queries.find(call.folder, schema_name, name, call.caller)
    return SavedTable(call, row, folders) if row else None


def place_of(error: BadStatement) -> dict[str, Any]:
    """Say where a statement is wrong, as clients read it."""
    if not error.line:
        return {"exceptionClass": PARSE_ERROR}
    errors = [{"msg": error.text, "line": error.line, "col": error.column, "type": "sql"}]
    return {"exceptionClass": PARSE_ERROR, "errors": errors}


def parameter_values(parameters: Parameters) -> Mapping[str, str]:
    """Return the values of `query.param.NAME`; a name that is missing, as R sends it, means nothing."""
    region = parameters.text("dataRegionName").strip() or "query"
    prefix = f"{region}.param.".lower()
    return {
        name[len(prefix) :]: parameters.text(name)
        for name, value in parameters
        if name.lower().startswith(prefix) and len(name) > len(prefix) and value is not None
    }
