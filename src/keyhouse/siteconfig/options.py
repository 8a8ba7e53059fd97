"""One table of site settings: it feeds the console, the commands, the wire and the docs.

The names are those of the wire.
"""

from dataclasses import dataclass, fields

from keyhouse.core.expiry import NEVER


class SiteSettingError(Exception):
    """A site setting is unknown, or its value is not of its type; the text says what would be right."""


@dataclass(frozen=True)
class SiteOption:
    """One site setting: its name on the wire, the field that holds it, what it means and its default."""

    name: str
    field: str
    label: str
    doc: str
    default: bool | int | str
    minimum: int | None = None
    choices: tuple[str, ...] = ()
    may_be_empty: bool = False


OPTIONS: tuple[SiteOption, ...] = (
    SiteOption(
        "allowApiKeys",
        "allow_api_keys",
        "Let users create API keys",
        "Keys that exist keep working when this is switched off; they can still be deleted.",
        False,
    ),
    SiteOption(
        "apiKeyExpirationSeconds",
        "api_key_expiration_seconds",
        "Expire API keys",
        "The longest life that a new key may have, in seconds; -1 is never. Existing keys keep their expiry.",
        NEVER,
        minimum=NEVER,
    ),
    SiteOption(
        "allowSessionKeys",
        "allow_session_keys",
        "Let users create session keys",
        "Session keys live exactly as long as one browser session.",
        False,
    ),
    SiteOption(
        "refuseAllApiKeys",
        "refuse_all_api_keys",
        "Refuse all API keys",
        "For emergencies: every API key is refused until this is switched off again. No key is lost.",
        False,
    ),
    SiteOption(
        "apiKeysMayIssueKeys",
        "api_keys_may_issue_keys",
        "API keys may issue API keys",
        "Lets a script that runs with an API key issue another one.",
        False,
    ),
    SiteOption(
        "requireFreshSignIn",
        "require_fresh_sign_in",
        "Ask for a fresh sign-in before a key is issued",
        "A browser left alone cannot be used to make a key.",
        False,
    ),
    SiteOption(
        "freshSignInSeconds",
        "fresh_sign_in_seconds",
        "How long a sign-in counts as fresh, in seconds",
        "Used where a fresh sign-in is asked for.",
        900,
        minimum=60,
    ),
    SiteOption(
        "autoCreateAccounts",
        "auto_create_accounts",
        "Create an account for who signs in at an identity provider for the first time",
        "Switched off, only people whom an administrator added can sign in. A configuration may say otherwise.",
        False,
    ),
    SiteOption(
        "defaultDomain",
        "default_domain",
        "E-mail domain of those who sign in with a name alone",
        "With 'example.org', who types 'jane' signs in as jane@example.org.",
        "",
        may_be_empty=True,
    ),
    SiteOption(
        "selfRegistration",
        "self_registration",
        "Let people register themselves",
        "Adds a link to the sign-in page. The account works once its e-mail address has been confirmed.",
        False,
    ),
    SiteOption(
        "secondFactorFor",
        "second_factor_for",
        "Who must have a second factor",
        "'optional' leaves it to each person; 'role' asks those who have the site role Require Secondary "
        "Authentication; 'group' asks the members of the group named below; 'everyone' asks all. API keys need none.",
        "optional",
        choices=("optional", "role", "group", "everyone"),
    ),
    SiteOption(
        "secondFactorGroup",
        "second_factor_group",
        "The site group whose members must have a second factor",
        "Used where the choice above is 'group'.",
        "",
        may_be_empty=True,
    ),
    SiteOption(
        "trustedBrowserDays",
        "trusted_browser_days",
        "Days for which a browser may be trusted without a second factor",
        "0 asks for the second factor at each sign-in.",
        0,
        minimum=0,
    ),
    SiteOption(
        "sessionIdleSeconds",
        "session_idle_seconds",
        "End a browser session after this many idle seconds",
        "NIST SP 800-63B-4 asks for at most 3600 at AAL2 and 900 at AAL3.",
        1800,
        minimum=60,
    ),
    SiteOption(
        "sessionAbsoluteSeconds",
        "session_absolute_seconds",
        "End a browser session this many seconds after sign-in, whatever happens",
        "NIST SP 800-63B-4 asks for at most 86400 at AAL2 and 43200 at AAL3.",
        43_200,
        minimum=300,
    ),
    SiteOption(
        "sessionKeysMayKeepAlive",
        "session_keys_may_keep_alive",
        "Let users permit a session key to keep its session alive",
        "Programs are not presence: a session goes idle though a program works in it. With this, the "
        "person can name keys whose use counts, up to the session's longest life. Switched off, it holds at once.",
        False,
    ),
    SiteOption(
        "strictFilters",
        "strict_filters",
        "Refuse filters that cannot be applied",
        "A filter on a column that is not there, or with an unknown operator, is refused with a message. Switched off, "
        "it is ignored with a warning in the log, as LabKey Server does: the client gets more rows than it asked for.",
        True,
    ),
    SiteOption(
        "participantsInLog",
        "participants_in_log",
        "How participants stand in the audit log",
        "The log tells whose data was served. 'ids' are the participants' ids themselves; 'digests' are keyed with "
        "this site's secret, so that the log alone names nobody. Searching by id finds both.",
        "ids",
        choices=("ids", "digests"),
    ),
    SiteOption(
        "auditRetentionDays",
        "audit_retention_days",
        "How many days the audit log is kept at least",
        "'keyhouse audit archive' takes out nothing that is younger. HIPAA asks for six years.",
        2192,
        minimum=1,
    ),
    SiteOption(
        "filesQuotaMegabytes",
        "files_quota_megabytes",
        "Most megabytes of files in one folder",
        "Counts the files of each folder for itself; -1 is no limit.",
        10_240,
        minimum=-1,
    ),
    SiteOption(
        "siteName", "site_name", "Name of this site", "Shown on every page and in the challenge to scripts.", "Keyhouse"
    ),
)


@dataclass(frozen=True)
class SiteSettings:
    """All site settings, typed and frozen, as they were at one moment."""

    allow_api_keys: bool = False
    api_key_expiration_seconds: int = NEVER
    allow_session_keys: bool = False
    refuse_all_api_keys: bool = False
    api_keys_may_issue_keys: bool = False
    require_fresh_sign_in: bool = False
    fresh_sign_in_seconds: int = 900
    auto_create_accounts: bool = False
    default_domain: str = ""
    self_registration: bool = False
    second_factor_for: str = "optional"
    second_factor_group: str = ""
    trusted_browser_days: int = 0
    session_idle_seconds: int = 1800
    session_absolute_seconds: int = 43_200
    session_keys_may_keep_alive: bool = False
    strict_filters: bool = True
    participants_in_log: str = "ids"
    audit_retention_days: int = 2192
    files_quota_megabytes: int = 10_240
    site_name: str = "Keyhouse"


assert {option.field for option in OPTIONS} == {field.name for field in fields(SiteSettings)}
