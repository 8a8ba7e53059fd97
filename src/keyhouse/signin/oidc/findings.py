"""What a test of a configuration of OpenID Connect finds: documents, keys, abilities, and what to register there."""

from collections.abc import Iterator

from keyhouse.signin.fetching import FetchFailed
from keyhouse.signin.leaving import SIGNED_OUT
from keyhouse.signin.method import Finding, Provider
from keyhouse.signin.oidc.documents import Discovered, Unusable, discover, read_keys
from keyhouse.signin.oidc.exchange import CALLBACK, client_authentication
from keyhouse.signin.oidc.settings import BASIC, POST, PRIVATE_KEY

_SECRETS = {BASIC: "client_secret", POST: "client_secret", PRIVATE_KEY: "private_key"}
BACK_CHANNEL = "oidc-backchannelLogout.view"


def findings(provider: Provider) -> Iterator[Finding]:
    """Read the provider's documents and say what is well, and what to do about what is not."""
    try:
        document = discover(provider)
    except FetchFailed as error:
        advice = "Check the issuer, and that this server may reach it: a firewall, a proxy, a private authority."
        yield Finding(False, f"The discovery document cannot be read. {error}", advice)
        return
    except Unusable as error:
        yield Finding(False, str(error), "Write the issuer exactly as the provider names itself, to the last slash.")
        return
    yield Finding(True, f"The provider is {document.issuer}, and all its addresses can be used.")
    yield _keys(provider, document)
    yield _challenge(document)
    yield _proof(provider, document)
    yield from _sign_out(document)
    yield Finding(
        True,
        f"To register there: the redirect URI {provider.url(CALLBACK)}, the address after sign-out "
        f"{provider.base_url}/{SIGNED_OUT}, and for back-channel logout {provider.url(BACK_CHANNEL)}",
    )


def _keys(provider: Provider, document: Discovered) -> Finding:
    try:
        keys = read_keys(provider, document)
    except (FetchFailed, Unusable) as error:
        return Finding(False, f"The keys of the provider cannot be read. {error}", "Nobody can sign in without them.")
    if not keys:
        advice = "It needs one for RS, PS, ES or EdDSA; of RSA, with 2048 bits at least."
        return Finding(False, f"{document.jwks_uri} has no key that may sign.", advice)
    return Finding(True, f"The provider signs with {len(keys)} published {'key' if len(keys) == 1 else 'keys'}.")


def _challenge(document: Discovered) -> Finding:
    if "S256" in document.challenge_methods:
        return Finding(True, "The provider supports PKCE with S256.")
    if document.challenge_methods:
        return Finding(False, "The provider supports PKCE, but not with S256.", "Switch S256 on there.")
    advice = "It is sent all the same; state, nonce and the client's own proof protect the code as well."
    return Finding(True, "The provider does not say whether it supports PKCE.", advice)


def _proof(provider: Provider, document: Discovered) -> Finding:
    how, offered = client_authentication(provider, document), document.client_authentications
    if offered and how not in offered:
        advice = f"It takes {', '.join(offered)}. Choose one of these."
        return Finding(False, f"The provider does not take {how}, by which this site proves itself.", advice)
    wanted = _SECRETS.get(how)
    if wanted is not None and not provider.secrets.get(wanted):
        name = wanted.replace("_", " ")
        return Finding(False, f"This site has no {name} to prove itself with.", f"Enter the {name}.")
    return Finding(True, f"This site proves itself with {how}.")


def _sign_out(document: Discovered) -> Iterator[Finding]:
    if document.end_session_endpoint:
        yield Finding(True, "Signing out here leads on to sign out at the provider.")
    else:
        yield Finding(True, "The provider has no address to sign out at: signing out here ends the session here alone.")
    if document.logs_out_by_back_channel:
        yield Finding(True, "The provider can tell this site by its back channel when a person is signed out.")
    else:
        advice = "Sessions end here by their own time, or where an administrator or SCIM ends them."
        yield Finding(True, "The provider does not offer back-channel logout.", advice)
