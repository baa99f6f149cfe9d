"""Which row is due when: every row once a lap, at the site's time of day, never twice a second."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.catalogue import RECORDINGS
from deploy.demo.demo_plant import DemoPlant, load_plant
from deploy.demo.live import Live
from deploy.demo.recording import Recording, read
from deploy.demo.replay_clock import DAY_US, SECOND_US, Loop, ReplayClock, lay, whole_seconds
from deploy.demo.replayer import SPEED_MAX, ahead_us
from deploy.demo.show import Show

HELSINKI = ZoneInfo("Europe/Helsinki")
SMALL = Loop(np.array([0, 2, 3, 7]), period_us=10, anchor_us=100)


@pytest.fixture(scope="module")
def plant() -> DemoPlant:
    return load_plant()


instants = st.integers(-1000, 1000)


@pytest.fixture(scope="module")
def recordings() -> dict[str, Recording]:
    return {name: read(RECORDINGS[name]) for name in ("influent", "aeration", "ro")}


@given(st.lists(instants, min_size=2, max_size=6).map(sorted))
def test_rows_due_do_not_depend_on_how_time_is_cut(cuts: list[int]) -> None:
    whole = SMALL.between(cuts[0], cuts[-1])
    parts = [SMALL.between(a, b) for a, b in pairwise(cuts)]
    assert np.concatenate([part.row for part in parts]).tolist() == whole.row.tolist()
    due = np.concatenate([part.virtual_us for part in parts])
    assert due.tolist() == whole.virtual_us.tolist() == sorted(set(due.tolist()))


@given(instants)
def test_every_row_is_due_once_a_lap(first: int) -> None:
    assert sorted(SMALL.between(first, first + 10).row.tolist()) == [0, 1, 2, 3]


@given(instants)
def test_the_next_row_is_the_first_of_those_due_within_a_lap(now: int) -> None:
    assert SMALL.next_us(now) == SMALL.between(now, now + 10).virtual_us[0]


def test_a_loop_knows_its_place_before_and_after_the_anchor() -> None:
    assert SMALL.between(97, 103).virtual_us.tolist() == [97, 100, 102]
    assert SMALL.between(97, 103).row.tolist() == [3, 0, 1]
    assert SMALL.position(np.array([99, 100, 117])).tolist() == [9, 0, 7]


@pytest.mark.parametrize("name", ["influent", "aeration"])
def test_the_sources_local_time_of_day_is_the_sites_in_winter(
    recordings: dict[str, Recording], name: str
) -> None:
    recording = recordings[name]
    loop = lay(recording, HELSINKI)
    assert loop.period_us % DAY_US == 0
    row = len(recording.rows) // 2
    there = datetime.fromtimestamp(recording.at_us[row] / 1e6, UTC)
    here = datetime.fromtimestamp((loop.anchor_us + loop.offset_us[row]) / 1e6, UTC)
    in_winter = here.astimezone(ZoneInfo("Etc/GMT-2"))  # Helsinki without summer time
    assert in_winter.time() == there.astimezone(ZoneInfo(recording.spec.zone)).time()


def test_trials_are_joined_back_to_back_with_the_pause(recordings: dict[str, Recording]) -> None:
    recording = recordings["ro"]
    loop = lay(recording, HELSINKI)
    pause_us = recording.spec.run_pause_s * SECOND_US
    spacing, was = np.diff(loop.offset_us), np.diff(recording.at_us)
    between = np.diff(recording.run) > 0
    assert between.sum() == 4
    assert set(spacing[between].tolist()) == {pause_us}
    assert (spacing[~between] == was[~between]).all()
    assert loop.period_us == loop.offset_us[-1] + pause_us


def test_a_live_replay_starts_where_history_stands_and_runs_faster() -> None:
    start = 1_800_000_000 * SECOND_US
    clock = ReplayClock(start, speed=30)
    present = start + np.array([-60, 0, 10, 20]) * SECOND_US
    virtual = clock.virtual(present)
    assert ((virtual - start) // SECOND_US).tolist() == [-60, 0, 300, 600]
    assert (clock.present(virtual) == present).all()


def test_a_live_replay_can_go_on_with_another_day() -> None:
    start = 1_800_000_000 * SECOND_US
    clock = ReplayClock(start, speed=2, ahead_us=DAY_US)
    present = start + np.array([-60, 0, 10]) * SECOND_US
    virtual = clock.virtual(present)
    assert ((virtual - start) // SECOND_US).tolist() == [-60, 86_400, 86_420]
    assert (clock.present(virtual) == present).all()


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=50).map(sorted),
    st.integers(0, 10**9),
)
@settings(max_examples=50)
def test_stamps_are_whole_seconds_and_never_repeat(times: list[int], after: int) -> None:
    stamps = whole_seconds(np.array(times), after).tolist()
    assert all(stamp % SECOND_US == 0 for stamp in stamps)
    assert stamps == sorted(set(stamps))
    assert stamps[0] > after


def test_at_full_speed_stamps_lag_by_seconds_only(recordings: dict[str, Recording]) -> None:
    loop = lay(recordings["ro"], HELSINKI)
    clock = ReplayClock(loop.anchor_us, SPEED_MAX)
    due = loop.between(loop.anchor_us, loop.anchor_us + loop.period_us)
    present = clock.present(due.virtual_us)
    lag_s = (whole_seconds(present, 0) - present) / SECOND_US
    assert lag_s.min() > -1
    assert lag_s.max() < 3


@pytest.mark.parametrize("shows", [[], [Show.STORM]])
@pytest.mark.parametrize("minutes_after", [1, 15, 29])
def test_a_replay_that_is_asked_for_between_two_trials_begins_with_the_next_one(
    plant: DemoPlant, minutes_after: int, shows: list[Show]
) -> None:
    loop = plant.loops["ro"]
    ended = int(np.argmax(np.diff(loop.offset_us)))  # 30 min of rest follow
    start_us = loop.anchor_us + int(loop.offset_us[ended]) + minutes_after * 60 * SECOND_US
    clock = ReplayClock(start_us, 1.0, ahead_us(plant, shows, {"ro"}, start_us))
    sent = Live(clock, [plant.rows()["ro"]], []).until(start_us + SECOND_US)
    assert [each.message.received_us for each in sent] == [start_us]


def test_with_the_model_a_replay_stands_where_history_does(plant: DemoPlant) -> None:
    start_us = plant.loops["ro"].anchor_us + 17 * SECOND_US
    assert ahead_us(plant, [], {"ro", "model"}, start_us) == 0
