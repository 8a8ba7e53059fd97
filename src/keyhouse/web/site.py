"""One site: every service, built once by the composition root and handed to each request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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
from keyhouse.data import SourceRegistry
from keyhouse.declarations.declare import Declarations
from keyhouse.declarations.demands import Demands
from keyhouse.declarations.terms import TermsOfUse
from keyhouse.keys.device import DeviceLogins
from keyhouse.keys.issue import ApiKeys
from keyhouse.keys.rotate import Rotations
from keyhouse.keys.session_keys import SessionKeys
from keyhouse.lists.service import Lists
from keyhouse.logs import LogLevels
from keyhouse.queries.saved import SavedQueries
from keyhouse.queries.views import CustomViews
from keyhouse.sessions.ending import Sessions
from keyhouse.sessions.impersonate import Impersonations
from keyhouse.settings import BootSettings
from keyhouse.signin.configurations import Configurations
from keyhouse.signin.directory_check import DirectoryCheck
from keyhouse.signin.entering import SignIns
from keyhouse.signin.factors.bypass import Bypasses
from keyhouse.signin.factors.second_factors import SecondFactors
from keyhouse.signin.fresh import FreshSignIns
from keyhouse.signin.identities import Identities
from keyhouse.signin.leaving import ProviderEndings
from keyhouse.signin.passwords.checking import Passwords
from keyhouse.signin.passwords.registration import Registrations
from keyhouse.signin.passwords.reset import PasswordResets
from keyhouse.signin.policy import FactorPolicy
from keyhouse.signin.providers import Providers
from keyhouse.sources.attach import Sources
from keyhouse.web.actions import ActionTable


@dataclass(frozen=True)
class Site:
    """The services of one site."""

    boot: BootSettings
    clock: Callable[[], datetime]
    recorder: Recorder
    door: Door
    opened: OpenedSessions
    impersonations: Impersonations
    last_used: LastUsed
    passwords: Passwords
    providers: Providers
    directory_check: DirectoryCheck
    configurations: Configurations
    identities: Identities
    provider_endings: ProviderEndings
    failed_journeys: Refusals
    new_journeys: Throttle
    fresh_sign_ins: FreshSignIns
    factors: FactorPolicy
    second_factors: SecondFactors
    factor_bypasses: Bypasses
    sign_ins: SignIns
    resets: PasswordResets
    registrations: Registrations
    users: Users
    groups: Groups
    folders: Folders
    assignments: Assignments
    api_keys: ApiKeys
    session_keys: SessionKeys
    sessions: Sessions
    device_logins: DeviceLogins
    rotations: Rotations
    custom_views: CustomViews
    saved_queries: SavedQueries
    sources: Sources
    registry: SourceRegistry
    table_marks: Marks
    participants: ParticipantNames
    lists: Lists
    terms: TermsOfUse
    demands: Demands
    declarations: Declarations
    log_levels: LogLevels
    actions: ActionTable
    respond_asset: Callable[[str], tuple[bytes, str] | None]
    """Return the bytes and content type of an asset by its hashed name, or None."""
    asset_url: Callable[[str], str]
    """Return the path of an asset below the context path, by its plain name."""
