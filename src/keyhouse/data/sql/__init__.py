"""LabKey SQL: parsed with sqlglot, guarded by a walk that builds each statement anew, run on one database.

Nothing of a client's text reaches a database. What is allowed is built anew with made-up names; values travel beside
the statement; tables and columns come from a catalog that knows only what this caller may see. Start at `SqlTable`.
"""

from keyhouse.data.sql.catalog import Catalog, Surroundings
from keyhouse.data.sql.errors import BadStatement
from keyhouse.data.sql.table import SqlTable
from keyhouse.data.sql.where import where_clause

__all__ = ["BadStatement", "Catalog", "SqlTable", "Surroundings", "where_clause"]
