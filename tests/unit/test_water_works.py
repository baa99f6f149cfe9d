"""The second site of the demonstration: all modelled, and no water is made or lost in it."""

from datetime import UTC, datetime

import numpy as np
import pytest

from deploy.demo.demo_plant import DemoPlant, load_works
from deploy.demo.model.water_works import COUNTERS, RESERVOIR_M2
from deploy.demo.replay_clock import SECOND_US, ReplayClock

START_US = round(datetime(2026, 10, 20, tzinfo=UTC).timestamp()) * SECOND_US
WEEK_US = START_US + np.arange(0, 7 * 86_400 + 1, 300, dtype=np.int64) * SECOND_US
HISTORY = ReplayClock(int(WEEK_US[-1]))


@pytest.fixture(scope="module")
def works() -> DemoPlant:
    return load_works()


@pytest.fixture(scope="module")
def week(works: DemoPlant) -> dict[str, np.ndarray]:
    return works.model.state(WEEK_US, HISTORY)


def _counted(week: dict[str, np.ndarray], key: str) -> float:
    return float(week[key][-1] - week[key][0])


def test_the_wells_give_what_is_used_stored_and_washed_away(week: dict[str, np.ndarray]) -> None:
    stored_m3 = float(week["vs-lt-1"][-1] - week["vs-lt-1"][0]) * RESERVOIR_M2
    raw, used, washed = (_counted(week, key) for key in ("rv-fq-1", "tv-fq-51", "hv-fq-1"))
    assert used > 3_000
    # The level has noise of a centimetre, and the wash begins and ends between the steps.
    assert raw == pytest.approx(used + washed + stored_m3, abs=0.001 * raw)


def test_flows_beside_each_other_are_one_flow(week: dict[str, np.ndarray]) -> None:
    wells = week["kv1-ft-1"] + week["kv2-ft-1"] + week["kv3-ft-1"]
    assert np.abs(wells / week["rv-ft-1"] - 1).max() < 0.03
    filters = (week["ps1-ft-2"] + week["ps2-ft-2"] + week["hv-ft-1"]) / week["rv-ft-1"]
    assert np.abs(filters - 1).max() < 0.04
    districts = (week["am1-ft-1"] + week["am2-ft-1"]).mean() / week["tv-ft-51"].mean()
    assert 0.88 < districts < 0.97, "leakage"


def test_the_reservoir_neither_runs_dry_nor_over(week: dict[str, np.ndarray]) -> None:
    assert 1.0 < week["vs-lt-1"].min() < week["vs-lt-1"].max() < 4.0


def test_counters_agree_with_what_they_count(week: dict[str, np.ndarray]) -> None:
    power_kwh = np.trapezoid(week["sj-ji-1"], dx=1 / 12)
    assert _counted(week, "sj-jq-1") == pytest.approx(power_kwh, rel=0.01)
    assert _counted(week, "sj-jq-2") < _counted(week, "sj-jq-1")
    for key in COUNTERS:
        assert (np.diff(week[key]) >= 0).all(), key


def test_the_same_moment_has_the_same_values_in_any_order(
    works: DemoPlant, week: dict[str, np.ndarray]
) -> None:
    chosen = np.array([7, 300, 41])
    alone = load_works().model.state(WEEK_US[chosen], HISTORY)
    for key, values in week.items():
        np.testing.assert_allclose(alone[key], values[chosen], rtol=1e-9, err_msg=key)
