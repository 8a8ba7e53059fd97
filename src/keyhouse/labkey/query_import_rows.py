"""The rows of a file written into a table, a batch in memory at a time (client-api.md, section 8.6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.data.write import Fault, Intake, Key, RowFaults, TableWriter
from keyhouse.labkey.query_write_command import NOT_FOUND
from keyhouse.labkey.query_write_errors import RowError
from keyhouse.tabular import Row, Sheet, TabularError

_BATCH = 500
_MOST_ERRORS = 100


class InsertOption(StrEnum):
    """What happens to rows that are there already, and to those that are not."""

    IMPORT = "IMPORT"
    INSERT = "INSERT"
    IMPORT_IDENTITY = "IMPORT_IDENTITY"
    MERGE = "MERGE"
    UPSERT = "UPSERT"
    REPLACE = "REPLACE"
    UPDATE = "UPDATE"

    @property
    def inserts_only(self) -> bool:
        """Tell whether every row is a new one."""
        return self in {InsertOption.IMPORT, InsertOption.INSERT, InsertOption.IMPORT_IDENTITY}

    @property
    def merges(self) -> bool:
        """Tell whether columns that the file does not have stay as they are."""
        return self in {InsertOption.MERGE, InsertOption.UPSERT, InsertOption.UPDATE}

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What one must be permitted to do in the folder."""
        if self.inserts_only:
            return (Permission.INSERT,)
        return (Permission.UPDATE,) if self is InsertOption.UPDATE else (Permission.UPDATE, Permission.INSERT)


class RowsRefused(Exception):
    """Rows of the file are wrong; `errors` has them in their order, up to a number."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(errors[0].text)
        self.errors = errors


@dataclass
class Loaded:
    """How many rows were written."""

    inserted: int = 0
    updated: int = 0


class Loader:
    """Writes one sheet. All its faults are gathered, and nothing more is written after the first."""

    def __init__(self, intake: Intake, writer: TableWriter, option: InsertOption) -> None:
        self._intake, self._writer, self._option = intake, writer, option
        self._errors: list[RowError] = []

    def load(self, sheet: Sheet) -> Loaded:
        """Write all rows. Raise RowsRefused, and RowRefused where the database refuses one."""
        self._check_header(sheet)
        loaded = Loaded()
        if self._option.inserts_only:
            loaded.inserted = self._writer.insert_many(self._new_rows(sheet))
        else:
            rows = self._sound_rows(sheet)
            while batch := list(islice(rows, _BATCH)):
                self._save(batch, loaded)
        if self._errors:
            raise RowsRefused(sorted(self._errors, key=lambda error: error.number or 0))
        return loaded

    def _check_header(self, sheet: Sheet) -> None:
        # Rows that are merged need only what is to change; what a new one needs is seen when it is inserted.
        needed = [] if self._option.merges else self._intake.lacking(sheet.header)
        if self._option is InsertOption.UPDATE:
            needed = self._intake.lacking_keys(sheet.header)
        if needed:
            raise RowsRefused([RowError([fault]) for fault in needed])

    def _new_rows(self, sheet: Sheet) -> Iterator[dict[str, Any]]:
        for number, row in self._sound_rows(sheet):
            try:
                values = self._intake.new(row)
            except RowFaults as faults:
                self._add(RowError(faults.faults, number))
                continue
            if not self._errors:
                yield values

    def _sound_rows(self, sheet: Sheet) -> Iterator[tuple[int, Mapping[str, Any]]]:
        try:
            for row in sheet.rows:
                if row.problem:
                    self._add(RowError([Fault(_problem(row))], row.number))
                elif len(self._errors) < _MOST_ERRORS:
                    yield row.number, dict(zip(sheet.header, row.values, strict=True))
                else:
                    return
        except TabularError as error:
            self._add(RowError([Fault(str(error))], error.row))

    def _save(self, batch: list[tuple[int, Mapping[str, Any]]], loaded: Loaded) -> None:
        keyed = list(self._keyed(batch))
        known = self._writer.present([key for _, _, key in keyed if key is not None]) if not self._errors else set()
        for number, row, key in keyed:
            try:
                self._save_row(number, row, key, known, loaded)
            except RowFaults as faults:
                self._add(RowError(faults.faults, number))

    def _save_row(self, number: int, row: Mapping[str, Any], key: Key | None, known: set[Key], loaded: Loaded) -> None:
        if key is not None and key in known:
            values = self._intake.changed(row)
            if self._option is InsertOption.REPLACE:
                values = {**self._intake.blank(), **values}
            if not self._errors:
                self._writer.update(key, values)
                loaded.updated += 1
        elif self._option is InsertOption.UPDATE:
            self._add(RowError([Fault(NOT_FOUND)], number))
        else:
            values = self._intake.new(row)
            if not self._errors:
                self._writer.insert(values)
                loaded.inserted += 1
                # The next row of the file may have the same key.
                known.update([key] if key is not None else [])

    def _keyed(self, batch: list[tuple[int, Mapping[str, Any]]]) -> Iterator[tuple[int, Mapping[str, Any], Key | None]]:
        for number, row in batch:
            try:
                is_new = not self._intake.has_key(row) and self._option is not InsertOption.UPDATE
                yield number, row, None if is_new else self._intake.key(row)
            except RowFaults as faults:
                self._add(RowError(faults.faults, number))

    def _add(self, error: RowError) -> None:
        if len(self._errors) < _MOST_ERRORS:
            self._errors.append(error)


def _problem(row: Row) -> str:
    return f"Row {row.number} (line {row.line}): {row.problem}."
