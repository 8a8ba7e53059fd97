"""Attach, list and remove databases; hand their addresses to the data room, unsealed."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import Folder
from keyhouse.core.caller import Caller
from keyhouse.data import SourceRegistry, SourceSpec, parse_url
from keyhouse.settings import BootSettings
from keyhouse.settings.seal import Unsealable, seal, unseal
from keyhouse.sources.models import AttachedSource

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
# On every request that reads data: written out, as building it anew took ten times as long as running it.
_ALL = """
SELECT source.name, source.sealed_url, folder.path, source.is_writable, source.schema
FROM keyhouse_attached_source source JOIN keyhouse_folder folder ON folder.id = source.folder_id
"""
_RESERVED = frozenset({"core", "lists", "auditlog"})


class AttachError(Exception):
    """A database cannot be attached or removed as asked; the text says why."""


class SourceNotFound(AttachError):
    """No attached database has this name."""


@dataclass(frozen=True)
class Sources:
    """What can be done with attached databases; built once by the composition root."""

    boot: BootSettings
    secret: str
    recorder: Recorder
    clock: Callable[[], datetime]

    def registry(self) -> SourceRegistry:
        """Return the databases that are attached now; what is added or removed later shows in it by itself."""
        return SourceRegistry(self.specs, self.boot.data)

    def add(
        self, name: str, url: str, folder: Folder, caller: Caller, is_writable: bool = False, schema: str = ""
    ) -> AttachedSource:
        """Attach a database. Raises `AttachError`, or `BadSourceUrl` for an address of the wrong form."""
        if not _NAME.match(name) or name.lower() in _RESERVED:
            raise AttachError(
                f"'{name}' cannot name a source: use letters, digits and _, not one of {sorted(_RESERVED)}."
            )
        parse_url(SourceSpec(name, url, folder.path))
        if AttachedSource.objects.filter(folder=folder, name__iexact=name).exists():
            raise AttachError(f"The folder {folder.path} has a source '{name}' already. Remove it first.")
        try:
            with transaction.atomic():
                source = AttachedSource.objects.create(
                    folder=folder,
                    name=name,
                    sealed_url=seal(url, self.secret),
                    schema=schema,
                    is_writable=is_writable,
                    created_at=self.clock(),
                )
                self._record(source, caller, f"was attached{' writable' if is_writable else ''}")
        except IntegrityError:
            raise AttachError(f"The folder {folder.path} has a source '{name}' already. Remove it first.") from None
        return source

    def remove(self, source: AttachedSource, caller: Caller) -> None:
        """Detach a database; its data stays where it is."""
        with transaction.atomic():
            self._record(source, caller, "was removed")
            source.delete()

    def remove_all_of(self, folder: Folder, caller: Caller) -> None:
        """Detach the databases of a folder that goes."""
        for source in AttachedSource.objects.filter(folder=folder):
            self.remove(source, caller)

    def spec_of(self, source: AttachedSource) -> SourceSpec:
        """Return how this database is reached; raises `Unsealable`."""
        url = unseal(source.sealed_url, self.secret)
        return self._spec(source.name, url, source.folder.path, source.is_writable, source.schema)

    def specs(self) -> list[SourceSpec]:
        """Return all databases that can be unsealed; `keyhouse check` names the others."""
        with connection.cursor() as cursor:
            cursor.execute(_ALL)
            found = cursor.fetchall()
        specs = []
        for name, sealed_url, *rest in found:
            with suppress(Unsealable):
                specs.append(self._spec(name, unseal(sealed_url, self.secret), *rest))
        return specs

    def _spec(self, name: str, url: str, folder_path: str, is_writable: bool, schema: str) -> SourceSpec:
        return SourceSpec(
            name=name,
            url=url,
            folder_path=folder_path,
            writable=bool(is_writable),
            timeout_seconds=self.boot.query_timeout_seconds,
            schema=schema or None,
        )

    def _record(self, source: AttachedSource, caller: Caller, what: str) -> None:
        comment = f"Source {source.name} {what}."
        self.recorder.record(Event(Kind.SOURCE_CHANGED, caller, comment, folder=source.folder.path, schema=source.name))


def find(name: str, folder: Folder | None = None) -> AttachedSource:
    """Return the source of this name, or raise `AttachError`."""
    found = AttachedSource.objects.select_related("folder").filter(name__iexact=name)
    if folder is not None:
        found = found.filter(folder=folder)
    sources = list(found[:2])
    if not sources:
        raise SourceNotFound(f"There is no source '{name[:100]}'.")
    if len(sources) > 1:
        raise AttachError(f"There are several sources '{name}'; name the folder with --folder.")
    return sources[0]
