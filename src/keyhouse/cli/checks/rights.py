"""Who administers the site, how long keys and sessions live, and what guests may do."""

from collections.abc import Iterator

from keyhouse.cli.checks.rules import Finding, found
from keyhouse.core.expiry import NEVER, in_words
from keyhouse.core.permissions import Permission, Role
from keyhouse.siteconfig import SiteSettings
from keyhouse.web.site import Site

_IDLE_SECONDS_AT_AAL2 = 3600
_SECONDS_AT_AAL2 = 86_400


def check_rights(site: Site) -> Iterator[Finding]:
    """Look at accounts, roles and site settings."""
    from keyhouse.siteconfig import store

    settings = store.read()
    yield from _check_administrators()
    yield from _check_guests()
    yield from _check_keys(settings, site)
    yield from _check_sessions(settings)


def _check_administrators() -> Iterator[Finding]:
    from keyhouse.accounts.models import User
    from keyhouse.authz.rights import rights_of
    from keyhouse.core.principal import Principal

    def may_administer(user: User) -> bool:
        rights = rights_of(Principal(user.id, user.email, user.display_name))
        return rights.may(Permission.ADMIN_OPERATIONS)

    if any(may_administer(user) for user in User.objects.filter(is_active=True)):
        return
    if any(may_administer(user) for user in User.objects.filter(is_active=False)):
        yield found("KH031", "Nobody can administer the site.", "keyhouse user reactivate EMAIL")
    else:
        remedy = "keyhouse user add EMAIL --site-admin, or: keyhouse group add-member Administrators EMAIL"
        yield found("KH030", "Nobody can administer the site.", remedy)


def _check_guests() -> Iterator[Finding]:
    from keyhouse.accounts.models import GUESTS_ID
    from keyhouse.authz.models import RoleAssignment

    for assignment in RoleAssignment.objects.select_related("folder").filter(principal_id=GUESTS_ID):
        if Role(assignment.role).permissions - {Permission.READ}:
            what = f"Guests, who are everybody, have the role {assignment.role} in {assignment.folder.path}."
            remedy = f"keyhouse role remove '{assignment.role}' Guests --folder '{assignment.folder.path}'"
            yield found("KH032", what, remedy)


def _check_keys(settings: SiteSettings, site: Site) -> Iterator[Finding]:
    maximum = settings.api_key_expiration_seconds
    if settings.allow_api_keys and maximum == NEVER:
        remedy = "keyhouse settings set apiKeyExpirationSeconds 31536000"
        yield found("KH040", "A key that leaks works until somebody notices.", remedy)
    if settings.refuse_all_api_keys:
        remedy = "keyhouse settings set refuseAllApiKeys false"
        yield found("KH041", "refuseAllApiKeys is on: every script is refused.", remedy)
    outliving = site.api_keys.outliving(maximum)
    if outliving:
        what = f"{outliving} keys live longer than {in_words(maximum)}."
        yield found("KH044", what, "Look at them with 'keyhouse key list', and revoke what nobody needs.")


def _check_sessions(settings: SiteSettings) -> Iterator[Finding]:
    if settings.session_idle_seconds > _IDLE_SECONDS_AT_AAL2:
        remedy = f"keyhouse settings set sessionIdleSeconds {_IDLE_SECONDS_AT_AAL2}"
        yield found("KH042", f"A session ends after {in_words(settings.session_idle_seconds)} without use.", remedy)
    if settings.session_absolute_seconds > _SECONDS_AT_AAL2:
        remedy = f"keyhouse settings set sessionAbsoluteSeconds {_SECONDS_AT_AAL2}"
        yield found("KH043", f"A session ends {in_words(settings.session_absolute_seconds)} after sign-in.", remedy)
