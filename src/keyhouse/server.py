"""The composition root: builds every service of a site, and the WSGI application in front of them."""

import atexit
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keyhouse import system
from keyhouse.logs import LogLevels, start_logging
from keyhouse.settings import BootSettings, load, start
from keyhouse.settings.secret import read_secret

if TYPE_CHECKING:
    from keyhouse.web.actions import ActionTable
    from keyhouse.web.front import Application
    from keyhouse.web.site import Site


def application() -> "Application":
    """Build the application of the data directory in ``KEYHOUSE_DATA``; each worker process calls this once."""
    boot = load(Path(os.environ.get("KEYHOUSE_DATA", "keyhouse-data")))
    start_logging(boot.data / "logs")
    return build(boot)


def build(boot: BootSettings, at_exit: Callable[[Callable[[], None]], Any] = atexit.register) -> "Application":
    """Build the application of a site whose database is up to date; `at_exit` gets what must run before the end."""
    start(boot)
    # What follows imports models, which the framework allows only after `start`.
    from keyhouse.authn.last_used import FLUSH_SECONDS
    from keyhouse.authn.opened import LONGEST_OPENED
    from keyhouse.background import Background, Task
    from keyhouse.keys.upkeep import Upkeep
    from keyhouse.signin.spent import forget_expired
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    background = Background(
        Task("Writing when keys were last used", FLUSH_SECONDS, site.last_used.flush),
        Task("Noting what was throttled", 60, site.door.record_unheard),
        Task("Counting failed journeys to providers", 60, site.failed_journeys.record_unheard),
        Task("Noting what time has ended", 60, Upkeep(site.recorder, site.clock, site.sessions).run),
        Task("Forgetting what was used up", 600, lambda: forget_expired(site.clock())),
        Task("Ending forgotten impersonations", 600, lambda: site.impersonations.stop_forgotten(LONGEST_OPENED)),
        Task("Dropping what deleted lists left", 600, site.lists.drop_leftovers),
        Task("Looking people up in their directories", 60, site.directory_check.run),
    )
    background.start()
    at_exit(background.stop)
    return Front(site, Inner())


def site_of(boot: BootSettings, has_pages: bool = True) -> "Site":
    """Build the services of a site; `start` must have been called. The command line needs no pages."""
    from django.db.models import Q

    from keyhouse.accounts.groups import Groups
    from keyhouse.accounts.users import Users
    from keyhouse.audit.recorder import Recorder
    from keyhouse.authn.door import Door
    from keyhouse.authn.last_used import LastUsed
    from keyhouse.authn.opened import OpenedSessions
    from keyhouse.authn.refusals import Refusals
    from keyhouse.authn.throttle import Throttle
    from keyhouse.authz.assignments import Assignments
    from keyhouse.authz.folders import Folders
    from keyhouse.compliance.marks import Marks
    from keyhouse.compliance.participants import ParticipantNames
    from keyhouse.console import assets
    from keyhouse.data.managed import ManagedDatabase
    from keyhouse.declarations.carry import Carrying
    from keyhouse.declarations.declare import Declarations
    from keyhouse.declarations.demands import Demands
    from keyhouse.declarations.terms import TermsOfUse
    from keyhouse.keys.device import DeviceLogins
    from keyhouse.keys.issue import ApiKeys
    from keyhouse.keys.models import KeyEnding
    from keyhouse.keys.rotate import Rotations
    from keyhouse.keys.session_keys import SessionKeys
    from keyhouse.lists.service import Lists
    from keyhouse.queries.saved import SavedQueries
    from keyhouse.queries.views import CustomViews
    from keyhouse.sessions.ending import Sessions, Why
    from keyhouse.sessions.impersonate import Impersonations
    from keyhouse.signin.configurations import Configurations
    from keyhouse.signin.directories import Directories
    from keyhouse.signin.directory_check import DirectoryCheck
    from keyhouse.signin.entering import SignIns
    from keyhouse.signin.factors.bypass import Bypasses
    from keyhouse.signin.factors.second_factors import SecondFactors
    from keyhouse.signin.factors.trusted import TrustedBrowsers
    from keyhouse.signin.fresh import FreshSignIns
    from keyhouse.signin.group_map import GroupMap
    from keyhouse.signin.identities import Identities
    from keyhouse.signin.leaving import ProviderEndings
    from keyhouse.signin.passwords.checking import Passwords
    from keyhouse.signin.passwords.mailing import Mailing
    from keyhouse.signin.passwords.registration import Registrations
    from keyhouse.signin.passwords.reset import PasswordResets
    from keyhouse.signin.policy import FactorPolicy
    from keyhouse.signin.providers import Providers
    from keyhouse.sources.attach import Sources
    from keyhouse.web.actions import ActionTable
    from keyhouse.web.site import Site
    from keyhouse.webdav.folder_gone import clearing_of

    secret = read_secret(boot.data)
    recorder = Recorder(system.now)
    sessions = Sessions(recorder)
    last_used, opened = LastUsed(), OpenedSessions(secret)
    users = Users(recorder, system.now)
    users.on_sessions_end(lambda user, caller, why: sessions.end_with(user, caller, Why(why)))
    providers, factors, trusted = Providers(secret, boot.url), FactorPolicy(system.now), TrustedBrowsers(system.now)
    identities = Identities(recorder, users, providers, system.now)
    sign_ins = SignIns(recorder, sessions, identities, providers, factors, trusted, system.now)
    directories = Directories(providers, identities, GroupMap(Groups(recorder)))
    passwords = Passwords(sign_ins, factors, directories)
    session_keys = SessionKeys(recorder, system.now, system.entropy)
    impersonations = Impersonations(
        recorder,
        system.now,
        system.entropy,
        lambda session, caller: session_keys.end(Q(session=session), caller, KeyEnding.IMPERSONATION),
    )
    mailing = Mailing(is_slow=bool(boot.smtp_url))
    sources = Sources(boot, secret, recorder, system.now)
    managed = ManagedDatabase(boot.lists_url, boot.data, boot.query_timeout_seconds)
    api_keys = ApiKeys(recorder, system.now, system.entropy)
    api_keys.on_issue(Carrying(recorder, system.now))
    marks = Marks(recorder, system.now)
    lists = Lists(
        managed,
        recorder,
        system.now,
        lambda design, old, columns, caller: marks.rename(design.folder, "lists", old, design.name, columns, caller),
    )
    groups, assignments = Groups(recorder), Assignments(recorder, system.now)
    folders = Folders(recorder, system.now, assignments)
    for clear in (
        lists.delete_of,
        sources.remove_all_of,
        clearing_of(boot.files_root),
        lambda folder, caller: groups.delete_all_of(folder.entity_id, caller),
    ):
        folders.on_delete(clear)
    starts, guesses = Throttle(20, seconds_a_failure=15), Throttle(10, seconds_a_failure=60)
    return Site(
        boot=boot,
        clock=system.now,
        recorder=recorder,
        door=Door(passwords.check, opened, impersonations, Throttle(), recorder, last_used, system.now),
        opened=opened,
        impersonations=impersonations,
        last_used=last_used,
        passwords=passwords,
        providers=providers,
        directory_check=DirectoryCheck(providers, users, sessions, system.now),
        configurations=Configurations(recorder, sessions, providers, system.now),
        identities=identities,
        provider_endings=ProviderEndings(sessions, system.now),
        failed_journeys=Refusals("bad answers of identity providers or passkeys", recorder, system.now),
        new_journeys=Throttle(300, seconds_a_failure=1),
        fresh_sign_ins=FreshSignIns(recorder, providers, identities, passwords, factors, system.now),
        factors=factors,
        second_factors=SecondFactors(recorder, sessions, factors, providers, trusted, boot.url, system.now),
        factor_bypasses=Bypasses(recorder, system.now),
        sign_ins=sign_ins,
        resets=PasswordResets(users, recorder, providers, mailing),
        registrations=Registrations(users, recorder, providers, mailing, system.now),
        users=users,
        groups=groups,
        folders=folders,
        assignments=assignments,
        api_keys=api_keys,
        sessions=sessions,
        session_keys=session_keys,
        device_logins=DeviceLogins(api_keys, recorder, system.now, system.entropy, secret, starts, guesses),
        rotations=Rotations(api_keys, recorder, system.now),
        custom_views=CustomViews(recorder, system.now),
        saved_queries=SavedQueries(recorder, system.now),
        sources=sources,
        registry=sources.registry(),
        table_marks=marks,
        participants=ParticipantNames(secret),
        lists=lists,
        terms=TermsOfUse(recorder, system.now),
        demands=Demands(recorder),
        declarations=Declarations(recorder, system.now),
        log_levels=LogLevels(boot.data / "loggers.json"),
        actions=_actions() if has_pages else ActionTable(),
        respond_asset=assets.respond,
        asset_url=assets.asset_url,
    )


def _actions() -> "ActionTable":
    from keyhouse.console.actions import actions as pages
    from keyhouse.labkey import not_here
    from keyhouse.labkey.actions import actions as client_api
    from keyhouse.scim.actions import actions as provisioning
    from keyhouse.web.actions import ActionTable
    from keyhouse.webdav.actions import actions as files

    there = ActionTable(client_api, pages, files, provisioning)
    return ActionTable(there, not_here.beside(there))
