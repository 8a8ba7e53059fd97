"""Configurations as the values that methods work with. Every read asks the database: a change holds at once."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from keyhouse.settings.seal import seal, unseal
from keyhouse.signin.entered import ascii_domain
from keyhouse.signin.method import Provider
from keyhouse.signin.models import Configuration

_PURPOSE = "sign-in"


class Providers:
    """Reads configurations and seals their secrets; built once by the composition root."""

    def __init__(self, secret: str, base_url: str) -> None:
        self._secret = secret
        self._base_url = base_url

    def seal(self, values: Mapping[str, Any]) -> str:
        """Seal what must be read again and never shown."""
        return seal(json.dumps(dict(values)), self._secret, _PURPOSE)

    def unseal(self, sealed: str) -> dict[str, Any]:
        """Open what `seal` made; raises `Unsealable`."""
        return dict(json.loads(unseal(sealed, self._secret, _PURPOSE))) if sealed else {}

    def value_of(self, row: Configuration) -> Provider:
        """Return a configuration as methods see it."""
        return Provider(
            id=row.id,
            kind=row.kind,
            description=row.description,
            settings=row.settings,
            base_url=self._base_url,
            secrets=self.unseal(row.sealed),
            domains=tuple(row.domains),
            is_enabled=row.is_enabled,
        )

    def find(self, number: int, kind: str | None = None) -> Provider | None:
        """Return an enabled configuration, of one kind where that is said."""
        provider = self.of_number(number, kind)
        return provider if provider and provider.is_enabled else None

    def of_number(self, number: int, kind: str | None = None) -> Provider | None:
        """Return a configuration whether it is enabled or not: to be tried, and registered at the provider."""
        rows = Configuration.objects.filter(id=number)
        row = (rows.filter(kind=kind) if kind else rows).first()
        return self.value_of(row) if row else None

    def enabled(self, kinds: Iterable[str]) -> list[Provider]:
        """Return the enabled configurations of these kinds, in their order."""
        rows = Configuration.objects.filter(is_enabled=True, kind__in=tuple(kinds)).order_by("position", "id")
        return [self.value_of(row) for row in rows]

    def of_domain(self, email: str) -> Configuration | None:
        """Return the enabled configuration to which the domain of this address leads."""
        domain = ascii_domain(email.rpartition("@")[2].strip().lower())
        rows = Configuration.objects.filter(is_enabled=True).order_by("position", "id")
        return next((row for row in rows if domain and domain in row.domains), None)
