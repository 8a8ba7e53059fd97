"""Fixtures that every test may use, and how long a property may take to be tried: as long as the machine needs."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.live",
    "tests.postgres",
    "tests.site",
    "tests.providers.cas_server",
    "tests.providers.duo_endpoint",
    "tests.providers.oidc",
    "tests.providers.saml_visits",
    "tests.providers.slapd",
]

# What is slow on a busy machine is not wrong.
settings.register_profile("keyhouse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("keyhouse")
