"""Windows mark exactly the readings in them, and follow the states of a machine in any order."""

import random
from collections.abc import Sequence
from uuid import UUID, uuid4

import numpy as np

from ingest.decoding.columns import bare_rows
from ingest.quality.state_windows import OpenWindow, StateReading, corrected, on_spans
from ingest.quality.windows import END_US, Windows
from schemas.quality import OF_WINDOWS, Check
from schemas.quality_window import CHECKS, VERDICTS, WORK, WindowKind

SPANS = [
    (1, 100, 200, int(Check.CALIBRATION)),
    (1, 150, 300, int(Check.JUDGED_SUSPECT)),
    (3, 250, END_US, int(Check.SERVICE)),
]


def test_every_kind_of_window_has_a_check_of_its_own_and_no_other_check_is_of_windows() -> None:
    assert set(CHECKS) == set(WindowKind) == {*WORK, *VERDICTS}
    assert sum(CHECKS.values()) == OF_WINDOWS
    assert {kind.name for kind in WORK} == {CHECKS[kind].name for kind in WORK}


def test_a_window_marks_from_its_begin_and_no_more_at_its_end() -> None:
    ts_us = np.array([99, 100, 199, 200, 299, 300] * 3, np.int64)
    points = np.repeat(np.array([1, 2, 3], np.int32), 6)
    found = Windows(SPANS).marks(bare_rows(points, ts_us, np.zeros(18)))
    both = Check.CALIBRATION | Check.JUDGED_SUSPECT
    of_1 = [0, Check.CALIBRATION, both, Check.JUDGED_SUSPECT, Check.JUDGED_SUSPECT, 0]
    of_3 = [0, 0, 0, 0, Check.SERVICE, Check.SERVICE]
    assert found.tolist() == [*of_1, *[0] * 6, *of_3]


def test_a_point_is_worked_on_while_a_window_of_work_is_open_and_not_by_a_verdict() -> None:
    windows, work = Windows(SPANS), int(Check.CALIBRATION | Check.SERVICE)
    assert windows.points_at(99, work) == frozenset()
    assert windows.points_at(199, work) == {1}
    assert windows.points_at(200, work) == frozenset()
    assert windows.points_at(10**15, work) == {3}


def test_what_has_no_value_neither_opens_nor_closes_a_window() -> None:
    readings = [StateReading(at, value) for at, value in ((0, 0), (5, 1), (7, None), (9, 1))]
    assert on_spans([*readings, StateReading(12, 4)], {1, 5}, 20) == [(5, 12)]
    assert on_spans(readings, {1, 5}, 20) == [(5, 20)]


def _bring(windows: Sequence[OpenWindow], known: Sequence[StateReading]) -> list[OpenWindow]:
    """Bring windows to what all that is known says, beside the newest of them alone."""
    found = {each.window_id: each for each in windows}
    for window in known:
        key = window.window_id or uuid4()
        found[key] = window._replace(window_id=key)
    return [each for each in found.values() if each.starts_us < each.ends_us]


def test_windows_do_not_depend_on_the_order_in_which_states_come(chance: random.Random) -> None:
    for _ in range(200):
        moments = sorted(chance.sample(range(100), 12))
        readings = [StateReading(at, float(chance.choice([0, 1, 1, 2]))) for at in moments]
        arriving = readings.copy()
        chance.shuffle(arriving)
        windows: list[OpenWindow] = []
        there: list[StateReading] = []
        for each in arriving:
            there = sorted([*there, each])
            at = there.index(each)
            around = there[max(at - 1, 0) : at + 2]
            after_us = there[at + 1].at_us if at + 1 < len(there) else END_US
            spans = [
                (max(start, each.at_us), end)
                for start, end in on_spans(around, {1}, after_us)
                if end > each.at_us
            ]
            touching = [w for w in windows if w.starts_us <= after_us and w.ends_us >= each.at_us]
            windows = _bring(windows, corrected(touching, spans, each.at_us, after_us))
        wanted = on_spans(readings, {1}, END_US)
        assert sorted((w.starts_us, w.ends_us) for w in windows) == wanted


def test_a_window_that_ends_keeps_its_number() -> None:
    known = UUID(int=7)
    stored = [OpenWindow(known, 10, END_US)]
    assert corrected(stored, [], 50, END_US) == [OpenWindow(known, 10, 50)]
    assert corrected(stored, [], 10, END_US) == [OpenWindow(known, 10, 10)]
    assert corrected(stored, [(50, END_US)], 50, END_US) == []
