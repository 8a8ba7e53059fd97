"""What one has to declare in a folder, with all that a person needs to see for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from keyhouse.authz.models import Folder
from keyhouse.compliance.declaring import Demand
from keyhouse.declarations import fetch
from keyhouse.declarations.models import FolderDemand, Terms


@dataclass(frozen=True)
class IrbRule:
    """What an IRB number must look like: the pattern, and the same in words."""

    pattern: str
    hint: str


@dataclass(frozen=True)
class Form:
    """All that is demanded in `folder`; what is declared belongs to `scope`.

    `texts` are the terms in force, the site's first; `meaning` is what a signature says that the person means.
    """

    folder: Folder
    scope: Folder
    demand: Demand
    texts: tuple[Terms, ...] = ()
    irb_rules: tuple[IrbRule, ...] = ()
    meaning: str = ""


def form_of(folder: Folder) -> Form:
    """Return what one has to declare in a folder at this moment."""
    demanded = fetch.demanded_in(folder)
    rows = _rows_down_to(folder)
    return Form(
        folder=folder,
        scope=folder if demanded.scope_id == folder.id else Folder.objects.get(id=demanded.scope_id),
        demand=demanded.demand,
        texts=_texts(demanded.demand),
        irb_rules=tuple(IrbRule(row.irb_pattern, row.irb_hint) for row in rows if row.irb_pattern),
        meaning="\n".join(dict.fromkeys(row.meaning for row in rows if row.meaning)),
    )


def _rows_down_to(folder: Folder) -> Sequence[FolderDemand]:
    rows = FolderDemand.objects.filter(folder__lower_path__in=fetch.paths_to(folder.lower_path))
    return sorted(rows.select_related("folder"), key=lambda row: (len(row.folder.lower_path), row.folder.id))


def _texts(demand: Demand) -> tuple[Terms, ...]:
    found = []
    for each in demand.terms:
        terms = Terms.objects.select_related("folder").filter(folder__path=each.place, version=each.version).first()
        # It is gone where its folder went in this very moment.
        found += [terms] if terms else []
    return tuple(found)
