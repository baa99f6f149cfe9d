"""A gateway delivers what it kept: the journal has all of it, and only what lasts calls people."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.analysis.window import Window
from dashboard.store.alarms import reported
from tests.fixtures.alarm_plant import PERSON, SECOND_US, AlarmPlant, Hand
from tests.fixtures.viewing import viewing

MINUTE_US = 60 * SECOND_US
T = 1_764_000_000 * SECOND_US
HOUR_US = 3_600 * SECOND_US
WEEK_HOURS = 168
HIGH = {"watch": "value", "point": "main/level", "above": 3.0, "deadband": 0.5}
EXCURSIONS = tuple(range(4, 164, 8))  # the hours in which they begin; each lasts for two
CALLING = """
SELECT count(*) FROM alarm_event
WHERE state NOT IN ('suppressed', 'normal') AND kind IN ('raised', 'cleared', 'unsuppressed')
"""

UNACKNOWLEDGED = """
SELECT kind FROM alarm_event JOIN alarm USING (alarm_id)
WHERE key = 'high' AND state LIKE '%%unacknowledged'
"""


@pytest.fixture
def plant(migrated_url: str) -> AlarmPlant:
    plant = AlarmPlant(migrated_url)
    plant.define("high", HIGH)
    return plant


@pytest.fixture
def hand(plant: AlarmPlant) -> Hand:
    """Alarms run, and a week has passed of which nothing came."""
    hand = Hand(plant)
    hand.now_us = T
    hand.steps()
    hand.now_us = T + WEEK_HOURS * HOUR_US
    return hand


def _hour(hour: int, key: str = "level") -> tuple[str, int, float]:
    is_high = any(begin <= hour < begin + 2 for begin in EXCURSIONS)
    return key, T + hour * HOUR_US, 5.0 if is_high else 1.0


def _deliver(plant: AlarmPlant, hand: Hand, hours: range) -> None:
    """Bring hourly readings as a gateway does that was cut off, in portions and with a restart."""
    middle = hours[len(hours) // 2]
    for part in (range(hours[0], middle), range(middle, hours[-1] + 1)):
        hand.steps(
            *(
                lambda chunk=chunk: plant.read(*map(_hour, chunk), received_us=hand.now_us)
                for chunk in (part[at : at + 7] for at in range(0, len(part), 7))
            )
        )


def test_a_week_that_a_gateway_kept_is_in_the_journal_and_calls_nobody(
    plant: AlarmPlant, hand: Hand
) -> None:
    plant.define("latching", HIGH, is_latching=True)
    _deliver(plant, hand, range(WEEK_HOURS + 1))
    assert plant.occurrences() == [
        (key, T + begin * HOUR_US, T + (begin + 2) * HOUR_US)
        for begin in EXCURSIONS
        for key in ("high", "latching")
    ]
    assert plant.ask(CALLING) == [(0,)]
    assert plant.state("high") == plant.state("latching") == "normal"
    # The load that people had does not count it, and says how much that is.
    begin = datetime.fromtimestamp(T / SECOND_US, UTC)
    plant.ask("UPDATE account SET all_sites = true")
    with viewing(plant.url, f"account:{PERSON}") as connection:
        found = reported(connection, "s", Window(begin, begin + timedelta(hours=WEEK_HOURS)))
    assert (list(found.occurrences), found.silent) == ([], 2 * len(EXCURSIONS))
    # And from now on it calls as ever.
    hand.now_us += 60 * SECOND_US
    plant.read(("level", hand.now_us, 5.0), received_us=hand.now_us)
    hand.steps()
    assert plant.state("high") == "unacknowledged"


def test_what_still_lasts_when_all_of_it_has_come_calls_once(plant: AlarmPlant, hand: Hand) -> None:
    begin = EXCURSIONS[-1]
    hand.now_us = T + (begin + 1) * HOUR_US
    _deliver(plant, hand, range(begin + 2))
    assert plant.state("high") == "unacknowledged"
    assert plant.occurrences()[-1] == ("high", T + begin * HOUR_US, None)
    assert len(plant.occurrences()) == len(EXCURSIONS)
    assert plant.ask(CALLING) == [(1,)]


def test_a_delivery_that_ends_in_the_past_calls_for_what_was_so_at_its_end(
    plant: AlarmPlant, hand: Hand
) -> None:
    """As far as anybody knows it still is; said once it is plain that no more comes."""
    begin = EXCURSIONS[2]
    _deliver(plant, hand, range(begin + 1))
    assert plant.state("high") == "suppressed"
    hand.steps(lambda: setattr(hand, "now_us", hand.now_us + 61 * SECOND_US))
    assert plant.state("high") == "unacknowledged"
    assert plant.ask(CALLING) == [(1,)]


def test_a_device_whose_clock_is_days_behind_still_calls(plant: AlarmPlant, hand: Hand) -> None:
    behind_us = 72 * HOUR_US
    for second in range(0, 90, 10):
        at_us = hand.now_us + second * SECOND_US
        reading = ("level", at_us - behind_us, 5.0)
        hand.steps(
            lambda at_us=at_us: setattr(hand, "now_us", at_us),
            lambda at_us=at_us, reading=reading: plant.read(reading, received_us=at_us),
        )
    assert plant.state("high") == "unacknowledged"


def _suppressed_for_half_an_hour(plant: AlarmPlant, hand: Hand, why: str) -> None:
    """Suppress alarm `high` from T on: its unit stands, its probe is in service, or a cause is."""
    plant.point("unit")
    stopped = {"stopped": {"point": "main/unit", "codes": [0]}}
    plant.define("cause", {"watch": "state", "point": "main/unit", "codes": [0]})
    suppression = {"stopped": stopped, "cause": {"cause": ["cause"]}}.get(why, {})
    plant.define("high", HIGH, suppression=suppression, valid_from="2025-01-01Z")
    hand.now_us = T
    states = [("unit", T + minute * MINUTE_US, float(minute >= 30)) for minute in (0, 30)]
    if why == "worked on":
        states = []
        plant.ask(
            """INSERT INTO quality_window
                (site_id, kind, point_id, starts_at, ends_at, reason, account_id)
            SELECT 1, 'service', %s, to_timestamp(%s), to_timestamp(%s), 'why', 1""",
            (plant.point("level"), T / SECOND_US, T / SECOND_US + 1_800),
        )
    if states:
        plant.read(*states)


@pytest.mark.parametrize("why", ["stopped", "worked on", "cause"])
def test_what_was_suppressed_in_its_own_time_calls_nobody_when_it_comes_late(
    plant: AlarmPlant, hand: Hand, why: str
) -> None:
    """The unit stood, or its probe was in service; it runs again when the rest comes."""
    _suppressed_for_half_an_hour(plant, hand, why)
    minute_us = MINUTE_US
    plant.read(("level", T, 1.0), ("level", T + 60 * minute_us, 1.0))
    hand.now_us = T + 61 * minute_us
    hand.steps(
        lambda: plant.read(("level", T + 10 * minute_us, 5.0), ("level", T + 20 * minute_us, 1.0))
    )
    assert plant.occurrences()[-1] == ("high", T + 10 * minute_us, T + 20 * minute_us)
    assert plant.state("high") == "normal"
    # What came after that does call, though it is over.
    hand.steps(
        lambda: plant.read(("level", T + 40 * minute_us, 5.0), ("level", T + 50 * minute_us, 1.0))
    )
    assert plant.state("high") == "returned_unacknowledged"


@pytest.mark.parametrize("why", ["stopped", "worked on", "cause"])
def test_what_a_gateway_kept_for_an_hour_called_though_it_was_suppressed_in_its_own_time(
    plant: AlarmPlant, hand: Hand, why: str
) -> None:
    """Its unit, on another gateway, runs again since half an hour. What lasts calls then."""
    _suppressed_for_half_an_hour(plant, hand, why)
    hand.now_us = T + 60 * MINUTE_US
    values = [1.0] * 10 + [5.0] * 10 + [1.0] * 5
    kept = [("level", T + n * MINUTE_US, value) for n, value in enumerate(values)]
    parts = [kept[n : n + 7] for n in range(0, len(kept), 7)]
    hand.steps(*(lambda part=part: plant.read(*part) for part in parts))
    assert ("high", T + 10 * MINUTE_US, T + 20 * MINUTE_US) in plant.occurrences()
    assert not plant.ask(UNACKNOWLEDGED)
    after = [("level", T + n * MINUTE_US, 5.0) for n in (26, 40, 50)]
    hand.steps(lambda: plant.read(*after))
    assert plant.state("high") == "suppressed"
    hand.steps(lambda: plant.read(("level", hand.now_us, 5.0)))
    assert plant.state("high") == "unacknowledged"
    # What begins after that time calls at once, though it comes late.
    hand.steps(lambda: plant.read(("level", hand.now_us + 1, 1.0)))
    hand.now_us += 30 * MINUTE_US
    hand.steps(lambda: plant.read(("level", hand.now_us - 10 * MINUTE_US, 5.0)))
    assert plant.state("high") == "unacknowledged"


def test_a_probe_that_was_serviced_while_the_process_was_away_called(
    plant: AlarmPlant, hand: Hand
) -> None:
    _suppressed_for_half_an_hour(plant, hand, "worked on")
    for minute in range(60):
        value = 5.0 if 10 <= minute < 20 else 1.0
        at_us = T + minute * MINUTE_US
        plant.read(("level", at_us, value), committed_us=at_us)
    hand.now_us = T + 60 * MINUTE_US
    hand.steps(portion_limit_commits=7)
    assert ("high", T + 10 * MINUTE_US, T + 20 * MINUTE_US) in plant.occurrences()
    assert not plant.ask(UNACKNOWLEDGED)
    assert plant.state("high") == "normal"
