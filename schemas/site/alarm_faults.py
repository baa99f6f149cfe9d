"""What is wrong with an alarm beside points, the catalogue and other alarms; in no language yet.

One set of checks for alarms of a site file and for those that engineers enter in the app.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from schemas.catalogue.alarms import default_alarms
from schemas.site.alarms import Alarm
from schemas.site.toml_lines import Path

_LIMITS = ("above", "below", "deadband", "mean_over_s", "ahead_s")
WATCHED = {
    "above": _LIMITS,
    "below": _LIMITS,
    "states": ("states",),
    "quality": ("quality",),
    "silent_s": ("silent_s",),
    "rises_per_h": ("rises_per_h", "falls_per_h", "over_s", "deadband"),
    "falls_per_h": ("rises_per_h", "falls_per_h", "over_s", "deadband"),
}
_TEXTS = ("name", "consequence", "action")

_P = TypeVar("_P")


class Fault(NamedTuple):
    """Something that does not fit; `keys` lead to it below the alarm, `values` are what it tells.

    `near`, if there are any, are the words of which one may have been meant.
    """

    keys: Path
    code: str
    values: Mapping[str, object] = {}
    word: str = ""
    near: Sequence[str] = ()


class WatchedPoint(Protocol):
    """What an alarm has to know of a point; the codes of `states` are texts."""

    @property
    def ref(self) -> str:
        """Its name in the site, "line/key"."""

    @property
    def kind(self) -> str:
        """Its kind: measurement, state …"""

    @property
    def range(self) -> tuple[float, float] | None:
        """What its instrument can measure."""

    @property
    def expected_interval_s(self) -> float | None:
        """How often it comes."""

    @property
    def states(self) -> Mapping[str, object] | None:
        """Its codes."""


@dataclass(frozen=True)
class Surroundings:
    """What alarms of a site stand beside.

    `refs` are all points, `points` those of which all is known, `causes` those of every alarm by
    its key.
    """

    refs: Sequence[str]
    points: Mapping[str, WatchedPoint]
    causes: Mapping[str, Collection[str]]
    by_role: Mapping[str, WatchedPoint] = field(default_factory=dict)


def point_of(alarm: Alarm, points: Mapping[str, _P], by_role: Mapping[str, _P]) -> _P | None:
    """Return the point that an alarm watches, if all is known of it."""
    return by_role.get(alarm.role) if alarm.role else points.get(alarm.point or "")


def alarm_faults(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    """Yield what is wrong with an alarm."""
    yield from _texts(alarm)
    point = point_of(alarm, around.points, around.by_role)
    yield from _one_condition(alarm, is_placed=point is not None)
    yield from _place(alarm, around)
    yield from _deadband(alarm)
    if point is not None:
        yield from _fits(alarm, point)
    yield from _stop(alarm, around)
    yield from _causes(alarm, around)


def _texts(alarm: Alarm) -> Iterator[Fault]:
    if alarm.default is not None:
        if alarm.default not in default_alarms():
            known = list(default_alarms())
            yield Fault(("default",), "no_default", {"key": alarm.default}, alarm.default, known)
        return
    for key in _TEXTS:
        # An alarm asks for an action; what does not is an event, and diagnostic.
        if getattr(alarm, key) is None and (key == "name" or alarm.priority != "diagnostic"):
            yield Fault((), "no_text", {"key": key})
    if not alarm.enabled:
        yield Fault(("enabled",), "turns_off_nothing")


def _one_condition(alarm: Alarm, *, is_placed: bool) -> Iterator[Fault]:
    given = [key for key in WATCHED if getattr(alarm, key) is not None]
    if not given:
        # The catalogue has no limit for this point.
        has_none = is_placed and alarm.enabled and alarm.default in default_alarms()
        if alarm.default is None or has_none:
            yield Fault((), "nothing_watched", {"choices": ", ".join(WATCHED)})
        return
    allowed = WATCHED[given[0]]
    for key in {key for keys in WATCHED.values() for key in keys} - set(allowed):
        if getattr(alarm, key) is not None:
            yield Fault((key,), "another_condition", {"first": given[0]})
    if given[0].endswith("_per_h") and alarm.over_s is None:
        yield Fault((given[0],), "no_time_of_rate")
    if alarm.ahead_s is not None and alarm.mean_over_s is None:
        yield Fault(("ahead_s",), "no_mean")
    elif alarm.ahead_s is not None and alarm.ahead_s >= (alarm.mean_over_s or 0):
        yield Fault(("ahead_s",), "ahead_of_mean")


def _place(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    if alarm.point is not None and alarm.role is not None:
        yield Fault(("role",), "point_and_role")
    elif alarm.role is not None:
        if alarm.role not in around.by_role:
            known = list(around.by_role)
            yield Fault(("role",), "no_role", {"role": alarm.role}, alarm.role, known)
    elif alarm.point is None:
        of_site = alarm.silent_s is not None or alarm.default == "nothing_arrives"
        if not of_site:
            yield Fault((), "no_place")
    elif alarm.point not in around.refs:
        yield Fault(("point",), "no_point", {"point": alarm.point}, alarm.point, around.refs)


def _deadband(alarm: Alarm) -> Iterator[Fault]:
    if alarm.above is not None and alarm.below is not None and alarm.below >= alarm.above:
        yield Fault(("below",), "limits_cross")
        return
    if not alarm.deadband:
        return
    both = alarm.above is not None and alarm.below is not None
    limits = [each for each in (alarm.above, alarm.below) if each is not None]
    room = (alarm.above or 0) - (alarm.below or 0) if both else min(map(abs, limits), default=0)
    if limits and alarm.deadband >= room:
        code = "wider_than_room" if both else "wider_than_limit"
        yield Fault(("deadband",), code, {"deadband": alarm.deadband, "room": room})


def _fits(alarm: Alarm, point: WatchedPoint) -> Iterator[Fault]:
    is_state = point.kind == "state"
    for key in ("above", "below", "rises_per_h", "falls_per_h"):
        if getattr(alarm, key) is not None and is_state:
            yield Fault((key,), "is_a_state", {"point": point.ref})
    if alarm.states is not None and not is_state:
        yield Fault(("states",), "is_no_state", {"point": point.ref, "kind": point.kind})
    elif alarm.states is not None:
        yield from _codes("states", alarm.states, point)
    lo, hi = point.range or (None, None)
    if alarm.above is not None and hi is not None and alarm.above >= hi:
        values = {"point": point.ref, "limit": alarm.above, "end": hi}
        yield Fault(("above",), "never_reaches", values)
    if alarm.below is not None and lo is not None and alarm.below <= lo:
        values = {"point": point.ref, "limit": alarm.below, "end": lo}
        yield Fault(("below",), "never_below", values)
    interval_s = point.expected_interval_s
    if alarm.silent_s is not None and interval_s is not None and alarm.silent_s <= interval_s:
        told = {"point": point.ref, "silent_s": alarm.silent_s, "interval_s": interval_s}
        yield Fault(("silent_s",), "no_silence", told)


def _stop(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    ref, points = alarm.stopped_point, around.points
    if ref is None:
        if alarm.stopped_states is not None:
            yield Fault(("stopped_states",), "no_stopped_point")
    elif ref not in around.refs:
        yield Fault(("stopped_point",), "no_point", {"point": ref}, ref, around.refs)
    elif ref in points and points[ref].kind != "state":
        values = {"point": ref, "kind": points[ref].kind}
        yield Fault(("stopped_point",), "is_no_state", values)
    elif ref in points and alarm.stopped_states is not None:
        yield from _codes("stopped_states", alarm.stopped_states, points[ref])


def _codes(key: str, codes: tuple[int, ...], point: WatchedPoint) -> Iterator[Fault]:
    for number, code in enumerate(codes):
        if point.states is not None and str(code) not in point.states:
            known = ", ".join(point.states)
            values = {"code": code, "point": point.ref, "known": known}
            yield Fault((key, number), "no_code", values)


def _causes(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    """Yield causes that are no alarms, or by which the alarm would suppress itself."""
    causes = {**around.causes, alarm.key: alarm.causes}
    for number, cause in enumerate(alarm.causes):
        keys = ("causes", number)
        if cause not in causes and cause.partition(":")[0] not in default_alarms():
            yield Fault(keys, "no_alarm", {"cause": cause}, cause, list(causes))
        elif cause == alarm.key:
            yield Fault(keys, "own_cause", {"cause": cause})
        elif way := _way(cause, alarm.key, causes):
            yield Fault(keys, "circle", {"circle": " → ".join((alarm.key, *way))})


def _way(start: str, end: str, causes: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the keys that lead from one alarm to another by their causes; none if none do."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while waiting:
        way = waiting.pop()
        for cause in causes.get(way[-1], ()):
            if cause == end:
                return (*way, cause)
            if cause not in seen:
                seen.add(cause)
                waiting.append((*way, cause))
    return ()
