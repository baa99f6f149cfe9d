"""Checks of alarms: what they watch, that they can come and go, and what suppresses what."""

from collections.abc import Iterator, Mapping

from schemas.catalogue.alarms import default_alarms
from schemas.site.alarms import Alarm
from schemas.site.draft import Draft
from schemas.site.messages import meant
from schemas.site.model import Point
from schemas.site.part import Part, Problem

_WATCHED = {
    "above": ("above", "below", "deadband"),
    "below": ("above", "below", "deadband"),
    "states": ("states",),
    "quality": ("quality",),
    "silent_s": ("silent_s",),
    "rises_per_h": ("rises_per_h", "falls_per_h", "over_s", "deadband"),
    "falls_per_h": ("rises_per_h", "falls_per_h", "over_s", "deadband"),
}
_TEXTS = ("name", "consequence", "action")


def alarm_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with alarms beside points, the catalogue and each other."""
    points = draft.points()
    by_role = {point.role: point for point in points.values() if point.role is not None}
    known = draft.refs()
    keys = draft.names("alarm")
    for part, alarm in draft.pairs(Alarm):
        yield from _texts(part, alarm)
        yield from _one_condition(part, alarm)
        yield from _place(part, alarm, known, by_role)
        point = by_role.get(alarm.role) if alarm.role else points.get(alarm.point or "")
        yield from _deadband(part, alarm)
        if point is not None:
            yield from _fits(part, alarm, point)
        yield from _stop(part, alarm, points, known)
        for number, cause in enumerate(alarm.causes):
            if cause not in keys and cause.partition(":")[0] not in default_alarms():
                hint = meant(cause, keys)
                yield part.problem(("causes", number), f'"{cause}" is no alarm of this site{hint}')
    yield from _circles(draft)


def _texts(part: Part, alarm: Alarm) -> Iterator[Problem]:
    if alarm.default is not None:
        if alarm.default not in default_alarms():
            hint = meant(alarm.default, list(default_alarms()))
            yield part.problem(
                ("default",), f'"{alarm.default}" is no alarm of the catalogue{hint}'
            )
        return
    for key in _TEXTS:
        # An alarm asks for an action; what does not is an event, and diagnostic.
        if getattr(alarm, key) is None and (key == "name" or alarm.priority != "diagnostic"):
            example = f'{key} = {{ fi = "…", en = "…", sv = "…" }}'
            yield part.problem((), f"{key} is missing; for example {example}")
    if not alarm.enabled:
        yield part.problem(("enabled",), "turns off an alarm of the catalogue; name its `default`")


def _one_condition(part: Part, alarm: Alarm) -> Iterator[Problem]:
    given = [key for key in _WATCHED if getattr(alarm, key) is not None]
    if not given:
        if alarm.default is None:
            choices = ", ".join(_WATCHED)
            yield part.problem((), f"nothing is watched; give one of {choices}")
        return
    allowed = _WATCHED[given[0]]
    for key in {key for keys in _WATCHED.values() for key in keys} - set(allowed):
        if getattr(alarm, key) is not None:
            yield part.problem((key,), f"does not go with `{given[0]}`; make two alarms of it")
    if given[0].endswith("_per_h") and alarm.over_s is None:
        yield part.problem((given[0],), "needs `over_s`, the time over which it is counted")


def _place(
    part: Part, alarm: Alarm, known: list[str], by_role: Mapping[str, Point]
) -> Iterator[Problem]:
    if alarm.point is not None and alarm.role is not None:
        yield part.problem(("role",), "stands beside `point`; give one of them")
    elif alarm.role is not None:
        if alarm.role not in by_role:
            hint = meant(alarm.role, list(by_role))
            yield part.problem(
                ("role",), f'no point of this site has the role "{alarm.role}"{hint}'
            )
    elif alarm.point is None:
        of_site = alarm.silent_s is not None or alarm.default == "nothing_arrives"
        if not of_site:
            yield part.problem((), "point or role is missing; only `silent_s` is for a whole site")
    elif alarm.point not in known:
        hint = meant(alarm.point, known)
        yield part.problem(("point",), f'"{alarm.point}" is no point of this site{hint}')


def _deadband(part: Part, alarm: Alarm) -> Iterator[Problem]:
    if alarm.above is not None and alarm.below is not None and alarm.below >= alarm.above:
        yield part.problem(("below",), "is not below `above`: the alarm would never end")
        return
    if not alarm.deadband:
        return
    both = alarm.above is not None and alarm.below is not None
    limits = [each for each in (alarm.above, alarm.below) if each is not None]
    room = (alarm.above or 0) - (alarm.below or 0) if both else min(map(abs, limits), default=0)
    if limits and alarm.deadband >= room:
        what = "the room between its limits" if both else "its limit"
        sentence = f"{alarm.deadband:g} is wider than {what}, {room:g}: the alarm would never end"
        yield part.problem(("deadband",), sentence)


def _fits(part: Part, alarm: Alarm, point: Point) -> Iterator[Problem]:
    is_state = point.kind == "state"
    for key in ("above", "below", "rises_per_h", "falls_per_h"):
        if getattr(alarm, key) is not None and is_state:
            yield part.problem((key,), f"{point.ref} is a state; give `states`, its codes")
    if alarm.states is not None and not is_state:
        yield part.problem(
            ("states",), f'{point.ref} is a {point.kind}, and no point of kind "state"'
        )
    elif alarm.states is not None:
        yield from _codes(part, "states", alarm.states, point)
    lo, hi = point.range or (None, None)
    if alarm.above is not None and hi is not None and alarm.above >= hi:
        yield part.problem(
            ("above",), f"{point.ref} never reaches {alarm.above:g}: its range ends at {hi:g}"
        )
    if alarm.below is not None and lo is not None and alarm.below <= lo:
        yield part.problem(
            ("below",), f"{point.ref} never falls below {alarm.below:g}: its range begins at {lo:g}"
        )
    interval_s = point.expected_interval_s
    if alarm.silent_s is not None and interval_s is not None and alarm.silent_s <= interval_s:
        sentence = f"{alarm.silent_s:g} s is no silence: {point.ref} comes every {interval_s:g} s"
        yield part.problem(("silent_s",), sentence)


def _stop(
    part: Part, alarm: Alarm, points: Mapping[str, Point], known: list[str]
) -> Iterator[Problem]:
    ref = alarm.stopped_point
    if ref is None:
        if alarm.stopped_states is not None:
            yield part.problem(
                ("stopped_states",), "are codes of a `stopped_point`, which is missing"
            )
    elif ref not in known:
        sentence = f'"{ref}" is no point of this site{meant(ref, known)}'
        yield part.problem(("stopped_point",), sentence)
    elif ref in points and points[ref].kind != "state":
        yield part.problem(
            ("stopped_point",), f'{ref} is a {points[ref].kind}, and no point of kind "state"'
        )
    elif ref in points and alarm.stopped_states is not None:
        yield from _codes(part, "stopped_states", alarm.stopped_states, points[ref])


def _codes(part: Part, key: str, codes: tuple[int, ...], point: Point) -> Iterator[Problem]:
    for number, code in enumerate(codes):
        if point.states is not None and str(code) not in point.states:
            known = ", ".join(point.states)
            yield part.problem((key, number), f"{code} is no code of {point.ref}; it has {known}")


def _circles(draft: Draft) -> Iterator[Problem]:
    """Yield alarms that would suppress themselves, directly or over others."""
    causes = {alarm.key: alarm.causes for alarm in draft.values(Alarm)}
    for part, alarm in draft.pairs(Alarm):
        for number, cause in enumerate(alarm.causes):
            if cause == alarm.key:
                yield part.problem(("causes", number), f'"{cause}" would suppress itself')
            elif way := _way(cause, alarm.key, causes):
                circle = " → ".join((alarm.key, *way))
                yield part.problem(("causes", number), f"suppresses itself in a circle: {circle}")


def _way(start: str, end: str, causes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
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
