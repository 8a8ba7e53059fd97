"""What a configuration of OpenID Connect asks of the administrator, and how it is read."""

from collections.abc import Iterable, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from keyhouse.signin.fetching import address_problem
from keyhouse.signin.method import Field, FieldKind, Provider

BASIC, POST, PRIVATE_KEY, NONE = "client_secret_basic", "client_secret_post", "private_key_jwt", "none"
AUTOMATIC = "automatic"
TWO_FACTORS = ("mfa", "otp+pwd", "hwk+pwd", "urn:okta:loa:2fa:any", "https://refeds.org/profile/mfa")
PHISHING_RESISTANT = ("phr", "phrh", "fido")
USUAL_SKEW = 60
_LARGEST_SKEW = 300

FIELDS = (
    Field(
        "issuer",
        "Issuer",
        "The provider's own name, exactly as its discovery document says it. The document is read from this address "
        "with /.well-known/openid-configuration behind it.",
        FieldKind.URL,
        is_required=True,
    ),
    Field("client_id", "Client ID", "What the provider calls this site.", is_required=True),
    Field(
        "client_authentication",
        "How this site proves itself",
        "How the provider knows that it is this site that collects the answer.",
        FieldKind.CHOICE,
        default=AUTOMATIC,
        choices=(
            (AUTOMATIC, "With the client secret, as the provider prefers"),
            (BASIC, "With the client secret in a header (client_secret_basic)"),
            (POST, "With the client secret in the body (client_secret_post)"),
            (PRIVATE_KEY, "With a signature by the private key (private_key_jwt)"),
            (NONE, "Not at all: a public client, with PKCE alone (none)"),
        ),
    ),
    Field("client_secret", "Client secret", "From the provider.", is_secret=True),
    Field(
        "private_key",
        "Private key",
        "PEM, for private_key_jwt alone; the provider gets the public half.",
        FieldKind.FILE,
        is_secret=True,
    ),
    Field("private_key_id", "Id of the private key", "Under which the provider knows the public half (kid)."),
    Field(
        "scopes", "Scopes", "What is asked for, with blanks between; openid is needed.", default="openid email profile"
    ),
    Field("email_claim", "Claim of the e-mail address", default="email"),
    Field("name_claim", "Claim of the name", default="name"),
    Field(
        "groups_claim",
        "Claim of the groups",
        "It gives no rights; to let only members of a group in, use the next setting.",
        default="groups",
    ),
    Field(
        "required_claims",
        "Only people of whom the provider says",
        "One claim=value a line, and all of them must hold; as hd=example.org at Google.",
        FieldKind.LINES,
    ),
    Field(
        "trusts_addresses",
        "Trust addresses that are not marked as verified",
        "Only for a provider where people cannot enter an address themselves: whoever can takes over the account "
        "that has it here.",
        FieldKind.FLAG,
        default=False,
    ),
    Field(
        "prompt",
        "What the provider shows at each sign-in",
        kind=FieldKind.CHOICE,
        choices=(
            ("", "What it decides"),
            ("login", "Its sign-in page, always (login)"),
            ("select_account", "A choice of accounts (select_account)"),
            ("consent", "A question for consent (consent)"),
        ),
    ),
    Field("acr_values", "Levels to ask for", "acr_values, with blanks between; leave it empty for the usual one."),
    Field(
        "two_factor_values",
        "Answers that mean two factors",
        "Values of acr or amr, one a line; a+b: both in amr; *: every answer, as the provider always asks for two.",
        FieldKind.LINES,
        default="\n".join(TWO_FACTORS),
    ),
    Field(
        "phishing_resistant_values",
        "Answers that mean two factors that resist phishing",
        "As above.",
        FieldKind.LINES,
        default="\n".join(PHISHING_RESISTANT),
    ),
    Field(
        "clock_skew_seconds",
        "Tolerated difference of clocks",
        f"In seconds, at most {_LARGEST_SKEW}.",
        FieldKind.NUMBER,
        default=USUAL_SKEW,
    ),
    Field(
        "authorities",
        "Certificates of a private authority",
        "PEM, where the provider's certificate is not of a public one.",
        FieldKind.FILE,
    ),
)
_DEFAULTS = {field.name: field.default for field in FIELDS}


def text_of(provider: Provider, name: str) -> str:
    """Return a setting as text, or its default where it was never set."""
    value = provider.settings.get(name)
    return str(_DEFAULTS[name] if value is None else value).strip()


def lines_of(provider: Provider, name: str) -> tuple[str, ...]:
    """Return the lines of a setting that are not blank, whether it is stored as text or as a list."""
    value = provider.settings.get(name)
    value = _DEFAULTS[name] if value is None else value
    lines = value if isinstance(value, list | tuple) else str(value).splitlines()
    return tuple(line for line in (str(each).strip() for each in lines) if line)


def skew_of(provider: Provider) -> int:
    """Return by how many seconds the provider's clock may differ."""
    value = provider.settings.get("clock_skew_seconds")
    return USUAL_SKEW if value in (None, "") else int(value)


def private_key(text: str) -> Key:
    """Read the private key of a client. Raises `ValueError`."""
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            key = kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
        if key.is_private:
            return key
    raise ValueError("This is no private key in PEM. It begins with -----BEGIN PRIVATE KEY-----.")


def problems_of(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Return what is wrong with settings that somebody wants to save."""
    provider = Provider(0, "oidc", "", settings, "", secrets)
    yield from _problems_of_issuer(text_of(provider, "issuer"))
    if not text_of(provider, "client_id"):
        yield "client_id", "Enter the client ID that the provider gave to this site."
    yield from _problems_of_proof(text_of(provider, "client_authentication"), secrets)
    if not text_of(provider, "email_claim"):
        yield "email_claim", "Enter the claim that has the e-mail address; most providers call it email."
    if "openid" not in text_of(provider, "scopes").split():
        yield "scopes", "The scopes must contain openid: without it the provider signs nobody in."
    for line in lines_of(provider, "required_claims"):
        if not line.partition("=")[0].strip() or not line.partition("=")[2].strip():
            yield "required_claims", f"'{line[:60]}' is not written as claim=value."
    try:
        is_small = 0 <= skew_of(provider) <= _LARGEST_SKEW
    except (TypeError, ValueError):
        is_small = False
    if not is_small:
        yield "clock_skew_seconds", f"Enter a number of seconds from 0 to {_LARGEST_SKEW}."


def _problems_of_issuer(issuer: str) -> Iterable[tuple[str, str]]:
    if problem := address_problem(issuer):
        yield "issuer", problem
    elif issuer.endswith("/.well-known/openid-configuration"):
        yield "issuer", "Leave /.well-known/openid-configuration out: that is added."
    elif "?" in issuer or "#" in issuer:
        yield "issuer", "An issuer has neither ? nor # in it."


def _problems_of_proof(how: str, secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if how not in {AUTOMATIC, BASIC, POST, PRIVATE_KEY, NONE}:
        yield "client_authentication", "Choose one of the ways in the list."
    elif secrets.get("private_key"):
        try:
            private_key(secrets["private_key"])
        except ValueError as error:
            yield "private_key", str(error)
