"""Who is called to which alarm, when, and in which words: pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from dashboard.notification.messages import OpenAlarm
from dashboard.notification.plan_file import Plan, PlanFileUnfit, Rule, read_plan
from dashboard.notification.planner import Recent, Situation, alarm_messages, daily_messages
from dashboard.notification.roster import Week, due_level, holes, holiday_name, is_quiet

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday
MONDAY = date(2026, 11, 23)
SECRET = "mailto://maija:hunter2@smtp.example.fi"
FILE = f"""
site = "s"
address = "https://virtaama.example.fi/"
fallback = ["boss"]
[people.maija]
channels = ["{SECRET}"]
[people.pekka]
channels = ["json://127.0.0.1/a", "json://127.0.0.1/b"]
language = "sv"
[people.boss]
channels = ["json://127.0.0.1/c"]
[priorities.high]
escalate_after_min = 10
[priorities.medium]
quiet_from = 21:00:00
quiet_until = 07:00:00
working_days_only = true
"""

TOLD_TO = [[["maija", 0]], [["pekka", 0], ["pekka", 1]], [["boss", 0]]]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    path = tmp_path / "notify.toml"
    path.write_text(FILE, encoding="utf-8")
    return read_plan(path)


def _here(plan: Plan, now: datetime = NOW, duty: str | None = "maija") -> Situation:
    weeks = {MONDAY: Week(MONDAY, duty, "pekka")}
    return Situation(plan, weeks, HELSINKI, now, "FI")


def _open(number: int, level: int | None = None, told_min: float = 0, **more: object) -> OpenAlarm:
    told = None if level is None else NOW - timedelta(minutes=told_min)
    given = {
        "event_id": UUID(int=number),
        "kind": "raised",
        "group_id": None,
        "name": {"fi": f"Hälytys {number}", "sv": f"Larm {number}"},
        "action": {"fi": "Käy paikalla"},
        "priority": "high",
        "recorded_at": NOW,
        "raised_at": NOW,
        "raised_value": 6.5,
        "is_late": False,
        "unit": "mg/l",
        "level": level,
        "told_at": told,
        "told_to": TOLD_TO[level or 0] if told else (),
    }
    return OpenAlarm(**given | more)  # type: ignore[arg-type]


def _to(messages: list) -> list[tuple[str, int]]:
    return [message.channel for message in messages]


def test_who_is_on_duty_is_called_first_then_the_second_then_everybody(plan: Plan) -> None:
    assert _to(alarm_messages([_open(1)], {}, _here(plan))) == [("maija", 0)]
    assert not alarm_messages([_open(1, 0, told_min=9.9)], {}, _here(plan))
    second = alarm_messages([_open(1, 0, told_min=10)], {}, _here(plan))
    assert _to(second) == [("pekka", 0), ("pekka", 1)]
    assert _to(alarm_messages([_open(1, 1, told_min=10)], {}, _here(plan))) == [("boss", 0)]
    assert not alarm_messages([_open(1, 2, told_min=99)], {}, _here(plan))


def test_who_is_both_duty_and_second_is_called_again_and_then_the_fallback(plan: Plan) -> None:
    both = Situation(plan, {MONDAY: Week(MONDAY, "maija", "maija")}, HELSINKI, NOW, "FI")
    (again,) = alarm_messages([_open(1, 0, told_min=10)], {}, both)
    assert (again.channel, again.alarms) == (("maija", 0), ((UUID(int=1), 1),))
    assert "Kukaan ei ole kuitannut" in again.text.body
    told = _open(1, 1, told_min=10, told_to=[["maija", 0]])
    assert _to(alarm_messages([told], {}, both)) == [("boss", 0)]


def test_a_second_who_has_no_address_is_a_hole_once_it_is_their_turn(plan: Plan) -> None:
    here = Situation(plan, {MONDAY: Week(MONDAY, "maija", "nobody")}, HELSINKI, NOW, "FI")
    assert _to(alarm_messages([_open(1)], {}, here)) == [("maija", 0)]
    (message,) = alarm_messages([_open(1, 0, told_min=10)], {}, here)
    assert message.channel == ("boss", 0)
    assert "aukko" in message.text.body


@pytest.mark.parametrize(("month", "day"), [(3, 28), (10, 31)])  # of 2027: the clock is set then
def test_the_test_of_the_day_is_sent_once_on_a_day_of_23_and_of_25_hours(
    plan: Plan, month: int, day: int
) -> None:
    at = plan.model_copy(update={"test_at": time(3, 30)})  # which is not there, or comes twice
    midnight = datetime(2027, month, day, tzinfo=HELSINKI).astimezone(UTC)
    keys: list[set[str]] = []
    for quarter in range(25 * 4):
        here = _here(at, midnight + timedelta(minutes=15 * quarter))
        if here.now.astimezone(HELSINKI).day == day:
            keys.append({one.unique_key for one in daily_messages(here) if one.kind == "test"})
    assert keys[0] == set()
    assert len(set().union(*keys)) == 4  # one to each channel of everybody
    assert keys[-1] == set().union(*keys)


def test_a_quiet_night_of_a_holiday_goes_on_into_the_day_and_over_the_turn_of_the_year(
    plan: Plan,
) -> None:
    rule = plan.priorities["medium"]
    eve = datetime(2026, 12, 31, 18, 59, tzinfo=UTC)  # a Thursday, 20.59; then New Year's Day
    hours = [is_quiet(rule, "FI", eve + timedelta(minutes=1, hours=n), HELSINKI) for n in range(82)]
    assert not is_quiet(rule, "FI", eve, HELSINKI)
    assert all(hours)  # until Monday 7.00
    assert not is_quiet(rule, "FI", eve + timedelta(minutes=1, hours=82), HELSINKI)


def test_a_hole_in_the_roster_calls_the_fallback_and_is_told(plan: Plan) -> None:
    for here in (_here(plan, duty=None), _here(plan, duty="nobody-we-know")):
        (message,) = alarm_messages([_open(1)], {}, here)
        assert message.channel == ("boss", 0)
        assert "aukko" in message.text.body
    empty = Situation(plan, {}, HELSINKI, NOW, "FI")
    assert _to(alarm_messages([_open(1)], {}, empty)) == [("boss", 0)]
    assert [one.kind for one in daily_messages(empty)].count("hole") == 1


def test_quiet_hours_and_holidays_hold_what_can_wait_and_nothing_else(plan: Plan) -> None:
    rule = plan.priorities["medium"]
    quiet = {
        datetime(2026, 11, 26, 18, 59, tzinfo=UTC): False,  # 20.59
        datetime(2026, 11, 26, 19, 0, tzinfo=UTC): True,
        datetime(2026, 11, 27, 4, 59, tzinfo=UTC): True,  # 6.59
        datetime(2026, 11, 27, 5, 0, tzinfo=UTC): False,
        datetime(2026, 11, 28, 10, 0, tzinfo=UTC): True,  # a Saturday
        datetime(2026, 12, 25, 10, 0, tzinfo=UTC): True,  # Christmas, a Friday
        datetime(2027, 5, 6, 9, 0, tzinfo=UTC): True,  # Ascension Day, a Thursday
    }
    assert {at: is_quiet(rule, "FI", at, HELSINKI) for at in quiet} == quiet
    night = datetime(2026, 11, 26, 23, tzinfo=UTC)
    both = [_open(1), _open(2, priority="medium")]
    assert len(alarm_messages(both, {}, _here(plan, night))) == 1
    assert len(alarm_messages(both, {}, _here(plan))) == 2


def test_the_week_changes_at_local_midnight_also_when_the_clock_changes(plan: Plan) -> None:
    weeks = [Week(MONDAY + timedelta(weeks=n), login, None) for n, login in enumerate("ab", -5)]
    known = {week.monday: week for week in weeks}
    people = {**plan.people, **dict.fromkeys("ab", plan.people["maija"])}
    named = plan.model_copy(update={"people": people})
    sunday = datetime(2026, 10, 25, 21, 59, tzinfo=UTC)  # 23.59; that day has 25 hours
    for at, login in ((sunday, "a"), (sunday + timedelta(minutes=1), "b")):
        here = Situation(named, known, HELSINKI, at, "FI")
        assert _to(alarm_messages([_open(1)], {}, here)) == [(login, 0)]


def test_quiet_hours_are_those_of_the_wall_clock_when_it_changes() -> None:
    rule = Rule(quiet_from=time(22), quiet_until=time(3, 30), escalate_after_min=1)
    autumn = datetime(2026, 10, 25, 0, 29, tzinfo=UTC)  # 3.29, which comes again in an hour
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    moments = [autumn, autumn + minute, autumn + hour, autumn + hour + minute]
    assert [is_quiet(rule, None, at, HELSINKI) for at in moments] == [True, False, True, False]
    spring = datetime(2027, 3, 28, 0, 59, tzinfo=UTC)  # 2.59, and 4.00 a minute later
    assert is_quiet(rule, None, spring, HELSINKI)
    assert not is_quiet(rule, None, spring + minute, HELSINKI)


def test_a_holiday_that_ends_a_weekend_is_quiet_from_its_first_minute_to_its_last(
    plan: Plan,
) -> None:
    rule = plan.priorities["medium"]
    monday = datetime(2027, 3, 28, 21, tzinfo=UTC)  # Easter Monday, 0.00
    quiet = [monday, monday + timedelta(hours=12), monday + timedelta(hours=30, minutes=59)]
    assert all(is_quiet(rule, "FI", at, HELSINKI) for at in quiet)
    assert not is_quiet(rule, "FI", monday + timedelta(hours=31), HELSINKI)


def test_a_flood_is_one_message_and_not_another_for_a_while(plan: Plan) -> None:
    alarms = [_open(number) for number in range(10_000)]
    (message,) = alarm_messages(alarms, {}, _here(plan))
    assert message.kind == "summary"
    assert "10000" in re.sub(r"\s", "", message.text.subject)
    assert len(message.text.body) < 2_000
    assert len(message.alarms) == 10_000
    recent = {("maija", 0): Recent(5, NOW - timedelta(seconds=119))}
    assert not alarm_messages(alarms[:1], recent, _here(plan))
    recent = {("maija", 0): Recent(5, NOW - timedelta(seconds=120))}
    assert [one.kind for one in alarm_messages(alarms[:2], recent, _here(plan))] == ["summary"]
    # One alone was told as "1 alarms", without its name and without a link.
    (alone,) = alarm_messages(alarms[:1], recent, _here(plan))
    assert (alone.kind, alone.text.subject) == ("alarm", "[korkea] Hälytys 0")


def test_a_channel_that_had_to_wait_while_others_were_told_is_told_too(plan: Plan) -> None:
    """Two are called as the fallback; one of them got many messages just before."""
    two = plan.model_copy(update={"fallback": ("boss", "maija")})
    recent = {("maija", 0): Recent(5, NOW - timedelta(seconds=60))}
    assert _to(alarm_messages([_open(1)], recent, _here(two, duty=None))) == [("boss", 0)]
    told = _open(1, 0, told_min=1, told_to=[["boss", 0]])
    assert not alarm_messages([told], recent, _here(two, duty=None))
    recent = {("maija", 0): Recent(5, NOW - timedelta(seconds=120))}
    (message,) = alarm_messages([told], recent, _here(two, duty=None))
    assert (message.channel, message.alarms) == (("maija", 0), ((UUID(int=1), 0),))
    assert "aukko" in message.text.body
    both = _open(1, 0, told_min=2, told_to=[["boss", 0], ["maija", 0]])
    assert not alarm_messages([both], {}, _here(two, duty=None))


def test_whoever_takes_over_in_the_middle_of_the_week_is_told_what_waits(plan: Plan) -> None:
    told = _open(1, 0, told_min=5)
    assert not alarm_messages([told], {}, _here(plan))
    assert _to(alarm_messages([told], {}, _here(plan, duty="boss"))) == [("boss", 0)]


def test_those_that_return_together_are_one_message_and_others_stay_their_own(plan: Plan) -> None:
    alarms = [_open(n, group_id=UUID(int=99), kind="shelf_ended") for n in range(3)] + [_open(4)]
    together, alone = alarm_messages(alarms, {}, _here(plan))
    assert [event for event, _ in together.alarms] == [UUID(int=n) for n in range(3)]
    assert [event for event, _ in alone.alarms] == [UUID(int=4)]
    # One of the group in quiet hours is told later, under a key of its own.
    (later,) = alarm_messages(alarms[2:3], {}, _here(plan))
    assert later.unique_key != together.unique_key


def test_a_plant_that_names_no_country_has_no_public_holidays(plan: Plan) -> None:
    christmas = datetime(2026, 12, 25, 10, tzinfo=UTC)
    rule = plan.priorities["medium"]
    assert is_quiet(rule, "FI", christmas, HELSINKI)
    assert not is_quiet(rule, None, christmas, HELSINKI)


def test_a_holiday_stood_in_english_on_a_finnish_roster() -> None:
    day = date(2026, 12, 6)
    assert holiday_name("FI", day, "fi") == "Itsenäisyyspäivä"
    assert holiday_name("FI", day, "sv") == "Självständighetsdagen"
    assert holiday_name("NL", date(2026, 12, 25), "fi") == "Eerste kerstdag"


def test_a_message_says_what_is_where_and_what_to_do_in_its_readers_language(plan: Plan) -> None:
    (message,) = alarm_messages([_open(1, is_late=True)], {}, _here(plan))
    assert message.text.subject == "[korkea] Hälytys 1"
    for part in ("26.11.2026", "14.00", "6,5 mg/l", "kirjattu myöhässä", "Tee: Käy paikalla"):
        assert part in message.text.body
    swedish = alarm_messages([_open(1, 0, told_min=10)], {}, _here(plan))[0]
    assert swedish.text.subject == "[hög] Larm 1"
    assert "Ingen har kvitterat" in swedish.text.body


def test_the_test_of_the_day_goes_to_every_channel_once_its_time_has_come(plan: Plan) -> None:
    early = datetime(2026, 11, 26, 9, 59, tzinfo=UTC)
    assert not daily_messages(_here(plan, early))
    found = [one for one in daily_messages(_here(plan)) if one.kind == "test"]
    assert len(found) == 4
    later = daily_messages(_here(plan, NOW + timedelta(hours=2)))
    assert {one.unique_key for one in found} <= {one.unique_key for one in later}


def test_holes_are_weeks_without_anybody_first_or_second() -> None:
    weeks = {
        MONDAY: Week(MONDAY, "a", "b"),
        MONDAY + timedelta(weeks=1): Week(MONDAY + timedelta(weeks=1), "a", None),
    }
    assert holes(weeks, date(2026, 11, 26), 3) == [
        MONDAY + timedelta(weeks=1),
        MONDAY + timedelta(weeks=2),
    ]


def test_an_escalation_waits_for_its_time() -> None:
    rule = Rule(escalate_after_min=5)
    assert due_level(None, None, rule, NOW) == 0
    assert due_level(0, NOW - timedelta(minutes=4), rule, NOW) is None
    assert due_level(0, NOW - timedelta(minutes=5), rule, NOW) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('fallback = ["boss"]', "fallback"),
        ("[priorities.high]", "priorities"),
        ('channels = ["json://127.0.0.1/c"]', "people.boss"),
        ("escalate_after_min = 10", "escalate_after_min"),
        ("quiet_until = 07:00:00", "priorities.medium"),
    ],
)
def test_a_wrong_file_is_told_by_its_key_and_without_its_secrets(
    tmp_path: Path, line: str, told: str
) -> None:
    wrong = {
        'fallback = ["boss"]': 'fallback = ["stranger"]',
        "[priorities.high]": "[priorities.urgent]",
        'channels = ["json://127.0.0.1/c"]': "channels = []",
        "escalate_after_min = 10": "escalate_after_min = 525600",
        "quiet_until = 07:00:00": "",
    }
    path = tmp_path / "notify.toml"
    path.write_text(FILE.replace(line, wrong[line]), encoding="utf-8")
    with pytest.raises(PlanFileUnfit) as error:
        read_plan(path)
    assert told in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_plan_shows_no_secret_when_it_is_printed(plan: Plan) -> None:
    assert "hunter2" not in repr(plan)
