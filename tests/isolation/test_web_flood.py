"""Guessing without end: quickly refused, felt by nobody else, and nothing but counters changes."""

import pytest

from tests.fixtures.flood import refused_flood
from tests.fixtures.web import Web


@pytest.mark.parametrize("addresses", [False, True], ids=["one address", "many addresses"])
def test_log_in_attempts_without_end_do_not_slow_others(web: Web, addresses: bool) -> None:
    found = refused_flood(web, 120, addresses=addresses, grown_max_bytes=60_000_000)
    assert found.statuses[429] > 0
    assert "Traceback" not in web.dashboard.log
    assert "guess number" not in web.dashboard.log
