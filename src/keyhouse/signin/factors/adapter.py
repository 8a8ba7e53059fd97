"""How the library's second factors are fitted to Keyhouse: their secrets are sealed, the site has its own name."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from keyhouse.settings.seal import seal, unseal
from keyhouse.siteconfig import store

_PURPOSE = "second factors"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals what a second factor is checked with, and names the site as its administrator does."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return seal(text, str(settings.SECRET_KEY), _PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret; raises `Unsealable`."""
        return unseal(encrypted_text, settings.SECRET_KEY, _PURPOSE)

    def get_totp_issuer(self) -> str:
        """Return the name under which an authenticator app lists its codes."""
        return store.read().site_name

    def send_notification_mail(self, *arguments: Any, **named: Any) -> None:
        """Send nothing: the audit log and our own pages tell of it."""
