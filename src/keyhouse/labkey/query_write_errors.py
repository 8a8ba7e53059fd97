"""Rows that cannot be written, in the shapes in which clients expect to hear of it (client-api.md, section 6.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyhouse.data.write import Fault
from keyhouse.labkey.query_write_values import on_wire
from keyhouse.labkey.versions import requested
from keyhouse.web.call import Call
from keyhouse.web.errors import WireError

_TOLD_ROWS = 100
_TOLERANT = 13.2


@dataclass(frozen=True)
class RowError:
    """What is wrong with one row; `number` counts the rows from 1 and is None where no single row is at fault."""

    faults: Sequence[Fault]
    number: int | None = None
    row: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """What the client reads first."""
        return self.faults[0].text

    def body(self, schema_name: str = "", query_name: str = "") -> dict[str, Any]:
        """Return the error as it stands in an answer."""
        told: dict[str, Any] = {"exception": self.text, "errors": [_told(fault) for fault in self.faults]}
        if schema_name:
            told |= {"schemaName": schema_name, "queryName": query_name}
        if self.number is not None:
            told["rowNumber"] = self.number
        if self.row is not None:
            told["row"] = on_wire(self.row)
        return told


class BatchError(WireError):
    """Rows are wrong: status 400, and 200 to clients of version 13.2 and later, as those expect."""

    status = 400

    def __init__(
        self, call: Call, errors: Sequence[RowError], names: tuple[str, str], context: Mapping[str, Any]
    ) -> None:
        self.count = len(errors)
        bodies = [error.body(*names) for error in errors[:_TOLD_ROWS]]
        extra = {"errors": bodies, "errorCount": len(errors), "extraContext": context}
        super().__init__(errors[0].text, extra, 200 if is_tolerant(call) else 400)


def is_tolerant(call: Call) -> bool:
    """Tell whether the client wants rows that are wrong reported with status 200."""
    return requested(call) >= _TOLERANT


def _told(fault: Fault) -> dict[str, Any]:
    return {"id": fault.field or "_row", "field": fault.field, "msg": fault.text, "message": fault.text}
