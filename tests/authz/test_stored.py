"""Values as databases give them back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from keyhouse.authz.stored import stored_moment

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("stored", ["2026-07-01 12:00:00", "2026-07-01T12:00:00+00:00", datetime(2026, 7, 1, 12), NOON])
def test_what_a_database_keeps_is_utc(stored):
    assert stored_moment(stored) == NOON


def test_a_zone_that_is_told_counts():
    told = NOON.astimezone(timezone(timedelta(hours=2)))
    assert stored_moment(told.isoformat()) == stored_moment(told) == NOON
