"""Loads the fixtures, which live by concern in `tests/fixtures/`."""

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
