"""A key figure is watched: a load by the day that is about to pass its limit, with late samples."""

from pathlib import Path

import pytest

from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.alarm_plant import AlarmsProcess
from tests.fixtures.calculation_process import CalculationProcess
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import wait_until
from tests.fixtures.site_files import written
from tests.fixtures.writing import write_batches
from tests.integration.test_calculated import BEGIN, SITE, message

ALARM = """
[[alarm]]
key = "load-of-the-day"
point = "main/in-load"
above = 3
mean_over_s = 86400
ahead_s = 7200
name = { fi = "Päivän kuorma", en = "Load of the day", sv = "Dygnets belastning" }
consequence = { fi = "a", en = "a", sv = "a" }
action = { fi = "a", en = "a", sv = "a" }
"""
HOURS, STEP_S = 26, 600
OCCURRENCES = """
SELECT extract(epoch FROM raised_at - %s)::float8 / 3600, raised_value, is_late, cleared_at
FROM alarm_occurrence
"""


def test_late_samples_raise_a_mean_that_was_about_to_pass_its_limit(
    migrated_url: str, tmp_path: Path
) -> None:
    load(migrated_url, read(written(tmp_path, SITE + ALARM)), now=BEGIN)
    with (
        AlarmsProcess(tmp_path, migrated_url).ready_as_context(),
        CalculationProcess(tmp_path, migrated_url) as calculation,
    ):
        calculation.ready()
        steps = range(0, HOURS * 3600, STEP_S)
        late = range(10 * 3600, 20 * 3600, STEP_S)
        flows = [message("in-flow", after_s, 100.0) for after_s in steps]
        samples = [message("in-nh4", after_s, 20.0) for after_s in steps if after_s not in late]
        write_batches(migrated_url, [flows, samples])
        _wait_for_loads(migrated_url, 2.0, len(samples))
        assert rows(migrated_url, OCCURRENCES, BEGIN) == []
        # Ten hours of samples that the gateway kept: three times as much.
        write_batches(migrated_url, [[message("in-nh4", after_s, 60.0) for after_s in late]])
        _wait_for_loads(migrated_url, 6.0, len(late))
        wait_until(lambda: bool(rows(migrated_url, OCCURRENCES, BEGIN)), "it is not raised")
    ((hours, value, is_late, cleared_at),) = rows(migrated_url, OCCURRENCES, BEGIN)
    # After 22 hours the mean of 24 is known, if the last value stays for two more: 14 hours of
    # 2 kg/h and 10 of 6 kg/h.
    assert hours == 22
    assert value == pytest.approx((14 * 2 + 10 * 6) / 24)
    assert is_late
    assert cleared_at is None


def _wait_for_loads(url: str, value: float, least: int) -> None:
    statement = (
        "SELECT count(*) FROM reading JOIN point USING (point_id) "
        "WHERE key = 'in-load' AND abs(value - %s) < 0.001"
    )
    wait_until(lambda: rows(url, statement, value)[0][0] >= least, "loads are not calculated")
