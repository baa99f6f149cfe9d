"""What is written to people: subject and text, in the language of each; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from dashboard.charts.decimals import decimals, written_decimals
from dashboard.web.display import DisplaySettings

NAMED_MAX = 10  # alarms that a summary names
SUBJECT_CHARACTERS_MAX = 120
LINE_CHARACTERS_MAX, LINES_MAX = 120, 4  # what a notice of a browser has room for

AGES = ("now", "min", "h")


def answer_page(token: str) -> str:
    """Return the page on which the link of a message acknowledges."""
    return f"/alarms/answer/{token}"


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
    place: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Text:
    """A message's subject and text; `notice` is what a browser shows instead."""

    subject: str
    body: str
    notice: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Writer:
    """Writes in a language, with the site's time."""

    language: str
    zone: ZoneInfo
    address: str

    def alarm(self, alarm: OpenAlarm, level: int, *, is_hole: bool) -> Text:
        """Return the message of one alarm; a link to acknowledge it is added when it is sent."""
        what_else = []
        if alarm.action:
            action = self._display.name(alarm.action)
            what_else.append(self._display.text("message.do", action=action))
        if level:
            what_else.append(self._display.text("message.escalated"))
        if is_hole:
            what_else.append(self._display.text("message.hole"))
        subject = f"[{self._priority(alarm)}] {self._display.name(alarm.name)}"
        where = " · ".join(filter(None, (self._place(alarm), *self._facts(alarm))))
        notice = self._notice(subject, [where, *what_else], "/alarms", str(alarm.event_id), alarm)
        body = "\n".join([self._line(alarm), *what_else])
        return Text(subject[:SUBJECT_CHARACTERS_MAX], body, notice)

    def summary(self, alarms: Sequence[OpenAlarm], *, is_hole: bool) -> Text:
        """Return one message of many alarms, the most important ones named."""
        lines = [self._line(alarm) for alarm in alarms[:NAMED_MAX]]
        if len(alarms) > NAMED_MAX:
            lines.append(self._display.text("live.more", count=len(alarms) - NAMED_MAX))
        if is_hole:
            lines.append(self._display.text("message.hole"))
        lines.append(f"{self.address}/alarms")
        subject = self._display.text("message.many", count=len(alarms))
        named = [self._display.name(alarm.name) for alarm in alarms]
        notice = self._notice(subject, named, "/alarms", str(alarms[0].event_id), alarms[0])
        return Text(subject, "\n".join(lines), notice)

    def test(self, day: date) -> Text:
        """Return the message of a day by which its reader knows that messages arrive."""
        told = self._display.text("message.test", day=self._display.day(day))
        hint = self._display.text("message.test_hint")
        return Text(told, hint, self._notice(told, [hint], "/alarms", f"test {day}"))

    def holes(self, mondays: Sequence[date]) -> Text:
        """Return which weeks of the roster have nobody."""
        weeks = ", ".join(self._display.day(one) for one in mondays)
        body = self._display.text("message.holes", weeks=weeks)
        subject, page = self._display.text("message.hole"), "/alarms/roster"
        notice = self._notice(subject, [body], page, "hole")
        return Text(subject, f"{body}\n{self.address}{page}", notice)

    def over(
        self, notice: Mapping[str, Any], state: str, answered_by: str | None, at: datetime | None
    ) -> Text:
        """Return what replaces a notice, without a sound: who has answered, or that it cleared."""
        if state == "cleared" and at is not None:
            said = self.cleared(at)
        elif answered_by is not None and at is not None:
            moment = self._display.moment(at)
            said = self._display.text("notice.answered", name=answered_by, moment=moment)
        else:
            said = self._display.text("notice.put_aside")
        quiet = {**notice, "lines": [said], "raised_ms": None, "is_quiet": True}
        return Text(str(notice["title"]), said, quiet)

    def cleared(self, at: datetime) -> str:
        """Return that what a message tells of is over, though nobody has acknowledged it."""
        return self._display.text("notice.cleared", moment=self._display.moment(at))

    def link(self, token: str) -> str:
        """Return the lines by which an alarm is acknowledged from a message."""
        return self._display.text("message.answer", link=f"{self.address}{answer_page(token)}")

    def _notice(
        self,
        title: str,
        lines: Sequence[str],
        page: str,
        tag: str,
        alarm: OpenAlarm | None = None,
    ) -> dict[str, Any]:
        """Return what a browser shows, by its own script, which counts the age."""
        raised = None if alarm is None else round(alarm.raised_at.timestamp() * 1000)
        return {
            "title": title[:SUBJECT_CHARACTERS_MAX],
            "lines": [line[:LINE_CHARACTERS_MAX] for line in lines[:LINES_MAX]],
            "priority": None if alarm is None else alarm.priority,
            "raised_ms": raised,
            "ages": {each: self._display.text(f"notice_age.{each}") for each in AGES},
            "tag": tag,
            "language": self.language,
            "path": f"{urlsplit(self.address).path}{page}",
        }

    def _line(self, alarm: OpenAlarm) -> str:
        parts = [
            self._display.moment(alarm.raised_at),
            self._priority(alarm),
            self._display.name(alarm.name),
            self._place(alarm),
            *self._facts(alarm),
        ]
        return " · ".join(filter(None, parts))

    def _place(self, alarm: OpenAlarm) -> str:
        return self._display.name(alarm.place) if alarm.place else ""

    def _facts(self, alarm: OpenAlarm) -> list[str]:
        parts = []
        if alarm.raised_value is not None:
            raised = alarm.raised_value
            value = self._display.number(
                raised, min(written_decimals(raised), decimals(raised, None))
            )
            parts.append(f"{value} {alarm.unit or ''}".strip())
        if alarm.kind != "raised":
            parts.append(self._display.text(f"alarm_event.{alarm.kind}"))
        if alarm.is_late:
            parts.append(self._display.text("alarms.late"))
        return parts

    def _priority(self, alarm: OpenAlarm) -> str:
        return self._display.text(f"priority.{alarm.priority}")

    @property
    def _display(self) -> DisplaySettings:
        return DisplaySettings(self.language, self.zone, "light", 0.0)
