"""How the sign-in library is fitted to Keyhouse."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

ADDRESS = "keyhouse.address"


class KeyhouseAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators, addresses come through trusted proxies, pages write their own words."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that the front has seen, which no header of the client's own can change."""
        return str(request.META.get(ADDRESS) or "unknown")

    def add_message(self, *arguments: Any, **named: Any) -> None:
        """Say nothing here: the pages say what happened."""

    def count(self, request: HttpRequest, login: str) -> None:
        """Count an attempt before anybody is asked; raises ValidationError at the limit."""
        self.pre_authenticate(request, email=login)
        self._is_counted = True

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt once, though directories are asked before the password of this site."""
        if not getattr(self, "_is_counted", False):
            super().pre_authenticate(request, **credentials)

    def take_back(self) -> None:
        """Forget the attempt that was counted, as it succeeded."""
        self._rollback_login_failed_rl_usage()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # The library puts the Host header into the key, so that an attacker who varies it would never be slowed.
        return str(credentials.get("email", "")).strip().lower()
