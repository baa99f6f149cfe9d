"""What is written to people: subject and text, in the language of each; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from dashboard.web.display import LOCALES, DisplaySettings

NAMED_MAX = 10  # alarms that a summary names
SUBJECT_CHARACTERS_MAX = 120


@dataclass(frozen=True)
class OpenAlarm:
    """An alarm that asks for somebody, with the highest level told, when, and to which channels.

    `event_id` and `kind` are of the event that calls; `group_id` is shared by those that call
    together because nobody puts them aside any more.
    """

    event_id: UUID
    kind: str
    group_id: UUID | None
    name: Mapping[str, str]
    action: Mapping[str, str] | None
    priority: str
    recorded_at: datetime
    raised_at: datetime
    raised_value: float | None
    is_late: bool
    unit: str | None
    level: int | None
    told_at: datetime | None
    told_to: Sequence[Sequence[str | int]]


@dataclass(frozen=True)
class Text:
    """A message's subject and text."""

    subject: str
    body: str


@dataclass(frozen=True)
class Writer:
    """Writes in a language, with the site's time."""

    language: str
    zone: ZoneInfo
    address: str

    def alarm(self, alarm: OpenAlarm, level: int, *, is_hole: bool) -> Text:
        """Return the message of one alarm; a link to acknowledge it is added when it is sent."""
        lines = [self._line(alarm)]
        if alarm.action:
            lines.append(self._display.text("message.do", action=self._display.name(alarm.action)))
        if level:
            lines.append(self._display.text("message.escalated"))
        if is_hole:
            lines.append(self._display.text("message.hole"))
        subject = f"[{self._priority(alarm)}] {self._display.name(alarm.name)}"
        return Text(subject[:SUBJECT_CHARACTERS_MAX], "\n".join(lines))

    def summary(self, alarms: Sequence[OpenAlarm], *, is_hole: bool) -> Text:
        """Return one message of many alarms, the most important ones named."""
        lines = [self._line(alarm) for alarm in alarms[:NAMED_MAX]]
        if len(alarms) > NAMED_MAX:
            lines.append(self._display.text("live.more", count=len(alarms) - NAMED_MAX))
        if is_hole:
            lines.append(self._display.text("message.hole"))
        lines.append(f"{self.address}/alarms")
        return Text(self._display.text("message.many", count=len(alarms)), "\n".join(lines))

    def test(self, day: date) -> Text:
        """Return the message of a day by which its reader knows that messages arrive."""
        told = self._display.text("message.test", day=self._display.day(day))
        return Text(told, self._display.text("message.test_hint"))

    def holes(self, mondays: Sequence[date]) -> Text:
        """Return which weeks of the roster have nobody."""
        weeks = ", ".join(self._display.day(one) for one in mondays)
        body = self._display.text("message.holes", weeks=weeks)
        return Text(self._display.text("message.hole"), f"{body}\n{self.address}/alarms/roster")

    def link(self, token: str) -> str:
        """Return the lines by which an alarm is acknowledged from a message."""
        return self._display.text("message.answer", link=f"{self.address}/alarms/answer/{token}")

    def _line(self, alarm: OpenAlarm) -> str:
        parts = [
            self._display.moment(alarm.raised_at),
            self._priority(alarm),
            self._display.name(alarm.name),
        ]
        if alarm.raised_value is not None:
            value = format_decimal(alarm.raised_value, locale=LOCALES[self.language])
            parts.append(f"{value} {alarm.unit or ''}".strip())
        if alarm.kind != "raised":
            parts.append(self._display.text(f"alarm_event.{alarm.kind}"))
        if alarm.is_late:
            parts.append(self._display.text("alarms.late"))
        return " · ".join(parts)

    def _priority(self, alarm: OpenAlarm) -> str:
        return self._display.text(f"priority.{alarm.priority}")

    @property
    def _display(self) -> DisplaySettings:
        return DisplaySettings(self.language, self.zone, "light", 0.0)
