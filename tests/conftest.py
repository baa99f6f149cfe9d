"""Loads the fixtures, which live by concern in `tests/fixtures/`."""

from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.stack",
    "tests.fixtures.between",
    "tests.fixtures.proxy",
    "tests.fixtures.own_site",
    "tests.fixtures.browser",
    "tests.fixtures.tenants",
    "tests.fixtures.dashboard",
    "tests.fixtures.oidc",
    "tests.fixtures.web",
    "tests.fixtures.full_plant",
]

# An example that takes longer than another tells of a busy machine, not of a fault.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
