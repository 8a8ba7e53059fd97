"""Tables as one caller sees them: what is above the caller's level in the folder is cut before anything is asked."""

from collections.abc import Collection
from typing import TypeVar

from keyhouse.authz.models import Folder
from keyhouse.core.phi import PhiColumns, PhiLevel
from keyhouse.data import SourceTable
from keyhouse.data.phi import PhiLimit, level_of, limited, marked
from keyhouse.lists.find import fields_of
from keyhouse.lists.models import ListDesign, ListField
from keyhouse.web.call import Call

T = TypeVar("T", bound=SourceTable)
LISTS = "lists"


def seen(call: Call, schema: str, table: T, home: Folder | None = None, folders: Collection[str] = ()) -> T | None:
    """Return a table of a folder as the caller sees it; None where nothing is left of it.

    `home` is where its marks are kept, if that is another folder. `folders` are the entity ids of those that its rows
    come from: the caller sees a column only where that may be seen in each of them.
    """
    marks = (call.in_folder(home) if home is not None else call).marks.of(schema, table.name)
    if marks.participant_column:
        table = table.with_participant(f"{schema}.{table.name}", marks.participant_column)
    table = table if marks.says_nothing else marked(table, marks.level_of)
    if all(level_of(column) is PhiLevel.NOT_PHI for column in table.columns):
        return table
    return limited(table, limit_of(call, folders))


def limit_of(call: Call, folders: Collection[str] = ()) -> PhiLimit:
    """Return how much the caller sees of rows of the call's folder and of these, by their entity ids."""
    calls = [call]
    others = {folder for folder in folders if folder != str(call.folder.entity_id)}
    if others:
        calls += [call.in_folder(folder) for folder in Folder.objects.filter(entity_id__in=others)]
    behaviours = {each.standing.demand.phi_columns for each in calls}
    return PhiLimit(
        min(each.phi_ceiling for each in calls),
        PhiColumns.HIDE if PhiColumns.HIDE in behaviours else PhiColumns.BLANK,
    )


def level_of_field(call: Call, design: ListDesign, field: ListField) -> PhiLevel:
    """Return how identifying a field of a list is: what its design says or its mark, whichever is more."""
    said = PhiLevel.named(str(field.properties.get("PHI") or PhiLevel.NOT_PHI.wire_name))
    mark = call.in_folder(design.folder).marks.of(LISTS, design.name).level_of(field.name)
    return max(PhiLevel.RESTRICTED if said is None else said, mark)


def guarded_fields(call: Call, design: ListDesign) -> set[int]:
    """Return the ids of the fields of a list that are above what the caller may see where the list is kept."""
    there = call.in_folder(design.folder)
    ceiling = limit_of(there).ceiling
    return {field.id for field in fields_of(design) if level_of_field(call, design, field) > ceiling}


def has_guarded(call: Call, design: ListDesign) -> bool:
    """Tell whether rows of a list in the folder of a call have values that the caller may not see there."""
    ceiling = limit_of(call).ceiling
    return any(level_of_field(call, design, field) > ceiling for field in fields_of(design))


def hidden_fields(call: Call, design: ListDesign, fields: Collection[ListField]) -> set[str]:
    """Return the names of the fields whose very names the caller is not told, as columns of them would be hidden."""
    limit = limit_of(call)
    if limit.behaviour is PhiColumns.BLANK:
        return set()
    return {field.name for field in fields if level_of_field(call, design, field) > limit.ceiling}
