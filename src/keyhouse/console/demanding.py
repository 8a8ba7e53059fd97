"""Who demands what in a folder: the site, the project and each folder on the way down to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Length
from django.utils.safestring import SafeString

from keyhouse.authz.models import Folder
from keyhouse.core.assurance import Assurance
from keyhouse.core.phi import PhiColumns
from keyhouse.declarations.fetch import paths_to
from keyhouse.declarations.models import FolderDemand, Terms
from keyhouse.web.markdown import render_markdown


@dataclass(frozen=True)
class ShownTerms:
    """One text of terms in force, as a page shows it; `control` is the id of the box that accepts it."""

    control: str
    place: str
    owner: str
    version: int
    digest: str
    made_at: datetime
    html: SafeString


@dataclass(frozen=True)
class Place:
    """One folder on the way, with what it demands by itself and its terms in force."""

    folder: Folder
    demand: FolderDemand | None
    terms: Terms | None

    @property
    def owner(self) -> str:
        """What people call this folder."""
        if self.folder.is_root:
            return "the site"
        return f"the {'project' if self.folder.is_project else 'folder'} {self.folder.title or self.folder.name}"

    @property
    def shown_terms(self) -> ShownTerms | None:
        """The terms in force here as a page shows them."""
        terms = self.terms
        if terms is None or not terms.text:
            return None
        html = render_markdown(terms.text)
        control, path = f"accept-{self.folder.id}", self.folder.path
        return ShownTerms(control, path, self.owner, terms.version, terms.digest, terms.created_at, html)


def places_to(folder: Folder) -> list[Place]:
    """Return the root and all folders down to this one, the root first."""
    on_the_way = Folder.objects.filter(lower_path__in=paths_to(folder.lower_path)).order_by(Length("lower_path"))
    folders = list(on_the_way)
    demands = {each.folder_id: each for each in FolderDemand.objects.filter(folder__in=folders)}
    terms = {each.folder_id: each for each in Terms.objects.filter(folder__in=folders).order_by("version")}
    return [Place(each, demands.get(each.id), terms.get(each.id)) for each in folders]


def owners(places: list[Place], field: str) -> str:
    """Say which of these places demand something, by a field of their demands: ``the site and the project A``."""
    named = [place.owner for place in places if place.demand is not None and getattr(place.demand, field)]
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else "".join(named)


def in_words(demand: FolderDemand) -> Iterator[str]:
    """Say what a folder demands by itself, a phrase each."""
    if demand.wants_purpose:
        yield f"A purpose from a list of {len(demand.purposes)}" if demand.purposes else "A purpose, in free words"
    if demand.wants_irb_number:
        yield f"An IRB number ({demand.irb_hint})" if demand.irb_hint else "An IRB number"
    if demand.wants_phi_level:
        yield "A PHI level"
    if demand.requires_phi_roles:
        yield "PHI roles for columns that are PHI"
    if demand.wants_signature:
        yield "A signature"
    if demand.assurance:
        yield f"A sign-in with {Assurance(demand.assurance).label}, or surer"
    if demand.phi_columns:
        yield _COLUMNS[PhiColumns(demand.phi_columns)]
    if demand.lapse_days:
        yield f"What was declared for an API key lapses after {demand.lapse_days:,} day{'s'[: demand.lapse_days != 1]}"


_COLUMNS = {
    PhiColumns.HIDE: "Columns above somebody's PHI level are hidden",
    PhiColumns.BLANK: "Columns above somebody's PHI level are blank",
}
