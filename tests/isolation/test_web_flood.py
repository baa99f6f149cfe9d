"""Guessing without end: quickly refused, felt by nobody else, and nothing but counters changes."""

import pytest

from tests.fixtures.flood import flood, state
from tests.fixtures.web import Web

ATTEMPTS = 300
WORKERS = 24
OTHERS_MAX_S = 2.0
GROWN_MAX_BYTES = 60_000_000


@pytest.mark.parametrize("addresses", [False, True], ids=["one address", "many addresses"])
def test_log_in_attempts_without_end_do_not_slow_others(web: Web, addresses: bool) -> None:
    before = state(web.tenants)
    found = flood(web, ATTEMPTS, WORKERS, addresses=addresses)
    assert found.statuses.keys() <= {403, 429}
    assert found.statuses[429] > 0
    assert found.cookies == 0
    assert max(found.others_took_s) < OTHERS_MAX_S, sorted(found.others_took_s)[-5:]
    assert found.grown_bytes < GROWN_MAX_BYTES
    assert state(web.tenants) == before
    assert "Traceback" not in web.dashboard.log
    assert "guess number" not in web.dashboard.log
