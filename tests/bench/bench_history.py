"""The demonstration's past loaded with all checks, against the same without those of neighbours."""

import os
import time
from datetime import UTC, datetime, timedelta

import psycopg

from deploy.demo.demo_plant import DEMO_SITES, load_plant, load_works
from deploy.demo.history import load_history
from deploy.demo.spacing import date_spacing
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.stack import migrated_url

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAYS = 5
TARGET = 0.7
WITHOUT = "UPDATE point_definition SET checks = NULL"

second_migrated_url = migrated_url


def _load(url: str, *, has_checks: bool) -> tuple[int, float]:
    """Return how many readings were stored, and how many a second."""
    for folder in DEMO_SITES:
        load(url, read(folder), now=NOW)
    for plant in (load_plant(), load_works()):
        date_spacing(url, plant, NOW - timedelta(days=DAYS), NOW)
    if not has_checks:
        with psycopg.connect(url) as connection:
            connection.execute(WITHOUT)
    began_s = time.monotonic()
    stored = load_history(url, DAYS, NOW)
    return stored, stored / (time.monotonic() - began_s)


def test_history_with_checks(migrated_url: str, second_migrated_url: str) -> None:
    stored, without = _load(second_migrated_url, has_checks=False)
    same, with_checks = _load(migrated_url, has_checks=True)
    print(
        f"\n{DAYS} days of the demonstration, {stored:,} readings,"
        f" {os.getloadavg()[0]:.0f} processes waiting:"
        f"\n  without the checks of neighbours {without:10,.0f} rows a second   1.00"
        f"\n  with them                        {with_checks:10,.0f} rows a second"
        f"   {with_checks / without:.2f}   (target {TARGET})"
    )
    assert same == stored
    assert with_checks / without >= TARGET
