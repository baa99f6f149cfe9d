"""Alarms follow readings: in order, late, twice and in disorder; and do what people want."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.analysis.window import Window
from dashboard.store.alarms import reported
from ingest.alarms.detector import CALM_S, RISES_MAX
from tests.fixtures.alarm_plant import SECOND_US, AlarmPlant, Hand
from tests.fixtures.viewing import viewing

T = 1_764_000_000 * SECOND_US
HIGH = {"watch": "value", "point": "main/level", "above": 3.0, "deadband": 0.5}


@pytest.fixture
def plant(migrated_url: str) -> AlarmPlant:
    return AlarmPlant(migrated_url)


@pytest.fixture
def hand(plant: AlarmPlant) -> Hand:
    hand = Hand(plant)
    hand.now_us = T
    hand.steps()  # from here on it follows
    return hand


def _levels(*values: float, step_s: float = 1, since_us: int = T) -> list[tuple[str, int, float]]:
    return [
        ("level", since_us + round(n * step_s * SECOND_US), value) for n, value in enumerate(values)
    ]


def test_a_value_above_its_limit_is_raised_once_and_cleared_below_the_deadband(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("high", HIGH)
    for reading in _levels(2, 3.1, 3.2, 2.8, 3.1, 2.4, 2.4):
        plant.read(reading)
        hand.now_us = reading[1]
        hand.steps()
    assert plant.journal() == [("raised", T + SECOND_US), ("cleared", T + 5 * SECOND_US)]
    assert plant.state("high") == "returned_unacknowledged"


def test_a_short_peak_is_no_alarm_where_a_delay_is_set(plant: AlarmPlant, hand: Hand) -> None:
    plant.define("high", HIGH, delay_on_s=3, delay_off_s=2)
    plant.read(*_levels(2, 4, 4, 2, 4, 4, 4, 4, 4, 2, 4, 2, 2, 2, 2))
    hand.now_us = T + 20 * SECOND_US
    hand.steps()
    assert plant.journal() == [("raised", T + 7 * SECOND_US), ("cleared", T + 13 * SECOND_US)]


def test_a_guest_that_swings_around_a_limit_fills_no_journal(plant: AlarmPlant, hand: Hand) -> None:
    """In its order, late, and over restarts."""
    plant.define("high", HIGH)
    swing = _levels(*(2 + 2 * (n % 2) for n in range(240)))
    for part in (swing[:80], swing[100:180], swing[80:100], swing[180:]):
        plant.read(*part)
        hand.now_us = max(at_us for _, at_us, _ in part)
        hand.steps()  # it begins anew each time
    assert len(plant.journal()) == 2 * RISES_MAX - 1
    assert plant.state("high") == "unacknowledged"
    hand.now_us = T + 240 * SECOND_US + round(CALM_S * 1e6)
    plant.read(("level", T + 240 * SECOND_US, 2.0), ("level", hand.now_us, 2.0))
    hand.steps()
    assert plant.state("high") == "returned_unacknowledged"


def test_time_alone_raises_what_lasts_and_no_reading_confirms(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("high", HIGH, delay_on_s=30)
    plant.read(("level", T, 4.0), committed_us=T)
    hand.now_us = T + 29 * SECOND_US
    hand.steps()
    assert plant.journal() == []
    hand.now_us = T + 32 * SECOND_US
    hand.steps()
    assert plant.journal() == [("raised", T + 30 * SECOND_US)]


@pytest.mark.parametrize("hours", [1, -1], ids=["ahead", "back"])
def test_a_clock_that_is_set_by_an_hour_raises_nothing_and_delays_go_on(
    plant: AlarmPlant, hand: Hand, hours: int
) -> None:
    plant.define("high", HIGH, delay_on_s=30)
    plant.define("silent", {"watch": "silence", "point": "main/level", "after_s": 60})
    plant.define("all-silent", {"watch": "silence", "after_s": 60})
    plant.read(("level", T, 4.0), committed_us=T)

    def jump() -> None:
        hand.now_us += hours * 3_600 * SECOND_US
        hand.steady_us -= hours * 3_600 * SECOND_US

    def pass_by(seconds: int) -> None:
        hand.now_us += seconds * SECOND_US

    def is_quiet() -> None:
        assert plant.journal() == []

    hand.now_us = T + SECOND_US
    tally = hand.steps(
        jump, is_quiet, lambda: pass_by(20), is_quiet, lambda: pass_by(11), lambda: pass_by(31)
    )
    assert tally.jumps == 1
    for key in ("high", "silent"):
        assert [kind for kind, _ in plant.journal(key)] == ["raised"], key


def test_what_one_commit_brought_of_an_alarm_was_known_before_it_was_followed(
    plant: AlarmPlant, hand: Hand
) -> None:
    """As at the end of an outage, when all services come back and the ingest delivers first."""
    plant.define("high", HIGH)
    levels = _levels(2, 4, 2, 4, 2, 4)
    plant.read(levels[0], levels[1], committed_us=T + 2 * SECOND_US)
    hand.now_us = T + 20 * SECOND_US
    hand.steps()
    plant.read(*levels[2:], committed_us=T + 20 * SECOND_US)
    hand.steps()
    moments = [at_us for _, at_us, _ in levels]
    assert plant.occurrences() == [
        ("high", moments[1], moments[2]),
        ("high", moments[3], moments[4]),
        ("high", moments[5], None),
    ]


def test_what_happened_while_nobody_looked_is_raised_late_as_late(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("high", HIGH)
    for reading in _levels(2, 4, 4, 2, 2, 4, step_s=60):
        plant.read(reading)
    hand.now_us = T + 7_200 * SECOND_US
    hand.steps()
    m = 60 * SECOND_US
    assert plant.journal() == [("raised", T + m), ("cleared", T + 3 * m), ("raised", T + 5 * m)]
    assert plant.ask("SELECT DISTINCT is_late FROM alarm_event") == [(True,)]
    assert plant.state("high") == "unacknowledged"


def test_a_late_reading_tells_of_an_alarm_that_nobody_saw(plant: AlarmPlant, hand: Hand) -> None:
    plant.define("high", HIGH)
    plant.read(("level", T, 2.0), ("level", T + 60 * SECOND_US, 2.0))
    hand.now_us = T + 61 * SECOND_US
    hand.steps(lambda: plant.read(("level", T + 30 * SECOND_US, 5.0)))
    assert plant.occurrences() == [("high", T + 30 * SECOND_US, T + 60 * SECOND_US)]
    assert plant.state("high") == "returned_unacknowledged"
    hand.steps(lambda: plant.read(("level", T + 30 * SECOND_US, 5.0)))  # once more
    assert len(plant.occurrences()) == 1


def test_history_that_comes_late_is_in_the_journal_and_calls_nobody(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("high", HIGH)
    begun = T - 3 * 86_400 * SECOND_US
    plant.read(("level", T, 2.0))
    hand.now_us = T + 60 * SECOND_US
    hand.steps(lambda: plant.read(*_levels(2, 5, 2, step_s=60, since_us=begun)))
    m = 60 * SECOND_US
    assert plant.occurrences() == [("high", begun + m, begun + 2 * m)]
    assert plant.ask("SELECT DISTINCT is_late FROM alarm_event") == [(True,)]
    assert plant.state("high") == "normal"


def test_what_came_and_went_before_the_process_first_started_is_in_the_journal(
    plant: AlarmPlant,
) -> None:
    plant.define("high", HIGH)
    for reading in _levels(2, 4, 2, 2, step_s=60):
        plant.read(reading)
    hand = Hand(plant)
    hand.now_us = T + 3_600 * SECOND_US
    hand.steps()
    m = 60 * SECOND_US
    assert plant.occurrences() == [("high", T + m, T + 2 * m)]
    assert plant.state("high") == "returned_unacknowledged"


@pytest.mark.parametrize("number", range(6))
def test_the_order_in_which_readings_come_changes_no_occurrence(
    plant: AlarmPlant, hand: Hand, chance: random.Random, number: int
) -> None:
    readings = _levels(*(chance.choice((1.0, 2.7, 3.5, 5.0)) for _ in range(40)), step_s=10)
    plant.define("high", HIGH, delay_on_s=15, delay_off_s=5)
    plant.define("copy", {**HIGH, "point": "main/copy"}, delay_on_s=15, delay_off_s=5)
    hand.now_us = now_us = T + 500 * SECOND_US
    plant.read(*(("copy", at_us, value) for _, at_us, value in readings), committed_us=now_us)
    hand.steps()
    chance.shuffle(readings)
    for start in range(0, len(readings), 7):
        plant.read(*readings[start : start + 7], committed_us=now_us)
        hand.steps()
    hand.now_us += 3_600 * SECOND_US  # readings that come late have their delays late, too
    hand.steps()
    found: dict[str, list] = {"high": [], "copy": []}
    for key, raised, cleared in plant.occurrences():
        found[key].append((raised, cleared))
    # What was recorded is not taken back when a later reading explains it away: so each occurrence
    # of the ordered readings is there, and none that overlaps no condition of the data.
    for raised, cleared in found["copy"]:
        assert any(_overlap((raised, cleared), other) for other in found["high"]), found


def _overlap(one: tuple, other: tuple) -> bool:
    end = 2**62
    return one[0] <= (other[1] or end) and other[0] <= (one[1] or end)


def test_a_point_that_says_nothing_any_more_is_raised_while_others_speak(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("silent", {"watch": "silence", "point": "main/level", "after_s": 60})
    plant.read(("level", T, 1.0), ("other", T, 1.0), committed_us=T)
    for second in (30, 59, 63):
        at_us = T + second * SECOND_US
        assert plant.journal() == []
        plant.read(("other", at_us, 1.0), committed_us=at_us)
        hand.now_us = at_us
        hand.steps()
    assert plant.journal() == [("raised", T + 60 * SECOND_US)]
    plant.read(("level", T + 90 * SECOND_US, 1.0), committed_us=T + 90 * SECOND_US)
    hand.now_us = T + 90 * SECOND_US
    hand.steps()
    assert plant.journal()[1:] == [("cleared", T + 90 * SECOND_US)]


def test_when_nothing_comes_at_all_that_is_one_alarm_and_not_one_for_each_point(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("all-silent", {"watch": "silence", "after_s": 300})
    keys = [f"p{n}" for n in range(20)]
    for key in keys:
        plant.define(key, {"watch": "silence", "point": f"main/{key}", "after_s": 60})
    plant.read(("other", T - 1, 1.0), committed_us=T - 1)
    hand.steps()
    plant.read(*((key, T, 1.0) for key in keys), committed_us=T)
    hand.now_us = T + 3_600 * SECOND_US
    hand.steps()
    assert [key for key, *_ in plant.occurrences()] == ["all-silent"]
    hand.steps()  # also after a restart
    assert plant.state("all-silent") == "unacknowledged"
    assert len(plant.journal()) == 1


def test_a_shelf_that_ends_calls_again_and_one_taken_back_does_not(
    plant: AlarmPlant, hand: Hand
) -> None:
    for key in ("a", "b", "c"):
        plant.define(key, {**HIGH, "point": f"main/{key}"})
        plant.read((key, T, 5.0))
    hand.steps()
    for key in ("a", "b", "c"):
        plant.act("shelve", key, until="2025-11-24T17:00:00Z")
    hand.steps()
    assert plant.state("a") == "shelved"
    plant.act("unshelve", "c")
    hand.steps()
    assert plant.state("c") == "acknowledged"
    hand.now_us = T + 86_400 * SECOND_US
    hand.steps()
    assert [plant.state(key) for key in "ab"] == ["unacknowledged"] * 2
    groups = plant.ask("SELECT DISTINCT group_id FROM alarm_event WHERE kind = 'shelf_ended'")
    assert len(groups) == 1
    assert groups[0][0] is not None


def test_a_comment_acknowledges_nothing_and_an_acknowledgement_is_kept_until_it_clears(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("high", HIGH)
    plant.read(("level", T, 5.0))
    hand.steps()
    plant.act("comment", "high", comment="gone to look")
    hand.steps()
    assert plant.state("high") == "unacknowledged"
    plant.act("acknowledge", "high")
    plant.act("acknowledge", "high")  # a second person, at once
    hand.steps()
    assert plant.state("high") == "acknowledged"
    plant.read(("level", T + SECOND_US, 1.0))
    hand.steps()
    assert plant.state("high") == "normal"
    kinds = [kind for kind, _ in plant.journal()]
    assert kinds == ["raised", "commented", "acknowledged", "cleared"]


def test_a_latched_alarm_stays_until_somebody_resets_it(plant: AlarmPlant, hand: Hand) -> None:
    plant.define("high", HIGH, is_latching=True)
    plant.read(("level", T, 5.0), ("level", T + SECOND_US, 1.0))
    hand.steps()
    assert plant.state("high") == "latched_unacknowledged"
    plant.act("acknowledge", "high")
    hand.steps()
    assert plant.state("high") == "latched_acknowledged"
    plant.act("reset", "high")
    hand.steps()
    assert plant.state("high") == "normal"


def test_an_effect_is_suppressed_by_its_cause_also_when_both_come_at_once(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("pump", {"watch": "state", "point": "main/pump", "codes": [0]})
    plant.define("level", HIGH, suppression={"cause": ["pump"]})
    plant.read(("pump", T, 0.0), ("level", T, 5.0))
    hand.steps()
    assert (plant.state("pump"), plant.state("level")) == ("unacknowledged", "suppressed")
    plant.read(("pump", T + SECOND_US, 1.0))
    hand.steps()
    assert plant.state("level") == "unacknowledged"


def test_a_stopped_unit_suppresses_its_alarms(plant: AlarmPlant, hand: Hand) -> None:
    plant.point("pump")
    stopped = {"stopped": {"point": "main/pump", "codes": [0]}}
    plant.define("level", HIGH, suppression=stopped)
    plant.read(("pump", T, 0.0))
    hand.steps()
    plant.read(("level", T + SECOND_US, 5.0))
    hand.steps()
    assert plant.state("level") == "suppressed"
    plant.read(("pump", T + 2 * SECOND_US, 1.0))
    hand.steps()
    assert plant.state("level") == "unacknowledged"


def test_an_alarm_that_was_suppressed_for_another_reason_went_on_telling_the_first(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("pump", {"watch": "state", "point": "main/pump", "codes": [0]})
    plant.point("unit")
    both = {"cause": ["pump"], "stopped": {"point": "main/unit", "codes": [0]}}
    plant.define("level", HIGH, suppression=both)
    reasons = []
    for second, unit, pump in ((0, 0.0, 1.0), (1, 0.0, 0.0), (2, 1.0, 0.0)):
        at_us = T + second * SECOND_US
        plant.read(("unit", at_us, unit), ("pump", at_us, pump), ("level", at_us, 5.0))
        hand.steps()
        reasons += plant.ask("SELECT suppressed_by FROM alarm_state WHERE suppressed_by <> ''")
    assert reasons == [("stopped",), ("stopped",), ("cause",)]
    assert [kind for kind, _ in plant.journal("level")].count("suppressed") == 1


def test_an_alarm_that_was_put_aside_by_design_counted_as_load_of_the_operator(
    plant: AlarmPlant, hand: Hand
) -> None:
    """What calls when its suppression ends counts, what has gone by then does not."""
    plant.point("pump")
    stopped = {"stopped": {"point": "main/pump", "codes": [0]}}
    for key in ("level", "other"):
        condition = {**HIGH, "point": f"main/{key}"}
        plant.define(key, condition, suppression=stopped)
    hand.steps()
    both = ("level", T + SECOND_US, 5.0), ("other", T + SECOND_US, 5.0)
    plant.read(("pump", T + SECOND_US, 0.0), *both, committed_us=T)
    plant.read(("other", T + 2 * SECOND_US, 1.0), committed_us=T + 2 * SECOND_US)
    assert _load_of(plant, hand) == []
    plant.read(("pump", T + 3 * SECOND_US, 1.0), committed_us=T + 3 * SECOND_US)
    assert _load_of(plant, hand) == [T + SECOND_US]


def _load_of(plant: AlarmPlant, hand: Hand) -> list[int]:
    """Return when the occurrences were raised that a report of the load has."""
    hand.steps()
    begun = datetime.fromtimestamp(T / SECOND_US, UTC)
    plant.ask("UPDATE account SET all_sites = true")
    with viewing(plant.url, "account:1") as connection:
        window = Window(begun, begun + timedelta(hours=1))
        found = reported(connection, "s", window).occurrences
    return [round(one.raised_at.timestamp() * SECOND_US) for one in found]


def test_quality_and_rate_are_conditions_too(plant: AlarmPlant, hand: Hand) -> None:
    plant.define("bad", {"watch": "quality", "point": "main/level", "qc_from": 4})
    plant.define("fast", {"watch": "rate", "point": "main/level", "above": 10.0, "over_s": 60.0})
    plant.read(*_levels(1, 1, 1.3, 2.3, step_s=60))
    hand.steps()
    assert [key for key, *_ in plant.occurrences()] == ["fast"]
    plant.read(("level", T + 300 * SECOND_US, 9.0), qc=4)
    hand.steps()
    assert [key for key, *_ in plant.occurrences()] == ["fast", "bad"]


def test_an_alarm_that_is_defined_no_more_is_over(plant: AlarmPlant, hand: Hand) -> None:
    plant.define("high", HIGH)
    plant.read(("level", T, 5.0))
    hand.steps()
    plant.ask(
        "INSERT INTO alarm_definition (alarm_id, valid_from) SELECT alarm_id, now() FROM alarm"
    )
    hand.steps()
    assert plant.state("high") == "normal"
    assert [kind for kind, _ in plant.journal()] == ["raised", "cleared"]


def test_late_readings_are_judged_by_the_definition_of_their_own_time(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("high", HIGH)
    plant.define(
        "later", {"watch": "value", "point": "main/level", "above": 1.0}, valid_from=_at(9)
    )
    plant.define("high", {**HIGH, "above": 9.0}, valid_from=_at(9))
    plant.read(("level", T, 0.0), ("level", T + 20 * SECOND_US, 0.0))
    hand.now_us = T + 300 * SECOND_US
    hand.steps()
    plant.read(*_levels(5, 5, 0, since_us=T + 5 * SECOND_US))
    plant.read(*_levels(5, 0, since_us=T + 12 * SECOND_US))
    hand.steps()
    # By its old limit; the new one was not passed, and the other alarm was not there yet.
    assert plant.journal("high") == [
        ("raised", T + 5 * SECOND_US),
        ("cleared", T + 7 * SECOND_US),
    ]
    assert plant.journal("later") == [
        ("raised", T + 12 * SECOND_US),
        ("cleared", T + 13 * SECOND_US),
    ]


def _at(second: int) -> str:
    return datetime.fromtimestamp(T // SECOND_US + second, UTC).isoformat()
