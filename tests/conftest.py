"""Fixtures that every test may use."""

pytest_plugins = ["tests.live", "tests.postgres", "tests.site"]
