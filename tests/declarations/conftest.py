"""The folder /study, and a clock that a test moves."""

import pytest

from tests.site import OPERATOR


@pytest.fixture
def study(site):
    """The folder /study, which demands a purpose and may be read by everybody who has signed in."""
    from keyhouse.accounts.groups import find_principal, name_of
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role
    from keyhouse.declarations.demands import OwnDemand

    folder = site.folders.add("/study", OPERATOR)
    everybody = find_principal("All Site Users")
    site.assignments.assign(Role.READER, everybody, name_of(everybody), folder, OPERATOR)
    site.demands.change(folder, OwnDemand(wants_purpose=True), OPERATOR)
    return folders.find("/study")


class Clock:
    """Tells the real time, and as much later as it was moved."""

    def __init__(self, really):
        from datetime import timedelta

        self._really = really
        self._ahead = timedelta()

    def __call__(self):
        return self._really() + self._ahead

    def forward(self, by):
        """Move on."""
        self._ahead += by


@pytest.fixture
def clock(site, monkeypatch):
    """A clock for all that asks whether something has lapsed."""
    made = Clock(site.clock)
    object.__setattr__(site, "clock", made)
    return made


@pytest.fixture
def django_statements(site):
    """Collect the statements that our own database is asked."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)
