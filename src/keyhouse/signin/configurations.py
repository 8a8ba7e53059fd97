"""The ways to sign in, as administrators configure them: several of each kind, in an order, each change audited."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.digests import digest
from keyhouse.sessions.ending import Ended, Sessions, Why
from keyhouse.signin import methods
from keyhouse.signin.entered import (
    ConfigurationError,
    ConfigurationNotFound,
    defaults_of,
    description_of,
    domains_of,
    missing,
)
from keyhouse.signin.method import (
    CompletingMethod,
    Field,
    Finding,
    Incomplete,
    Method,
    NamingMethod,
    SignInFailed,
)
from keyhouse.signin.methods import NotInstalled
from keyhouse.signin.models import Configuration
from keyhouse.signin.providers import Providers

DATABASE = "Standard database authentication"
"""The passwords of this site itself: always the last in the list, and always on."""

_LONG = 500
SAME_PEOPLE = "samePeople"
_STRANGERS = (
    "{0} of people here are linked through this way, and with these settings their names could be those of strangers, "
    "who would get into their accounts. Add another provider as a way of its own, and switch this one off. Only where "
    "it is the same provider under a new name, with the same people of the same names, confirm that."
)
_TAKEN = "There is a way to sign in of this description already. People tell them apart by it."


@dataclass(frozen=True)
class Draft:
    """What somebody wants a configuration to be. A secret that is not among `secrets` stays as it is.

    `has_same_people`: who changes the provider's name vouches that its people are the same, of the same names.
    """

    description: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    forgotten: Collection[str] = ()
    domains: Iterable[str] = ()
    creates_accounts: bool | None = None
    links_accounts: bool = False
    has_same_people: bool = False


class Configurations:
    """Changes configurations; built once by the composition root. Everything raises `ConfigurationError`."""

    def __init__(
        self, recorder: Recorder, sessions: Sessions, providers: Providers, clock: Callable[[], datetime]
    ) -> None:
        self._recorder = recorder
        self._sessions = sessions
        self._providers = providers
        self._clock = clock

    def add(self, kind: str, draft: Draft, caller: Caller, *, is_enabled: bool = True) -> Configuration:
        """Add a configuration at the end of the order."""
        if kind not in methods.KINDS:
            raise ConfigurationError([("", f"There is no kind '{kind[:50]}'. Kinds: {', '.join(methods.KINDS)}.")])
        now = self._clock()
        last = Configuration.objects.aggregate(last=Max("position"))["last"] or 0
        row = Configuration(kind=kind, position=last + 1, is_enabled=is_enabled, created_at=now)
        self._write(row, draft, caller)
        return row

    def change(self, row: Configuration, draft: Draft, caller: Caller) -> bool:
        """Change a configuration; tell whether anything was."""
        return self._write(row, draft, caller)

    def switch(self, row: Configuration, is_enabled: bool, caller: Caller) -> Ended:
        """Switch a configuration on or off; off, the sessions that came by it end with it."""
        if row.is_enabled == is_enabled:
            return Ended()
        if is_enabled:
            self._method(row.kind)
            self._check_domains(row, row.domains)
        with transaction.atomic():
            row.is_enabled, row.changed_at = is_enabled, self._clock()
            row.save(update_fields=["is_enabled", "changed_at"])
            self._record(row, "updated", caller, {"enabled": not is_enabled}, {"enabled": is_enabled})
            return Ended() if is_enabled else self._end_sessions(row, caller)

    def move(self, row: Configuration, places: int, caller: Caller) -> bool:
        """Move a configuration up (negative) or down, among the first or the second factors; tell whether it moved."""
        with transaction.atomic():
            is_second = Q(kind__in=methods.SECONDARY_KINDS)
            beside = is_second if row.kind in methods.SECONDARY_KINDS else ~is_second
            rows = list(Configuration.objects.filter(beside).select_for_update().order_by("position", "id"))
            place = next(index for index, each in enumerate(rows) if each.id == row.id)
            new = min(max(place + places, 0), len(rows) - 1)
            if new == place:
                return False
            rows.insert(new, rows.pop(place))
            for position, each in enumerate(rows, 1):
                Configuration.objects.filter(id=each.id).update(position=position)
            self._record(row, "updated", caller, {"place": place + 1}, {"place": new + 1})
        return True

    def remove(self, row: Configuration, caller: Caller) -> Ended:
        """Remove a configuration, with the identities that are linked through it; its sessions end."""
        with transaction.atomic():
            ended = self._end_sessions(row, caller)
            for identity in row.identities.select_related("user").order_by("id"):
                comment = f"{identity.email} at {row.description} is {identity.user.email} here no more."
                details = {"subjectId": identity.user_id, "configuration": row.id, "identity": identity.subject[:200]}
                self._recorder.record(Event(Kind.IDENTITY_UNLINKED, caller, comment, details=details))
            self._record(row, "deleted", caller, self._told(row), {})
            Configuration.objects.filter(id=row.id).delete()
        return ended

    def test(self, row: Configuration) -> list[Finding]:
        """Try a configuration without a person; what is wrong is a finding, never an error."""
        try:
            return list(methods.method_of(row.kind).test(self._providers.value_of(row)))
        except NotInstalled as error:
            return [Finding(False, str(error))]
        except SignInFailed as error:
            return [Finding(False, error.detail)]

    def secret_names(self, row: Configuration) -> frozenset[str]:
        """Return which secrets are set; never what they are."""
        return frozenset(name for name, value in self._providers.unseal(row.sealed).items() if value)

    def _write(self, row: Configuration, draft: Draft, caller: Caller) -> bool:
        method = self._method(row.kind)
        names = {each.name for each in method.fields if each.is_secret}
        secrets = self._secrets(row, draft, names)
        before, named_before = self._told(row) if row.pk else {}, _named_by(method, row)
        row.description = description_of(draft.description)
        row.settings = {**defaults_of(method.fields), **(row.settings if row.pk else {}), **draft.settings}
        row.domains = domains_of(draft.domains)
        row.creates_accounts, row.links_accounts = draft.creates_accounts, draft.links_accounts
        row.settings, secrets = self._completed(method, row.settings, secrets)
        self._check(row, method.fields, secrets, method.problems)
        is_renamed = row.pk is not None and _named_by(method, row) != named_before
        fresh = {name: "changed" if name in self._secrets_of(row) else "set" for name in draft.secrets}
        gone = {name: "removed" for name in draft.forgotten if name in self._secrets_of(row) and name not in secrets}
        row.sealed = self._providers.seal(secrets) if secrets else ""
        same = {SAME_PEOPLE: True} if is_renamed and draft.has_same_people else {}
        old, new = _difference(before, {**self._told(row), **fresh, **gone, **same})
        if not new and row.pk:
            return False
        row.changed_at = self._clock()
        what = "updated" if row.pk else "created"
        try:
            with transaction.atomic():
                if is_renamed and not draft.has_same_people:
                    _check_links_nobody(row)
                row.save()
                self._record(row, what, caller, old, new)
        except IntegrityError:
            raise ConfigurationError([("description", _TAKEN)]) from None
        return True

    def _completed(
        self, method: Method, settings: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        if not isinstance(method, CompletingMethod):
            return dict(settings), dict(secrets)
        try:
            return method.completed(settings, secrets)
        except Incomplete as error:
            raise ConfigurationError([(error.field, str(error))]) from None

    def _check(
        self,
        row: Configuration,
        fields: Iterable[Field],
        secrets: Mapping[str, str],
        problems_of: Callable[[Mapping[str, Any], Mapping[str, str]], Iterable[tuple[str, str]]],
    ) -> None:
        same = Configuration.objects.filter(description__iexact=row.description).exclude(id=row.pk)
        if same.exists() or row.description.lower() == DATABASE.lower():
            raise ConfigurationError([("description", _TAKEN)])
        if row.is_enabled:
            self._check_domains(row, row.domains)
        problems = missing(list(fields), row.settings, secrets) or list(problems_of(row.settings, secrets))
        if problems:
            raise ConfigurationError(problems)

    def _check_domains(self, row: Configuration, domains: Iterable[str]) -> None:
        for other in Configuration.objects.filter(is_enabled=True).exclude(id=row.pk):
            if both := set(domains) & set(other.domains):
                text = f"{', '.join(sorted(both))} leads to {other.description} already: one domain, one way."
                raise ConfigurationError([("domains", text)])

    def _secrets(self, row: Configuration, draft: Draft, names: Collection[str]) -> dict[str, str]:
        kept = {name: value for name, value in self._secrets_of(row).items() if name not in draft.forgotten}
        if unknown := [name for name in draft.secrets if name not in names]:
            raise ConfigurationError((name, f"There is no secret '{name[:60]}' of this kind.") for name in unknown)
        return {name: value for name, value in {**kept, **draft.secrets}.items() if name in names and value}

    def _secrets_of(self, row: Configuration) -> dict[str, str]:
        return self._providers.unseal(row.sealed)

    def _method(self, kind: str) -> Method:
        try:
            return methods.method_of(kind)
        except NotInstalled as error:
            raise ConfigurationError([("", str(error))]) from None

    def _end_sessions(self, row: Configuration, caller: Caller) -> Ended:
        return self._sessions.end(Q(configuration_id=row.id), caller, Why.CONFIGURATION)

    def _told(self, row: Configuration) -> dict[str, Any]:
        """Return what the log says of a configuration; of secrets, and of long texts, no letter."""
        return {
            "description": row.description,
            "enabled": row.is_enabled,
            "domains": list(row.domains),
            "createsAccounts": row.creates_accounts,
            "linksAccounts": row.links_accounts,
            **{name: _short(value) for name, value in row.settings.items()},
        }

    def _record(
        self, row: Configuration, what: str, caller: Caller, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> None:
        title = methods.KINDS[row.kind].title
        comment = f'{title} authentication configuration "{row.description}" was {what}.'
        details = {"configuration": row.id, "kind": row.kind, "old": dict(old), "new": dict(new)}
        self._recorder.record(Event(Kind.CONFIGURATION_CHANGED, caller, comment, details=details))


def find(name: str) -> Configuration:
    """Return the configuration of this number or description, in any letter case. Raises `ConfigurationNotFound`."""
    if name.isdecimal() and len(name) < 10:
        row = Configuration.objects.filter(id=int(name)).first()
        if row is not None:
            return row
    row = Configuration.objects.filter(description__iexact=name.strip()).first()
    if row is None:
        raise ConfigurationNotFound(name)
    return row


def _named_by(method: Method, row: Configuration) -> tuple[str, ...]:
    return method.named_by(row.settings) if isinstance(method, NamingMethod) else ()


def _check_links_nobody(row: Configuration) -> None:
    if linked := row.identities.count():
        raise ConfigurationError([(SAME_PEOPLE, _STRANGERS.format(f"{linked} identit{'y' if linked == 1 else 'ies'}"))])


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    new = {name: value for name, value in after.items() if name not in before or before[name] != value}
    return {name: before[name] for name in new if name in before}, new


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONG:
        return f"sha256:{digest(value)[:16]} ({len(value):,} characters)"
    return value
