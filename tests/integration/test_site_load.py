"""Loading a site: repeatable, dated, and never a rewrite of history."""

from datetime import UTC, datetime
from pathlib import Path

from schemas.site_file import read
from schemas.site_load import load

MIKKELI = Path(__file__).parents[2] / "deploy/sites/mikkeli"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_mikkeli_loads_twice_and_the_second_time_changes_nothing(migrated_url: str) -> None:
    import time

    t = time.time()
    site = read(MIKKELI)
    print("read", time.time() - t)
    t = time.time()
    report = load(migrated_url, site, now=NOW)
    print("load", time.time() - t)
    print(report)
    t = time.time()
    report = load(migrated_url, site, now=NOW)
    print("load", time.time() - t)
    print(report)
