"""Loads the fixtures, which live by concern in `tests/fixtures/`."""

pytest_plugins = [
    "tests.fixtures.seeds",
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
