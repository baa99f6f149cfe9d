"""Ten thousand log-in attempts, from one address and from ten thousand."""

import pytest

from tests.fixtures.flood import refused_flood
from tests.fixtures.web import Web

ATTEMPTS = 10_000


@pytest.mark.parametrize("addresses", [False, True], ids=["one address", "many addresses"])
def test_ten_thousand_attempts(web: Web, addresses: bool) -> None:
    found = refused_flood(web, ATTEMPTS, addresses=addresses, grown_max_bytes=150_000_000)
    print(
        f"\n{ATTEMPTS} attempts in {found.took_s:.1f} s: {dict(found.statuses)}; another's page "
        f"took at most {max(found.others_took_s):.2f} s; memory grew by "
        f"{found.grown_bytes / 1e6:.1f} MB"
    )
