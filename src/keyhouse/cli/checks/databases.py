"""Whether attached databases can be reached now."""

from collections.abc import Iterator

from keyhouse.cli.checks.rules import Finding, found
from keyhouse.data import SourceError
from keyhouse.web.site import Site


def check_sources(site: Site) -> Iterator[Finding]:
    """Reach every attached database, and the one that holds the rows of lists."""
    from keyhouse.settings.seal import Unsealable
    from keyhouse.sources.models import AttachedSource

    for source in AttachedSource.objects.select_related("folder").order_by("folder__path", "name"):
        name = f"{source.name} in {source.folder.path}"
        if source.is_writable:
            remedy = "Attach it without --writable where nobody is meant to change it."
            yield found("KH052", f"Editors may change the data of {name}.", remedy)
        try:
            site.sources.spec_of(source)
            site.registry.get(source.folder.path, source.name).check()
        except Unsealable:
            remedy = f"Bring the right secret.key back, or: keyhouse source remove {source.name}, and add it again."
            yield found("KH051", f"{name} was attached with another secret.key.", remedy)
        except SourceError as error:
            yield found("KH050", f"{name}: {error}", f"Mend the database, or: keyhouse source remove {source.name}")
    yield from _check_lists(site)


def _check_lists(site: Site) -> Iterator[Finding]:
    from keyhouse.lists.models import ListDesign

    if not ListDesign.objects.exists():
        return
    try:
        site.lists.database.source.check()
    except SourceError as error:
        yield found("KH050", f"The rows of lists: {error}", "Mend the database, or correct lists_database_url.")
