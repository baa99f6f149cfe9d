"""What the page of the state of the data asks the database, of ten times as many points."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from dashboard.pages.data_health.table import ROWS_OF_A_LINE_MAX
from dashboard.store.clock_offsets import clock_offsets
from dashboard.store.data_health import data_health, sources
from dashboard.store.plant import read_plant
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.large_plant import KEY, large_site
from tests.fixtures.site_files import written
from tests.fixtures.viewing import viewing

POINTS, TIMES, DAYS, ROUNDS = 500, 10, 90, 3
NOW = datetime.now(UTC).replace(microsecond=0)
RATIO_MAX = 1.5 * TIMES  # what is held against all others grows by the square
# An hour of readings as of now; a tenth of the points has deviated for two days.
FILL = (
    """INSERT INTO reading (point_id, ts, value, status, qc, checks, received_at)
       SELECT point_id, ts, 1, 0, CASE WHEN point_id %% 10 = 0 THEN 3 ELSE 1 END,
              CASE WHEN point_id %% 10 = 0 THEN 256 ELSE 0 END, ts
       FROM point, generate_series(%(now)s - INTERVAL '1 hour', %(now)s, INTERVAL '5 min') ts""",
    """INSERT INTO reading (point_id, ts, value, status, qc, checks, received_at)
       SELECT point_id, %(now)s - INTERVAL '2 days', 1, 0, 1, 0, %(now)s - INTERVAL '2 days'
       FROM point WHERE point_id %% 10 = 0""",
    "INSERT INTO latest SELECT DISTINCT ON (point_id) * FROM reading ORDER BY point_id, ts DESC",
    """INSERT INTO rollup_1d
       SELECT point_id, day, 288, 288, CASE WHEN point_id %% 10 = 0 AND n < 2 THEN 0 ELSE 280 END,
              288, 280, 0, 2, 1, day, 1, day + INTERVAL '23 hours'
       FROM point, generate_series(0, %(days)s - 1) n,
            LATERAL (SELECT date_trunc('day', %(now)s - n * INTERVAL '1 day', 'Europe/Helsinki')
                     AS day) each""",
)


def _seconds(url: str, folder: Path, points: int) -> float:
    """Return how long the questions take, at best, when a site has so many points."""
    folder.mkdir()
    load(url, read(written(folder, large_site(points))), now=NOW - timedelta(days=DAYS + 1))
    with psycopg.connect(url) as connection:
        for statement in FILL:
            connection.execute(statement, {"now": NOW, "days": DAYS})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    took_s = []
    with viewing(url) as connection:
        plant = read_plant(connection, NOW, KEY)
        for _ in range(ROUNDS):
            began_s = time.monotonic()
            found = data_health(connection, plant, NOW, ROWS_OF_A_LINE_MAX)
            sources(connection)
            clocks = clock_offsets(connection, KEY, NOW)
            took_s.append(time.monotonic() - began_s)
    assert len(found.points) == points
    assert found.last_good
    assert clocks
    return min(took_s)


def test_ten_times_as_many_points_take_ten_times_as_long(
    migrated_url: str, migrated_module_url: str, tmp_path: Path
) -> None:
    few_s = _seconds(migrated_module_url, tmp_path / "few", POINTS)
    many_s = _seconds(migrated_url, tmp_path / "many", POINTS * TIMES)
    ratio = many_s / few_s
    print(f"\n{POINTS} points {few_s:.2f} s, {POINTS * TIMES} {many_s:.2f} s: ratio {ratio:.1f}")
    assert ratio < RATIO_MAX
