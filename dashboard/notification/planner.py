"""Which messages are due: pure. What waits for its turn is planned again the next time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from dashboard.notification.messages import OpenAlarm, Text, Writer
from dashboard.notification.plan_file import Plan
from dashboard.notification.roster import Week, called, due_level, holes, is_quiet, is_test_due

SINGLE_MAX = 5  # messages of single alarms in a while; beyond, they are told together
SINGLE_WITHIN = timedelta(minutes=10)
SUMMARY_EVERY = timedelta(minutes=2)
WEEKS_AHEAD = 4

Channel = tuple[str, int]


@dataclass(frozen=True)
class Recent:
    """How many messages of alarms a channel got within SINGLE_WITHIN, and when the last one."""

    messages: int
    last_at: datetime


@dataclass(frozen=True)
class NewMessage:
    """A message to be put into the outbox, and what it tells of; its key is used once."""

    unique_key: str
    kind: str
    channel: Channel
    text: Text
    alarms: Sequence[tuple[UUID, int]] = field(default=())


@dataclass(frozen=True)
class Situation:
    """What is known when messages are planned: the file, the roster, the zone, the moment."""

    plan: Plan
    weeks: Mapping[date, Week]
    zone: ZoneInfo
    now: datetime

    def writer(self, login: str) -> Writer:
        """Return who writes to somebody."""
        return Writer(self.plan.people[login].language, self.zone, self.plan.address)

    def channels(self, login: str) -> list[Channel]:
        """Return the channels of somebody."""
        return [(login, place) for place in range(len(self.plan.people[login].channels))]


def alarm_messages(
    alarms: Sequence[OpenAlarm], recent: Mapping[Channel, Recent], here: Situation
) -> list[NewMessage]:
    """Return the messages that alarms need now, the most important first."""
    due: dict[Channel, list[tuple[OpenAlarm, int, bool]]] = defaultdict(list)
    for alarm in alarms:
        rule = here.plan.priorities[alarm.priority]  # type: ignore[index]  # only such are asked for
        if is_quiet(rule, here.plan.country, here.now, here.zone):
            continue
        level = due_level(alarm.level, alarm.told_at, rule, here.now)
        if level is None:
            continue
        who = called(here.weeks, here.plan, level, here.now, here.zone)
        for login in who.logins:
            for channel in here.channels(login):
                due[channel].append((alarm, level, who.is_hole))
    return [
        message
        for channel, told in due.items()
        for message in _to_channel(channel, told, recent.get(channel), here)
    ]


def _to_channel(
    channel: Channel,
    told: Sequence[tuple[OpenAlarm, int, bool]],
    recent: Recent | None,
    here: Situation,
) -> list[NewMessage]:
    writer = here.writer(channel[0])
    name = f"{channel[0]} {channel[1]}"
    if len(told) <= SINGLE_MAX - (recent.messages if recent else 0):
        return [
            NewMessage(
                f"alarm {alarm.occurrence} {level} {name}",
                "alarm",
                channel,
                writer.alarm(alarm, level, is_hole=is_hole),
                ((alarm.occurrence, level),),
            )
            for alarm, level, is_hole in told
        ]
    if recent is not None and here.now < recent.last_at + SUMMARY_EVERY:
        return []
    is_hole = any(one for _, _, one in told)
    content = writer.summary([alarm for alarm, _, _ in told], is_hole=is_hole)
    levels = tuple((alarm.occurrence, level) for alarm, level, _ in told)
    return [
        NewMessage(f"summary {here.now.isoformat()} {name}", "summary", channel, content, levels)
    ]


def daily_messages(here: Situation) -> list[NewMessage]:
    """Return the test of the day to everybody, and what the roster lacks to the fallback."""
    plan = here.plan
    if not is_test_due(plan.test_at, here.now, here.zone):
        return []
    day = here.now.astimezone(here.zone).date()
    found = [
        NewMessage(
            f"test {day} {login} {place}", "test", (login, place), here.writer(login).test(day)
        )
        for login in plan.people
        for _, place in here.channels(login)
    ]
    missing = holes(here.weeks, day, WEEKS_AHEAD)
    if missing:
        found += [
            NewMessage(
                f"hole {day} {login} {place}",
                "hole",
                (login, place),
                here.writer(login).holes(missing),
            )
            for login in plan.fallback
            for _, place in here.channels(login)
        ]
    return found
