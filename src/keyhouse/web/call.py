"""One call of one action: who, where, with what. Handlers get this and nothing else."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind, Outcome
from keyhouse.authz.impersonated import rights_acting
from keyhouse.authz.models import Folder
from keyhouse.authz.rights import Rights
from keyhouse.compliance.declaring import Item
from keyhouse.compliance.fetch import FolderMarks
from keyhouse.core.assurance import Assurance
from keyhouse.core.caller import Caller
from keyhouse.core.context import DeclaredContext
from keyhouse.core.credentials import Presented
from keyhouse.core.decision import BROWSER_SESSION, Allowed
from keyhouse.core.permissions import Permission, phi_level_of
from keyhouse.core.phi import PhiLevel
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import Reason
from keyhouse.declarations.standing import Standing, Standings, standing_in
from keyhouse.siteconfig import SiteSettings, store
from keyhouse.web import parameters
from keyhouse.web.actions import Action
from keyhouse.web.errors import DeclarationRequired, FreshSignInRequired, SignInLevelRequired, Unauthorized, WireError
from keyhouse.web.parameters import Parameters
from keyhouse.web.site import Site
from keyhouse.web.standing_words import declaration_text, level_text
from keyhouse.web.urls import build

_EVERYWHERE = ("rights", "settings", "parameters", "standings")
"""What has been read already and holds in every folder."""


@dataclass
class Call:
    """What a handler knows of the request it answers.

    By the ids of folders: `elsewhere` are the same call in other ones, as far as they were asked for, and `visited`
    those whose data the answer draws on. All of them share both.
    """

    site: Site
    request: HttpRequest
    presented: Presented
    allowed: Allowed
    address: str
    action: Action
    folder: Folder
    visited: dict[int, "Call"] = field(default_factory=dict, repr=False)
    elsewhere: dict[int, "Call"] = field(default_factory=dict, repr=False)

    @property
    def principal(self) -> Principal:
        """Who is acting: who is impersonated, while a user is. Who really signed in is `allowed.signed_in`."""
        return self.allowed.principal

    @property
    def is_impersonating(self) -> bool:
        """Tell whether an administrator acts as somebody else."""
        return self.allowed.context.impersonation is not None

    @cached_property
    def caller(self) -> Caller:
        """Who is acting, as the audit log names it."""
        agent = self.request.headers.get("User-Agent", "")
        return Caller(self.principal, self.allowed.via, self.context, self.address, agent)

    @cached_property
    def standing(self) -> Standing:
        """What this folder demands to be declared, and what the principal declared here."""
        if "standings" in self.__dict__:
            return self.standings.standing_in(self.folder)
        return standing_in(self.folder, self.allowed, self.site.clock())

    @cached_property
    def standings(self) -> Standings:
        """Where the principal stands in other folders, for calls that ask of many."""
        return Standings(self.allowed, self.site.clock())

    @property
    def context(self) -> DeclaredContext:
        """What was declared for this folder, and who acts for whom."""
        return self.standing.context(self.allowed.context)

    @property
    def phi_ceiling(self) -> PhiLevel:
        """The highest level of PHI that the principal sees in this folder."""
        return self.standing.phi_ceiling(phi_level_of(self.rights.permissions_in(self.folder.id)))

    @cached_property
    def marks(self) -> FolderMarks:
        """What was said of the tables of this folder."""
        return self.site.table_marks.read(self.folder)

    @cached_property
    def rights(self) -> Rights:
        """What the principal may do, everywhere, at this moment."""
        return rights_acting(self.principal, self.allowed.context.impersonation)

    @cached_property
    def settings(self) -> SiteSettings:
        """The site settings at this moment."""
        return store.read()

    @cached_property
    def parameters(self) -> Parameters:
        """The parameters, from wherever they came."""
        if self.action.streams_body:
            return parameters.of_query(self.request)
        files_in = self.site.boot.data if self.action.takes_files else None
        return parameters.read(self.request, files_in, self.site.boot.maximum_body_bytes)

    @property
    def csrf_token(self) -> str:
        """The token that a form of this browser must send back."""
        return str(self.request.META["keyhouse.csrf_token"])

    @property
    def context_path(self) -> str:
        """The path under which the site lives; empty for the root."""
        return self.site.boot.context_path

    def may(self, permission: Permission, folder: Folder | None = None) -> bool:
        """Tell whether this is permitted in a folder (the folder of the URL by default)."""
        return self.rights.may(permission, (folder or self.folder).id)

    def may_read_data(self, folder: Folder) -> bool:
        """Tell whether data of a folder may be read: it is permitted, and all that it demands has been declared."""
        if not self.may(Permission.READ, folder):
            return False
        is_here = folder.id == self.folder.id
        return (self.standing if is_here else self.standings.standing_in(folder)).is_complete

    def in_folder(self, folder: Folder) -> "Call":
        """Return the same call in another folder; whether the principal may do anything there is not asked."""
        if folder.id == self.folder.id:
            return self
        if folder.id not in self.elsewhere:
            there = self.elsewhere[folder.id] = replace(self, folder=folder)
            there.__dict__.update({name: self.__dict__[name] for name in _EVERYWHERE if name in self.__dict__})
        return self.elsewhere[folder.id]

    def visit(self) -> None:
        """Remember that data of this call's folder is drawn on: the audit log tells what was declared there."""
        self.visited[self.folder.id] = self

    def require(self, permission: Permission, folder: Folder | None = None) -> None:
        """Refuse the call where this is not permitted."""
        if not self.may(permission, folder):
            raise self.refused(folder)

    def refused(self, folder: Folder | None = None) -> Unauthorized:
        """Return the refusal of this call; of who is signed in, it is in the audit log before it is answered."""
        if not self.principal.is_guest:
            where = (folder or self.folder).path
            self.record(Kind.ACCESS_REFUSED, f"{self.action.name} in {where}", Outcome.REFUSED)
        return Unauthorized()

    def require_declaration(self) -> None:
        """Refuse the call where something that this folder demands has not been declared."""
        if not self.standing.is_complete:
            raise self.undeclared()

    def undeclared(self) -> WireError:
        """Return the refusal of a call that lacks a declaration, or a surer sign-in alone.

        Of who is signed in, it is in the audit log before.
        """
        if self.principal.is_guest:
            return self.refused()
        lacks, url, via = self.standing.lacking, self.declaration_url, self.allowed.via
        is_level_alone = lacks == {Item.SIGN_IN_LEVEL}
        error = SignInLevelRequired if is_level_alone else DeclarationRequired
        comment = f"{self.action.name} in {self.folder.path}"
        self.record(Kind.ACCESS_REFUSED, comment, Outcome.REFUSED, reason=error.reason.value)
        text = level_text(via, self.standing.demand.assurance, url) if is_level_alone else declaration_text(via, url)
        return error(url, lacks, text)

    @property
    def wants_fresh_sign_in(self) -> bool:
        """Tell whether this caller must have proved lately to be there before what matters for security is changed.

        Only a browser can be left alone: so it is asked of sessions, where the site asks it of everybody, or the
        account has a second factor or must have one, or the person came by a provider (keys.md, section 4).
        """
        via = self.allowed.via
        if via.method != BROWSER_SESSION or self.settings.require_fresh_sign_in:
            return via.method == BROWSER_SESSION
        how = via.how
        if how is not None and (how.configuration is not None or how.assurance >= Assurance.TWO_FACTORS):
            return True
        user = User.objects.get(id=self.allowed.signed_in.id)
        return self.site.factors.has_factor(user.id) or self.site.factors.is_required(user)

    @property
    def is_fresh(self) -> bool:
        """Tell whether the caller proved lately enough to be there, or need not."""
        if not self.wants_fresh_sign_in:
            return True
        how = self.allowed.via.how
        longest = timedelta(seconds=self.settings.fresh_sign_in_seconds)
        return how is not None and how.proved_at is not None and self.site.clock() - how.proved_at <= longest

    def require_fresh_sign_in(self) -> None:
        """Refuse the call where the caller has not proved lately enough to be there."""
        if self.is_fresh:
            return
        comment = f"{self.action.name} in {self.folder.path}"
        self.record(Kind.ACCESS_REFUSED, comment, Outcome.REFUSED, reason=Reason.FRESH_SIGN_IN.value)
        page = self.url("login-reauthenticate.view", "/").removeprefix(self.context_path)
        raise FreshSignInRequired(self.site.boot.url + page)

    @property
    def declaration_url(self) -> str:
        """The whole address of the page where one declares for this folder; for an API key it names that."""
        via = self.allowed.via
        query = {"keyId": via.key_id} if via.key_id is not None and via.session_id is None else {}
        return self.site.boot.url + self.url("login-declare.view", **query).removeprefix(self.context_path)

    def url(self, name: str, container: str | None = None, **query: str | int) -> str:
        """Write the URL of an action, in the folder of this call by default."""
        return build(self.context_path, self.folder.path if container is None else container, name, **query)

    def record(self, kind: Kind, comment: str = "", outcome: Outcome = Outcome.OK, **fields: Any) -> int:
        """Append an event to the audit log and return its place there; it is durable on return."""
        event = Event(kind, self.caller, comment, outcome, folder=self.folder.path, **fields)
        return self.site.recorder.record(event)
