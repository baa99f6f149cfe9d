"""Which messages are due: pure. What waits for its turn is planned again the next time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from dashboard.notification.messages import OpenAlarm, Text, Writer
from dashboard.notification.plan_file import Plan, Rule
from dashboard.notification.roster import (
    Week,
    called,
    due_level,
    holes,
    is_quiet,
    is_test_due,
    monday_of,
)

SINGLE_MAX = 5  # messages of single alarms in a while; beyond, they are told together
SINGLE_WITHIN = timedelta(minutes=10)
SUMMARY_EVERY = timedelta(minutes=2)
OWED_WITHIN = timedelta(hours=24)  # who was to be called is told so long what others know
WEEKS_AHEAD = 4

Channel = tuple[str, int]
Told = tuple[OpenAlarm, int, bool]  # at which level, and whether for want of a roster


@dataclass(frozen=True)
class Recent:
    """How many messages of alarms a channel got within SINGLE_WITHIN, and when the last one."""

    messages: int
    last_at: datetime


@dataclass(frozen=True)
class Device:
    """A browser in which somebody is told of alarms; its channel is its number below 0.

    `replaces`: a notice with the tag of an earlier one is shown in its place.
    """

    subscription_id: int
    language: str
    replaces: bool = True


@dataclass(frozen=True)
class NewMessage:
    """A message to be put into the outbox, and the events it tells of; its key is used once."""

    unique_key: str
    kind: str
    channel: Channel
    text: Text
    alarms: Sequence[tuple[UUID, int]] = field(default=())


@dataclass(frozen=True)
class Situation:
    """What is known when messages are planned: the file, the roster, the zone, the moment.

    `country` is whose public holidays count; None: none do. `devices` are the browsers of people,
    who need not be in the file.
    """

    plan: Plan
    weeks: Mapping[date, Week]
    zone: ZoneInfo
    now: datetime
    country: str | None
    devices: Mapping[str, Sequence[Device]] = field(default_factory=dict)

    @property
    def logins(self) -> list[str]:
        """Everybody who can be reached."""
        return list(dict.fromkeys((*self.plan.people, *self.devices)))

    def writer(self, login: str) -> Writer:
        """Return who writes to somebody."""
        person = self.plan.people.get(login)
        language = self.devices[login][0].language if person is None else person.language
        return Writer(language, self.zone, self.plan.address)

    def channels(self, login: str) -> list[Channel]:
        """Return the channels of somebody: those of the file, then those of their browsers."""
        person = self.plan.people.get(login)
        places = () if person is None else range(len(person.channels))
        own = (-device.subscription_id for device in self.devices.get(login, ()))
        return [(login, place) for place in (*places, *own)]


def alarm_messages(
    alarms: Sequence[OpenAlarm], recent: Mapping[Channel, Recent], here: Situation
) -> list[NewMessage]:
    """Return the messages that alarms need now, the most important first."""
    due: dict[Channel, list[Told]] = defaultdict(list)
    for alarm in alarms:
        rule = here.plan.priorities[alarm.priority]  # type: ignore[index]  # only such are asked for
        if is_quiet(rule, here.country, here.now, here.zone):
            continue
        for channel, told in _owed(alarm, rule, here):
            due[channel].append(told)
    return [
        message
        for channel, told in due.items()
        for message in _to_channel(channel, told, recent.get(channel), here)
    ]


def _owed(alarm: OpenAlarm, rule: Rule, here: Situation) -> Iterator[tuple[Channel, Told]]:
    """Yield the channels that an alarm is to be told to now, each with how."""
    level, at = due_level(alarm.level, alarm.told_at, rule, here.now), here.now
    told_to: set[tuple[str | int, ...]] = set()
    if level is None:
        # Some of its channels may have had to wait while the others were told.
        level, at = alarm.level, alarm.told_at or here.now
        told_to = {tuple(each) for each in alarm.told_to}
        if level is None or at <= here.now - OWED_WITHIN:
            return
    week = here.weeks.get(monday_of(at.astimezone(here.zone).date()))
    who = called(week, level, here.plan.fallback, here.logins)
    for login in who.logins:
        for channel in here.channels(login):
            if channel not in told_to:
                yield channel, (alarm, level, who.is_hole)


def _to_channel(
    channel: Channel,
    told: Sequence[Told],
    recent: Recent | None,
    here: Situation,
) -> list[NewMessage]:
    together: dict[UUID, list[Told]] = defaultdict(list)
    for one in told:
        together[one[0].group_id or one[0].event_id].append(one)
    if len(together) <= SINGLE_MAX - (recent.messages if recent else 0):
        return [
            _message(channel, group, here, is_summary=len(group) > 1) for group in together.values()
        ]
    if recent is not None and here.now < recent.last_at + SUMMARY_EVERY:
        return []
    return [_message(channel, told, here, is_summary=len(told) > 1)]


def _message(
    channel: Channel, told: Sequence[Told], here: Situation, *, is_summary: bool
) -> NewMessage:
    """Return one message of one alarm or of many. Its key is that of its first event."""
    writer = here.writer(channel[0])
    alarm, level, is_hole = told[0]
    if is_summary:
        kind, alarms = "summary", [one for one, _, _ in told]
        content = writer.summary(alarms, is_hole=any(hole for _, _, hole in told))
    else:
        kind, content = "alarm", writer.alarm(alarm, level, is_hole=is_hole)
    key = f"alarm {alarm.event_id} {level} {channel[0]} {channel[1]}"
    events = tuple((one.event_id, at_level) for one, at_level, _ in told)
    return NewMessage(key, kind, channel, content, events)


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
        for login in here.logins
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
