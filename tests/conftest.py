"""Loads the fixtures, which live by concern in `tests/fixtures/`."""

from hypothesis import settings

# How long one example takes says something about the machine, and nothing about the program.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

pytest_plugins = [
    "tests.fixtures.stack",
    "tests.fixtures.proxy",
    "tests.fixtures.between",
    "tests.fixtures.browser",
    "tests.fixtures.tenants",
    "tests.fixtures.dashboard",
    "tests.fixtures.oidc",
    "tests.fixtures.web",
]
