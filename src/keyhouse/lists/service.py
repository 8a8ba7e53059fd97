"""Make, change and delete lists: the design in Keyhouse's database, the table in the managed one.

The table is brought to the new design in an open transaction, the design is committed with its audit row, and then the
table is committed. A crash between the two commits leaves a design that is not settled: its next use conforms the table
once more (docs/decisions, "A list's design is the truth").
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.impersonated import rights_acting
from keyhouse.authz.models import Folder
from keyhouse.core.caller import Caller, is_operator
from keyhouse.core.permissions import Permission
from keyhouse.data.managed import ManagedDatabase, Unsuitable, Work
from keyhouse.lists.changes import apply, check_guarded, described
from keyhouse.lists.errors import BadDesign, ListNotFound, Misused
from keyhouse.lists.find import fields_of, folded
from keyhouse.lists.models import Leftover, ListDesign, ListField
from keyhouse.lists.tables import table_of
from keyhouse.lists.types import TYPES
from keyhouse.lists.wanted import KEY_TYPES, WantedField, WantedList, check_fields, check_indices, check_name

Renamed = Callable[[ListDesign, str, Mapping[str, str], Caller], None]


@dataclass(frozen=True)
class Lists:
    """What can be done with lists; built once by the composition root.

    `renamed` is called in the transaction that gives a list or fields of it other names, with the list as it is now,
    its old name, and the new names of fields by their old ones: what is said of them elsewhere goes along.
    """

    database: ManagedDatabase
    recorder: Recorder
    clock: Callable[[], datetime]
    renamed: Renamed

    def create(self, folder: Folder, wanted: WantedList, key_name: str, key_type: str, caller: Caller) -> ListDesign:
        """Make a list. Raises a ListError, or a SourceError where the managed database is down."""
        check_name(wanted.name)
        if not key_name:
            raise Misused("List keyName is required")
        if key_type not in KEY_TYPES:
            raise Misused("List keyType provided does not exist.")
        wanted = with_key(wanted, key_name, key_type)
        check_fields(wanted.fields)
        check_indices(wanted.indices, wanted.fields)
        self._refuse_taken(folder, wanted.name)
        design = self._new_design(folder, wanted, key_type, caller)
        fields: list[ListField] = []
        apply(wanted, design, fields, is_new=True, key_name=key_name)
        with self._changing() as work:
            work.conform(table_of(design, fields))
            with transaction.atomic():
                self._store(design, fields, {})
                self._record(Kind.LIST_CREATED, design, caller, {"new": described(design, fields)})
        self._settle(design)
        return self._again(design)

    def save(self, design: ListDesign, wanted: WantedList, caller: Caller, guarded: Collection[int] = ()) -> ListDesign:
        """Change a list to what is wanted; its rows are kept as far as they fit. Raises as `create` does.

        The fields with the ids `guarded` are above what the caller may see: they are changed in no way that shows any
        of their values, and are not made less guarded.
        """
        check_name(wanted.name)
        check_fields(wanted.fields)
        check_indices(wanted.indices, wanted.fields)
        # Errors name rows by their keys.
        is_key_guarded = any(each.is_key and each.id in guarded for each in fields_of(design))
        with self._changing(() if is_key_guarded else _readable_by(caller)) as work:
            # Under the lock: what was read before may have been changed by another request since.
            design = self._again(design)
            fields = fields_of(design)
            if not design.is_settled:
                work.conform(table_of(design, fields))
            old, had = described(design, fields), {each.id: each for each in fields}
            name, names = design.name, {each.id: each.name for each in fields}
            check_guarded(wanted, design, fields, guarded)
            if folded(wanted.name) != design.folded_name:
                self._refuse_taken(design.folder, wanted.name)
            apply(wanted, design, fields)
            design.modified_at = self.clock()
            work.conform(table_of(design, fields))
            with transaction.atomic():
                self._store(design, fields, had)
                changed = {names[each.id]: each.name for each in fields if names.get(each.id, each.name) != each.name}
                if changed or name != design.name:
                    self.renamed(design, name, changed, caller)
                self._record(Kind.LIST_CHANGED, design, caller, {"old": old, "new": described(design, fields)})
        self._settle(design)
        return self._again(design)

    def delete(self, design: ListDesign, caller: Caller) -> None:
        """Delete a list with all its rows, in whatever folder they are."""
        with transaction.atomic():
            self._delete(design, caller)
            # The list is gone even where its table cannot be dropped at once.
            transaction.on_commit(self.drop_leftovers, robust=True)

    def delete_of(self, folder: Folder, caller: Caller) -> None:
        """Delete the lists of a folder that is about to be deleted; call it inside the transaction that deletes it.

        Rows of this folder in lists of other folders are deleted too. The tables go when that transaction is committed.
        """
        for design in ListDesign.objects.filter(folder=folder).select_related("folder").prefetch_related("fields"):
            self._delete(design, caller)
        # The lists of any project: rows that it had before it was moved are still in those of the old one.
        if ListDesign.objects.exists():
            Leftover.objects.create(container=str(folder.entity_id))
        transaction.on_commit(self.drop_leftovers, robust=True)

    def settle(self, design: ListDesign) -> None:
        """Bring the table of a design to it, if a crash left it behind; call it before the table is used."""
        if design.is_settled:
            return
        with self._changing() as work:
            design = self._again(design)
            work.conform(table_of(design, fields_of(design)))
        self._settle(design)

    def drop_leftovers(self) -> None:
        """Drop the tables of deleted lists, and the rows of deleted folders, that are still there."""
        leftovers = list(Leftover.objects.all())
        if not leftovers:
            return
        containers = {each.container for each in leftovers if each.container}
        with self.database.changing() as work:
            for each in leftovers:
                if not each.container:
                    work.drop(each.storage)
            for storage in ListDesign.objects.values_list("storage", flat=True) if containers else ():
                work.delete_rows(storage, containers)
        Leftover.objects.filter(id__in=[each.id for each in leftovers]).delete()

    @contextmanager
    def _changing(self, shown: Collection[str] = ()) -> Iterator[Work]:
        # Inside another transaction the design would be committed after its table, and a crash could not be mended.
        assert not connection.in_atomic_block, "lists are changed outside of transactions"
        try:
            with self.database.changing(shown) as work:
                yield work
        except Unsuitable as error:
            raise BadDesign(str(error)) from None

    def _refuse_taken(self, folder: Folder, name: str) -> None:
        if ListDesign.objects.filter(folder=folder, folded_name=folded(name)).exists():
            raise Misused(f"The name '{name}' is already in use.")

    def _new_design(self, folder: Folder, wanted: WantedList, key_type: str, caller: Caller) -> ListDesign:
        now, entity_id = self.clock(), uuid.uuid4()
        kind = "VarList" if key_type == "Varchar" else "IntList"
        return ListDesign(
            folder=folder,
            entity_id=entity_id,
            domain_uri=f"urn:lsid:keyhouse:{kind}.Folder-{folder.id}:{entity_id}",
            storage=f"list_{entity_id.hex}",
            key_type=key_type,
            created_at=now,
            created_by_id=caller.principal.id,
            modified_at=now,
        )

    def _store(self, design: ListDesign, fields: Sequence[ListField], had: dict[int, ListField]) -> None:
        design.is_settled, design.revision = False, design.revision + 1
        is_new = design.id is None
        try:
            # Saving alone would make a list anew that was deleted in the meantime.
            design.save(force_insert=is_new, force_update=not is_new)
        except IntegrityError:
            raise Misused(f"The name '{design.name}' is already in use.") from None
        except DatabaseError as error:
            # What a database says has a class of its own; this is the framework's word that there was no such row.
            if type(error) is not DatabaseError:
                raise
            raise _deleted(design) from None
        gone = had.keys() - {each.id for each in fields}
        ListField.objects.filter(id__in=gone).delete()
        for position, each in enumerate(fields):
            each.design, each.position = design, position
        ListField.objects.bulk_create([each for each in fields if each.id is None])
        ListField.objects.bulk_update(
            [each for each in fields if each.id in had],
            ["position", "name", "type", "storage", "taken_from", "taken_type", "properties"],
            batch_size=100,
        )

    def _delete(self, design: ListDesign, caller: Caller) -> None:
        old = described(design, fields_of(design))
        Leftover.objects.create(storage=design.storage)
        self._record(Kind.LIST_DELETED, design, caller, {"old": old})
        design.delete()

    def _settle(self, design: ListDesign) -> None:
        # Only the design that was conformed: a later change settles itself.
        ListDesign.objects.filter(id=design.id, revision=design.revision).update(is_settled=True)

    def _again(self, design: ListDesign) -> ListDesign:
        found = ListDesign.objects.select_related("folder").prefetch_related("fields").filter(id=design.id).first()
        if found is None:
            raise _deleted(design)
        return found

    def _record(self, kind: Kind, design: ListDesign, caller: Caller, details: dict[str, Any]) -> None:
        comment = f"List {design.name} in {design.folder.path}."
        self.recorder.record(
            Event(kind, caller, comment, folder=design.folder.path, schema="lists", query=design.name, details=details)
        )


def _readable_by(caller: Caller) -> tuple[str, ...]:
    """Return the folders whose rows an error may speak of: a list has rows where its designer may not read."""
    folders = Folder.objects.only("entity_id")
    if not is_operator(caller):
        rights = rights_acting(caller.principal, caller.context.impersonation)
        folders = folders.filter(id__in=rights.folders_with(Permission.READ))
    return tuple(str(folder.entity_id) for folder in folders)


def _deleted(design: ListDesign) -> ListNotFound:
    return ListNotFound(f"The list '{design.name}' was deleted.")


def with_key(wanted: WantedList, key_name: str, key_type: str) -> WantedList:
    """Return the wanted list with its key field, which need not be among those that were given."""
    type_ = TYPES[KEY_TYPES[key_type]]
    if not any(folded(each.name) == folded(key_name) for each in wanted.fields):
        return replace(wanted, fields=(WantedField(key_name, type_), *wanted.fields))
    fields = (replace(each, type=type_) if folded(each.name) == folded(key_name) else each for each in wanted.fields)
    return replace(wanted, fields=tuple(fields))
