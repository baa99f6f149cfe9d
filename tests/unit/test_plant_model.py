"""The plant model: deterministic, its balances close, every point of the site has one source."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from deploy.demo import defects
from deploy.demo.counters import COUNTERS
from deploy.demo.demo_plant import DEMO_SITE, DemoPlant, load_plant
from deploy.demo.drivers import Feed
from deploy.demo.errors import SourceMissing
from deploy.demo.history import history
from deploy.demo.live import Live
from deploy.demo.model.membranes import AREA_M2, TANKS, viscosity
from deploy.demo.replay_clock import DAY_US, SECOND_US, ReplayClock
from deploy.demo.replayer import SPEED_DEFAULT
from deploy.demo.show import Show
from deploy.demo.sources import DemoPoint, find_sources
from deploy.demo.storm import storm_ahead_us
from schemas.site import reader

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
NOW_US = round(NOW.timestamp()) * SECOND_US
HISTORY = ReplayClock(NOW_US)
WEEK_US = NOW_US - np.arange(7 * 288, -1, -1, dtype=np.int64) * 300 * SECOND_US
SUB_METERS = tuple(f"en-jq-{number}" for number in range(911, 919))


@pytest.fixture(scope="module")
def plant() -> DemoPlant:
    return load_plant()


@pytest.fixture(scope="module")
def week(plant: DemoPlant) -> dict[str, np.ndarray]:
    return plant.model.state(WEEK_US, HISTORY)


def test_the_same_moment_always_gives_the_same_values(
    plant: DemoPlant, week: dict[str, np.ndarray]
) -> None:
    chosen = np.array([2000, 7, 8, 1500])
    alone = load_plant().model.state(WEEK_US[chosen], HISTORY)
    for key, values in alone.items():
        np.testing.assert_array_equal(values, week[key][chosen], err_msg=key)


def test_history_is_the_same_whenever_and_however_it_is_asked_for(plant: DemoPlant) -> None:
    start, middle = NOW - timedelta(days=1.5), NOW - timedelta(days=1, minutes=7)
    whole = list(history(plant, start, NOW))
    parts = [*history(plant, start, middle), *history(plant, middle, NOW)]
    assert parts == whole
    assert len(set(whole)) == len(whole)
    times = [message.received_us for message in whole]
    assert times == sorted(times)


def test_every_point_of_the_site_is_fed_by_what_its_provenance_says(plant: DemoPlant) -> None:
    site = reader.read(DEMO_SITE)
    provenance = {instrument.key: instrument.provenance for instrument in site.instrument}
    sent_points = [point for point in site.point if not point.formula]
    synthetic = {p.ref for p in sent_points if provenance[str(p.instrument)] == "synthetic"}
    replayed = {p.ref for p in sent_points if provenance[str(p.instrument)] == "replayed"}
    assert synthetic | replayed == {point.ref for point in sent_points}
    assert replayed == set(plant.sources.feeds)
    # Every synthetic point gets a value, every replayed one rows with numbers in its column.
    sent: set[str] = set()
    for message in history(plant, NOW - timedelta(days=29), NOW):
        _, *line = message.topic.split("/")
        if message.topic.startswith(f"{site.key}/"):
            content = msgspec.json.decode(message.payload)
            if isinstance(content, dict):
                sent |= {f"{line[0]}/{key}" for key in content["v"]}
    assert sent == synthetic
    for ref, feed in plant.sources.feeds.items():
        cells = [row[feed.column] for row in plant.recordings[feed.recording].rows]
        assert sum(cell is not None for cell in cells) > 0.2 * len(cells), ref


@pytest.mark.parametrize(
    ("point", "feeds", "sentence"),
    [
        (DemoPoint("main", "x", "synthetic", 60, 1), {}, "main/x is synthetic and fed by nothing"),
        (DemoPoint("main", "y", "replayed", 60, 1), {}, "main/y is replayed and fed by the model"),
        (
            DemoPoint("main", "y", "synthetic", 60, 1),
            {"main/y": Feed("ro", "column", 1, 0)},
            "main/y is synthetic and fed by recording ro",
        ),
    ],
)
def test_a_wrong_provenance_is_named(
    point: DemoPoint, feeds: dict[str, Feed], sentence: str
) -> None:
    with pytest.raises(SourceMissing, match=sentence):
        find_sources([point], feeds, {"y"})


def test_values_stay_inside_their_instruments_and_mostly_in_the_typical_range(
    plant: DemoPlant, week: dict[str, np.ndarray]
) -> None:
    points = {point.key: point for point in reader.read(DEMO_SITE).point}
    outside = {}
    for key, values in week.items():
        point = points[key]
        known = values[~np.isnan(values)]
        assert len(known) > 0.9 * len(values), key
        if point.range is not None:
            assert (known >= point.range[0]).all(), key
            assert (known <= point.range[1]).all(), key
        if point.typical is not None:
            low, high = point.typical
            outside[key] = ((known < low) | (known > high)).mean()
    assert np.mean(list(outside.values())) < 0.06
    assert np.mean([share > 0.5 for share in outside.values()]) < 0.03


def test_sub_meters_add_up_to_the_total_but_for_a_small_remainder(
    week: dict[str, np.ndarray],
) -> None:
    used = {key: week[key][-1] - week[key][0] for key in (*SUB_METERS, "en-jq-901")}
    remainder = 1 - sum(used[key] for key in SUB_METERS) / used["en-jq-901"]
    assert 0.005 < remainder < 0.03


@pytest.mark.parametrize(
    ("counter", "rates", "tolerance"),
    [
        ("en-jq-901", ("en-ji-901",), 0.005),
        ("en-jq-911", ("ken-p1-ji", "ken-p2-ji"), 0.01),
        ("en-jq-912", ("kp1-ji", "kp2-ji", "kp3-ji"), 0.01),
        ("en-jq-913", ("kpm1-ji", "kpm2-ji"), 0.01),
    ],
)
def test_an_energy_counter_is_the_integral_of_the_powers(
    week: dict[str, np.ndarray], counter: str, rates: tuple[str, ...], tolerance: float
) -> None:
    power_kw = np.sum([week[rate] for rate in rates], axis=0)
    energy_kwh = np.trapezoid(power_kw, dx=300 / 3600)
    assert energy_kwh == pytest.approx(week[counter][-1] - week[counter][0], rel=tolerance)


def test_blower_power_is_adiabatic_compression(week: dict[str, np.ndarray]) -> None:
    """40 kJ/kg at 60 kPa: 1 Nm3/s of air needs 1.293 * 40.9 / 0.62 = 85 kW."""
    running = week["kp1-ji"] > 0
    air_nm3_s = week["kp1-si"][running] / 100 * 4200 / 3600
    assert np.median(week["kp1-ji"][running] / air_nm3_s) == pytest.approx(85, rel=0.04)


def test_flows_agree_along_the_water(plant: DemoPlant, week: dict[str, np.ndarray]) -> None:
    local_us = WEEK_US + 2 * 3600 * SECOND_US
    drive = plant.model._drivers.at(WEEK_US, local_us)
    for key in ("ken-ft-101", "sal-ft-111"):
        assert week[key].mean() == pytest.approx(drive["flow_in"].mean(), rel=0.02)
    # The mean over the tanks' cycles, backwash included, is the effluent.
    second = NOW_US + np.arange(4 * 3645, dtype=np.int64) * SECOND_US
    state = plant.model.state(second, ReplayClock(int(second[-1])))
    permeate = np.sum([state[f"mbr{tank}-ft-5{tank}1"] for tank in TANKS], axis=0)
    out = plant.model._drivers.at(second, second)["flow_out"]
    assert permeate.mean() == pytest.approx(out.mean(), rel=0.02)
    inflow = drive["flow_in"].mean() * 24 * 7
    counted = week["jv-fq-205"][-1] - week["jv-fq-205"][0]
    assert counted == pytest.approx(inflow, rel=0.002)


def test_flux_and_permeability_follow_from_flow_pressure_and_temperature(
    week: dict[str, np.ndarray],
) -> None:
    for tank in TANKS:
        filtering = week[f"mbr{tank}-mode"] == 1
        flow = week[f"mbr{tank}-ft-5{tank}1"][filtering]
        flux = week[f"mbr{tank}-fy-5{tank}6"][filtering]
        np.testing.assert_allclose(flux, flow * 1000 / AREA_M2)
        pressure_bar = week[f"mbr{tank}-pdt-5{tank}2"][filtering] / 1000
        thicker = viscosity(week["il-tt-440"][filtering]) / viscosity(np.array(20.0))
        shown = week[f"mbr{tank}-qy-5{tank}7"][filtering]
        assert np.median(flux / pressure_bar * thicker / shown) == pytest.approx(1, abs=0.02)


def test_counters_go_on_through_a_replay_and_a_restart(plant: DemoPlant) -> None:
    before = NOW_US + np.arange(-600, 1, 60, dtype=np.int64) * SECOND_US
    live = NOW_US + np.arange(60, 7200, 60, dtype=np.int64) * SECOND_US
    end_us = int(live[-1])
    after = end_us + np.arange(60, 3600, 60, dtype=np.int64) * SECOND_US
    fast = ReplayClock(NOW_US, speed=30)
    shown = plant.model.state(np.concatenate([before, live]), fast)
    # What `stored.counter_offsets` finds: shown by the replay, less the function of time.
    plain = plant.model.state(live[-1:], ReplayClock(end_us))
    for key in COUNTERS:
        offset = shown[key][-1] - plain[key][0]
        continued = plant.model.state(after, ReplayClock(end_us, speed=30))[key] + offset
        course = np.concatenate([shown[key], continued])
        assert (np.diff(course) >= 0).all(), key
        assert course[-1] > course[0] or COUNTERS[key].load or key == "en-jq-921", key


def test_a_counter_agrees_with_the_power_beside_it_at_any_speed(plant: DemoPlant) -> None:
    live = NOW_US + np.arange(0, 3600, 5, dtype=np.int64) * SECOND_US
    state = plant.model.state(live, ReplayClock(NOW_US, speed=30))
    power_kwh = np.trapezoid(state["en-ji-901"], dx=5 / 3600)
    counted = state["en-jq-901"][-1] - state["en-jq-901"][0]
    assert counted == pytest.approx(power_kwh, rel=0.01)


def test_defects_come_with_their_status_and_without_a_value(plant: DemoPlant) -> None:
    flagged: dict[str, set[tuple[int, bool]]] = {}
    silent = 0
    for message in history(plant, NOW - timedelta(days=1), NOW, shows=[Show.FAULTS]):
        content = msgspec.json.decode(message.payload)
        if isinstance(content, list):
            for entry in content:
                kind = (entry["s"], entry["v"] is None)
                flagged.setdefault(entry["p"], set()).add(kind)
        elif message.topic == "mikkeli/main" and len(content["v"]) > 50:
            silent += "il2-qt-429" not in content["v"]
    assert flagged == {
        "lv-qt-605": {(defects.UNCERTAIN_LAST_USABLE_VALUE, False)},
        "lv-qt-606": {(defects.UNCERTAIN_LAST_USABLE_VALUE, False)},
        "jv-qt-212": {(defects.BAD_SENSOR_FAILURE, True)},
    }
    assert silent == 12 * 3  # every 2 h for 15 min


def test_a_demo_that_nobody_asked_for_faults_has_none(plant: DemoPlant) -> None:
    silent = 0
    for message in history(plant, NOW - timedelta(days=1), NOW):
        content = msgspec.json.decode(message.payload)
        assert not isinstance(content, list), content
        if message.topic == "mikkeli/main" and len(content["v"]) > 50:
            silent += "il2-qt-429" not in content["v"]
            assert content["v"].get("jv-qt-209", 0) < 2000
    assert silent == 0


def test_whoever_asks_for_faults_sees_one_within_minutes() -> None:
    moments = NOW_US + np.arange(0, 7200, 60, dtype=np.int64) * SECOND_US
    holds = np.any([defect.begin_us(moments) >= 0 for defect in defects.DEFECTS], axis=0)
    assert holds.all()


def test_a_live_plant_runs_as_a_plant_does(plant: DemoPlant) -> None:
    """An hour of recording takes an hour."""
    live = Live(ReplayClock(NOW_US, SPEED_DEFAULT), list(plant.rows().values()), [])
    sent = live.until(NOW_US + 3600 * SECOND_US)
    topics = [outgoing.message.topic for outgoing in sent]
    assert topics.count("recordings/influent") == 12
    assert topics.count("recordings/electrolysis") == 6


def test_something_moves_on_the_screen_within_seconds(plant: DemoPlant) -> None:
    live = Live(ReplayClock(NOW_US, SPEED_DEFAULT), [], [plant.signals()])
    shown: dict[str, float] = {}
    moved = []
    for step in range(10, 130, 10):
        sent = live.until(NOW_US + step * SECOND_US)
        values = [msgspec.json.decode(outgoing.message.payload)["v"] for outgoing in sent]
        now = {key: value for one in values for key, value in one.items()}
        moved.append(sum(shown.get(key) != value for key, value in now.items()))
        shown |= now
    assert moved[0] > 100  # what the screen begins with
    assert min(moved) >= 30


def test_a_storm_begins_today_and_counters_do_not_jump(plant: DemoPlant) -> None:
    calm_us = NOW_US + 4 * DAY_US
    clock = ReplayClock(calm_us, ahead_us=storm_ahead_us(plant, calm_us))
    assert clock.ahead_us > 0
    assert clock.ahead_us % DAY_US == 0
    hour = calm_us + np.arange(0, 3601, 60, dtype=np.int64) * SECOND_US
    wet, dry = plant.model.state(hour, clock), plant.model.state(hour, ReplayClock(calm_us))
    assert wet["ken-ft-101"].mean() > 1.5 * dry["ken-ft-101"].mean()
    assert wet["jv-fq-205"][0] == pytest.approx(dry["jv-fq-205"][0])
    counted = wet["jv-fq-205"][-1] - wet["jv-fq-205"][0]
    assert counted == pytest.approx(wet["ken-ft-101"].mean(), rel=0.1)


def test_a_live_replay_sends_every_row_once_and_never_a_stamp_twice(plant: DemoPlant) -> None:
    clock = ReplayClock(NOW_US, speed=30)
    rows = plant.rows()
    live = Live(clock, list(rows.values()), [plant.signals()])
    stamps: dict[str, list[str]] = {}
    ticks = 0
    for step in range(1, 1201):
        for message, readings in live.until(NOW_US + step * SECOND_US // 4):
            content = msgspec.json.decode(message.payload)
            assert readings >= 0
            assert message.received_us <= NOW_US + step * SECOND_US // 4
            if message.topic.startswith("recordings/"):
                column = rows[message.topic.removeprefix("recordings/")].spec.time_column
                stamps.setdefault(message.topic, []).append(content[column])
            else:
                ticks += message.topic == "mikkeli/main"
    assert all(len(set(found)) == len(found) for found in stamps.values())
    # 300 s at speed 30 are 150 min of recording.
    assert len(stamps["recordings/influent"]) == 30
    assert len(stamps["recordings/aeration"]) == 30
    assert len(stamps["recordings/electrolysis"]) == 15
    assert len(stamps["recordings/ro"]) == pytest.approx(150, abs=31)
    assert ticks >= 59


def test_the_recordings_are_small_and_carry_their_licences() -> None:
    folder = Path(defects.__file__).parent / "recordings"
    files = sorted(folder.glob("*.xz"))
    notice = (folder / "NOTICE.md").read_text(encoding="utf-8")
    assert all(f"`{file.name}`" in notice for file in files)
    assert sum(file.stat().st_size for file in files) < 2_500_000
    for owner in ("Luke Durell", "Kompetenzzentrum Wasser Berlin", "City of Memphis", "FAU-EVT"):
        assert f"{owner}" in notice.split("## MIT License")[1]


def test_the_storm_of_the_recordings_makes_no_influent_unusual(plant: DemoPlant) -> None:
    """What a storm dilutes is what was measured; a shift leader would switch such a mark off."""
    storm_us = NOW_US + storm_ahead_us(plant, NOW_US)
    days_us = storm_us + np.arange(-3 * 288, 4 * 288, dtype=np.int64) * 300 * SECOND_US
    values = plant.model.state(days_us, HISTORY)
    points = {point.key: point for point in reader.read(DEMO_SITE).point}
    for key in ("jv-qt-208", "jv-qt-209", "jv-qt-210", "jv-qt-211"):
        low, high = points[key].typical or (0.0, 0.0)
        outside = (values[key] < low) | (values[key] > high)
        assert outside.mean() < 0.01, (key, outside.mean(), values[key].min(), values[key].max())
