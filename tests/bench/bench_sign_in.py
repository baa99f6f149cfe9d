"""Ten thousand log-in attempts, from one address and from ten thousand."""

import pytest

from tests.fixtures.flood import flood, state
from tests.fixtures.web import Web

ATTEMPTS = 10_000
WORKERS = 24
OTHERS_MAX_S = 2.0
GROWN_MAX_BYTES = 150_000_000


@pytest.mark.parametrize("addresses", [False, True], ids=["one address", "many addresses"])
def test_ten_thousand_attempts(web: Web, addresses: bool) -> None:
    before = state(web.tenants)
    found = flood(web, ATTEMPTS, WORKERS, addresses=addresses)
    slowest_s = max(found.others_took_s)
    print(
        f"\n{ATTEMPTS} attempts in {found.took_s:.1f} s: {dict(found.statuses)}; another's page "
        f"took at most {slowest_s:.2f} s; memory grew by {found.grown_bytes / 1e6:.1f} MB"
    )
    assert found.statuses.keys() <= {403, 429}
    assert found.cookies == 0
    assert slowest_s < OTHERS_MAX_S
    assert found.grown_bytes < GROWN_MAX_BYTES
    assert state(web.tenants) == before
