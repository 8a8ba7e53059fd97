"""The analyst's browser, and the audit log."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.session_keys import Browser, signed_in
from tests.site import set_site


@pytest.fixture
def browser(site, front, analyst) -> Browser:
    """The analyst's browser, on a site where users may create keys of both kinds."""
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    return signed_in(front, analyst.email)


@pytest.fixture
def events() -> Callable[[str], list[Any]]:
    """Return the audit events of a kind, oldest first."""

    def of(kind: str) -> list[Any]:
        from keyhouse.audit.models import AuditEvent

        return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))

    return of
