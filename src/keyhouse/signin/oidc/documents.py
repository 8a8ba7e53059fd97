"""What a provider of OpenID Connect publishes: its discovery document and its keys, read with distrust.

Both are kept for five minutes, by each worker for itself: for so long a key that the provider has withdrawn still
counts. A signature by a key that is not among those kept makes them be read anew, at most twice a minute.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from keyhouse.signin.fetching import FetchFailed, address_problem, fetch_document
from keyhouse.signin.method import Provider, ProviderDown
from keyhouse.signin.oidc.settings import text_of

LIFE = timedelta(minutes=5)
_BETWEEN_READS = timedelta(seconds=30)
_AFTER_FAILURE = timedelta(seconds=5)
_PATIENCE_SECONDS = 3
"""How long a request waits for the answer that another one has asked for."""
_REMEMBERED = 64
_MOST_KEYS = 100
_SMALLEST_RSA = 2048
_LONGEST_MODULUS, _LONGEST_EXPONENT = 1_368, 8
"""In characters: 8192 bits, and what no key in use exceeds. A larger one would keep us busy."""
_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_PUBLIC = frozenset({"kty", "kid", "alg", "n", "e", "crv", "x", "y"})
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}


class Unusable(Exception):
    """A document of the provider cannot be used; the text says why, for administrators and the log."""


@dataclass(frozen=True)
class Discovered:
    """A discovery document: where the provider's endpoints are, and what it can do."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    says_issuer: bool
    """It names itself in each answer (RFC 9207), so that one without a name is not its own."""
    client_authentications: tuple[str, ...]
    challenge_methods: tuple[str, ...]
    logs_out_by_back_channel: bool


@dataclass(frozen=True)
class _Kept:
    """What was read and when, or why it could not be; and when it was last tried."""

    value: Any
    read_at: datetime
    tried_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Tell whether what was read still counts."""
        return not isinstance(self.value, Exception) and timedelta(0) <= now - self.read_at < LIFE

    def is_enough(self, now: datetime, is_new_wanted: bool) -> bool:
        """Tell whether the provider need not be asked, or not so soon again."""
        # Whoever floods us with tokens of unknown keys, or while a provider is slow, would hold every worker.
        if self.is_good(now):
            return not is_new_wanted or now - self.tried_at < _BETWEEN_READS
        return isinstance(self.value, Exception) and timedelta(0) <= now - self.tried_at < _AFTER_FAILURE


class Documents:
    """Reads and keeps the documents of providers; one for each worker."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()
        self._asking: OrderedDict[tuple[Any, ...], Lock] = OrderedDict()

    def discovered(self, provider: Provider, now: datetime) -> Discovered:
        """Return the provider's discovery document. Raises `ProviderDown`."""
        found: Discovered = self._value(_name_of("discovery", provider), now, lambda: discover(provider))
        return found

    def key_for(self, provider: Provider, header: Mapping[str, Any], now: datetime) -> Key | None:
        """Return the provider's key for a signature with this header, or None. Raises `ProviderDown`.

        Only what is published counts: a header that brings a key along, or says where to get one, is not listened to.
        """
        document, name = self.discovered(provider, now), _name_of("keys", provider)
        for is_new_wanted in (False, True):
            keys = self._value(name, now, lambda: read_keys(provider, document), is_new_wanted)
            if (key := matching(keys, header)) is not None:
                return key
        return None

    def forget(self) -> None:
        """Forget everything, as a worker does that starts anew."""
        with self._lock:
            self._kept.clear()

    def _value(self, name: tuple[Any, ...], now: datetime, read: Callable[[], Any], is_new_wanted: bool = False) -> Any:
        kept = self._enough(name, now, is_new_wanted)
        if kept is None:
            asking = self._asking_of(name)
            # A provider that does not answer would hold a worker for each person who waits for it.
            if not asking.acquire(timeout=_PATIENCE_SECONDS):
                raise ProviderDown(name[1], "it has been asked already, and has not answered yet")
            try:
                kept = self._enough(name, now, is_new_wanted) or self._read(name, now, read)
            finally:
                asking.release()
        if isinstance(kept.value, Exception):
            raise ProviderDown(name[1], str(kept.value))
        return kept.value

    def _enough(self, name: tuple[Any, ...], now: datetime, is_new_wanted: bool) -> _Kept | None:
        with self._lock:
            kept = self._kept.get(name)
        return kept if kept is not None and kept.is_enough(now, is_new_wanted) else None

    def _asking_of(self, name: tuple[Any, ...]) -> Lock:
        with self._lock:
            asking = self._asking.setdefault(name, Lock())
            while len(self._asking) > _REMEMBERED:
                self._asking.popitem(last=False)
        return asking

    def _read(self, name: tuple[Any, ...], now: datetime, read: Callable[[], Any]) -> _Kept:
        value = _result(read)
        with self._lock:
            kept = self._kept.get(name)
        if isinstance(value, Exception) and kept is not None and kept.is_good(now):
            return self._keep(name, replace(kept, tried_at=now))
        return self._keep(name, _Kept(value, now, now))

    def _keep(self, name: tuple[Any, ...], kept: _Kept) -> _Kept:
        with self._lock:
            self._kept[name] = kept
            self._kept.move_to_end(name)
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return kept


def discover(provider: Provider) -> Discovered:
    """Read the discovery document from the provider. Raises `FetchFailed` or `Unusable`."""
    issuer = text_of(provider, "issuer")
    found = _fetched(provider, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        # OpenID Connect Discovery 4.3: else one provider could speak with the tokens of another.
        raise Unusable(f"The discovery document is of issuer '{_short(found.get('issuer'))}', not of '{issuer}'.")
    return Discovered(
        issuer=issuer,
        authorization_endpoint=_endpoint(found, "authorization_endpoint", issuer),
        token_endpoint=_endpoint(found, "token_endpoint", issuer),
        jwks_uri=_endpoint(found, "jwks_uri", issuer),
        userinfo_endpoint=_endpoint(found, "userinfo_endpoint", issuer, is_needed=False),
        end_session_endpoint=_endpoint(found, "end_session_endpoint", issuer, is_needed=False),
        says_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        client_authentications=_texts(found, "token_endpoint_auth_methods_supported"),
        challenge_methods=_texts(found, "code_challenge_methods_supported"),
        logs_out_by_back_channel=found.get("backchannel_logout_supported") is True,
    )


def read_keys(provider: Provider, document: Discovered) -> list[Key]:
    """Read the provider's keys that may sign. Raises `FetchFailed` or `Unusable`."""
    published = _fetched(provider, document.jwks_uri).get("keys")
    if not isinstance(published, list):
        raise Unusable(f"{document.jwks_uri} has no list of keys.")
    return [key for each in published[:_MOST_KEYS] if (key := _usable(each)) is not None]


def matching(keys: list[Key], header: Mapping[str, Any]) -> Key | None:
    """Return the key that a signature with this header is checked with; None where none fits, or several do."""
    algorithm, name = str(header.get("alg")), header.get("kid")
    fitting = [key for key in keys if _fits(key, algorithm)]
    if name is not None:
        return next((key for key in fitting if key.kid == name), None)
    return fitting[0] if len(fitting) == 1 else None


def json_object(body: bytes, source: str) -> dict[str, Any]:
    """Read a JSON object that a provider sent. Raises `Unusable`."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Unusable(f"{source} is not JSON.") from None
    if not isinstance(value, dict):
        raise Unusable(f"{source} is not a JSON object.")
    return value


def _result(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (FetchFailed, Unusable) as error:
        return error


def _name_of(what: str, provider: Provider) -> tuple[Any, ...]:
    return what, provider.description, provider.id, text_of(provider, "issuer"), text_of(provider, "authorities")


def _fetched(provider: Provider, url: str) -> dict[str, Any]:
    return json_object(fetch_document(url, authorities=text_of(provider, "authorities")), url)


def _endpoint(found: Mapping[str, Any], name: str, issuer: str, is_needed: bool = True) -> str:
    url = found.get(name)
    if url is None and not is_needed:
        return ""
    if not isinstance(url, str) or (problem := address_problem(url)):
        raise Unusable(f"The discovery document has no usable {name}: {problem if isinstance(url, str) else 'missing'}")
    if urlsplit(issuer).scheme == "https" and urlsplit(url).scheme != "https":
        # A provider elsewhere has nothing to look for on this machine.
        raise Unusable(f"The {name} of the discovery document is not encrypted: '{_short(url)}'.")
    return url


def _texts(found: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = found.get(name)
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()


def _usable(published: Any) -> Key | None:
    """Return a published key that may sign, and is neither weak nor too large."""
    if not isinstance(published, dict) or published.get("use", "sig") != "sig" or published.get("kty") == "oct":
        return None
    if len(str(published.get("n", ""))) > _LONGEST_MODULUS or len(str(published.get("e", ""))) > _LONGEST_EXPONENT:
        return None
    public = {name: value for name, value in published.items() if name in _PUBLIC}
    try:
        key = JWKRegistry.import_key(public)
        if isinstance(key, RSAKey):
            return key if key.public_key.key_size >= _SMALLEST_RSA else None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if isinstance(key, ECKey | OKPKey) else None


def _fits(key: Key, algorithm: str) -> bool:
    if key.key_type != _KEY_TYPES.get(algorithm[:2]) or key.get("alg", algorithm) != algorithm:
        return False
    return key.key_type == "RSA" or key.get("crv") == _CURVES.get(algorithm)


def _short(value: object) -> str:
    return str(value)[:200]
