"""Two probes of one thing: a time in which they disagree is marked as a whole, and nothing else."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from ingest.decoding.columns import Rows, bare_rows
from ingest.decoding.point import Point
from ingest.decoding.points import Points
from ingest.quality.pair import disagrees
from schemas.check_rule import Beside, CheckRule, Contradiction
from tests.fixtures.series import stretches

OWN, OTHER = 1, 2
BESIDE = Beside("main/b", within=0.5, within_share=0.01, after_s=60.0, stands_s=20.0)
BREAK_S = 30.0
Series = Sequence[tuple[float, float]]  # seconds, value


def _points(beside: Beside = BESIDE) -> Points:
    rule = CheckRule(gap_after_s=BREAK_S, beside=beside)
    own = Point(OWN, "fi", "main", "a", "UTC", range_lo=0, range_hi=100, rule=rule)
    return Points([own, Point(OTHER, "fi", "main", "b", "UTC", range_lo=0, range_hi=100)])


def _rows(point_id: int, series: Series) -> Rows:
    ids = np.full(len(series), point_id, np.int32)
    times, values = np.array(series, np.float64).reshape(-1, 2).T
    return bare_rows(ids, np.round(times * 1e6).astype(np.int64), values)


def _marked(own: Series, other: Series) -> list[float]:
    rows = _rows(OWN, own)
    found = disagrees(rows, _rows(OTHER, other), "main/b", _points())
    return [float(t) for t in rows.ts_us[found] / 1e6]


def _expected(own: Series, other: Series) -> list[float]:
    """Return the times that are marked, by every stretch: slow and simple."""
    own = [(t, v) for t, v in own if 0 <= v <= 100]
    other = [(t, v) for t, v in other if 0 <= v <= 100]

    def differs(t: float, v: float) -> bool:
        before = [each for each in other if each[0] <= t]
        if not before or t - before[-1][0] > BESIDE.stands_s:
            return False
        return abs(v - before[-1][1]) > BESIDE.within + BESIDE.within_share * abs(before[-1][1])

    disagree = [differs(t, v) for t, v in own]
    return stretches([t for t, _ in own], disagree, after=BESIDE.after_s, pause=BREAK_S)


def _series(chance: random.Random, count: int) -> Series:
    times = sorted({round(chance.uniform(0, 10 * count), 1) for _ in range(count)})
    level, found = 50.0, []
    for t in times:
        level += chance.choice([0, 0, 0, 0, 0, 0, 3, -3]) * chance.random()
        found.append((t, chance.choices([level, 120.0], [30, 1])[0]))
    return found


@pytest.mark.parametrize("count", [0, 1, 40, 200])
def test_what_is_marked_is_what_every_stretch_says(count: int, chance: random.Random) -> None:
    for _ in range(10):
        own, other = _series(chance, count), _series(chance, count)
        assert _marked(own, other) == _expected(own, other)


def test_the_time_is_marked_from_its_first_reading_and_ends_when_both_agree_again() -> None:
    other = [(float(t), 10.0) for t in range(0, 300, 10)]
    own = [(float(t), 12.0 if 50 <= t < 150 else 10.1) for t in range(0, 300, 10)]
    assert _marked(own, other) == [float(t) for t in range(50, 150, 10)]
    short = [(t, v if t < 100 else 10.0) for t, v in own]
    assert _marked(short, other) == []


def test_another_one_that_is_silent_or_wrong_says_nothing() -> None:
    own = [(float(t), 12.0) for t in range(0, 300, 10)]
    assert _marked(own, [(0.0, 10.0)]) == []
    assert _marked(own, [(float(t), 900.0) for t in range(0, 300, 10)]) == []


def test_a_point_can_be_held_against_a_second_probe_and_a_condition_at_once() -> None:
    condition = Contradiction("main/c", after_s=100.0, stands_s=20.0)
    rule = CheckRule(gap_after_s=BREAK_S, beside=BESIDE, contradicted_by=condition)
    own = Point(OWN, "fi", "main", "a", "UTC", range_lo=0, range_hi=100, rule=rule)
    others = [Point(2, "fi", "main", "b", "UTC"), Point(3, "fi", "main", "c", "UTC")]
    points = Points([own, *others])
    assert [pair.name for pair in points.pairs.of(OWN)] == ["main/b", "main/c"]
    rows = _rows(OWN, [(float(t), 12.0) for t in range(0, 300, 10)])
    holds = _rows(3, [(float(t), float(100 <= t < 210)) for t in range(0, 300, 10)])
    found = disagrees(rows, holds, "main/c", points)
    assert (rows.ts_us[found] / 1e6).tolist() == [float(t) for t in range(100, 210, 10)]
    short = disagrees(rows, holds.take(holds.ts_us < 150e6), "main/c", points)
    assert not short.any()
    assert points.reach_us(OWN) >= (condition.after_s + BREAK_S) * 1e6


def test_a_rule_reads_further_than_its_time() -> None:
    assert _points().reach_us(OWN) >= (BESIDE.after_s + BREAK_S) * 1e6
