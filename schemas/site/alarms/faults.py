"""What is wrong with an alarm beside points, the catalogue and other alarms; in no language yet.

One set of checks for alarms of a site file and for those that engineers enter in the app.
"""

from collections.abc import Iterator, Sequence

from schemas.catalogue import catalogue
from schemas.catalogue.alarms import default_alarms
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.causes import cause_faults
from schemas.site.alarms.defaults import says_what
from schemas.site.alarms.points import at_points, is_of_many
from schemas.site.alarms.surroundings import Fault, Surroundings, WatchedPoint

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

LIMITS = ("above", "below", "rises_per_h", "falls_per_h")


def alarm_faults(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    """Yield what is wrong with an alarm; of one of many points what is wrong at the first."""
    yield from _place(alarm, around)
    places = [each for each in at_points(alarm, around.roles) if each.point in around.points]
    found = [around.complete(each) for each in places] or [around.complete(alarm)]
    if is_of_many(alarm):
        yield from _many(alarm, places, around)
        # Those at which the catalogue has no limit do without.
        found = [each for each in found if says_what(each)] or found[:1]
    faults: dict[tuple[object, ...], Fault] = {}
    for each in found:
        for fault in _at(each, around):
            faults.setdefault((fault.keys, fault.code, fault.values.get("key")), fault)
    yield from faults.values()


def _at(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    """Yield what is wrong with an alarm at one point, or of the whole site."""
    yield from _texts(alarm)
    point = around.points.get(alarm.point or "")
    yield from _one_condition(alarm, is_placed=point is not None)
    yield from _deadband(alarm, point)
    if point is not None:
        yield from _fits(alarm, point)
    yield from _stop(alarm, around)
    yield from cause_faults(alarm, around)


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
    if alarm.kind is not None and (alarm.role is None or "." in alarm.role):
        code = "kind_alone" if alarm.role is None else "kind_and_asset"
        yield Fault(("kind",), code, {"role": alarm.role})
    if alarm.point is not None and alarm.role is not None:
        yield Fault(("role",), "point_and_role")
    elif alarm.role is not None:
        yield from _role(alarm, around)
    elif alarm.point is None:
        of_site = alarm.silent_s is not None or alarm.default == "nothing_arrives"
        if not of_site:
            yield Fault((), "no_place")
    elif alarm.point not in around.refs:
        yield Fault(("point",), "no_point", {"point": alarm.point}, alarm.point, around.refs)


def _role(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    """Yield why no point has the role of an alarm."""
    role, places = alarm.role or "", around.roles.points
    told = {"role": role}
    if not is_of_many(alarm):
        item, _, of_item = role.partition(".")
        if (item, of_item) not in places:
            yield Fault(("role",), "no_role", told, role, [f"{i}.{r}" for i, r in places])
        return
    kind = catalogue().kinds.get(alarm.kind or "")
    if alarm.kind is not None and kind is None:
        kinds = sorted({each for item in around.roles.items.values() for each in item.kinds})
        yield Fault(("kind",), "no_kind", {"kind": alarm.kind}, alarm.kind, kinds)
    elif kind is not None and role not in kind.roles:
        known = list(kind.roles)
        yield Fault(("role",), "no_role_of_kind", {**told, "kind": kind.key}, role, known)
    elif not at_points(alarm, around.roles):
        known = sorted({each for _, each in places})
        yield Fault(("role",), "no_role", told, role, known)


def _many(alarm: Alarm, places: Sequence[Alarm], around: Surroundings) -> Iterator[Fault]:
    """Yield what is wrong with an alarm of many points as a whole."""
    if alarm.key in default_alarms() and alarm.key != alarm.default:
        yield Fault(("key",), "key_of_catalogue", {"key": alarm.key})
    units: dict[str, str | None] = {}
    for each in places:
        units.setdefault(around.points[each.point or ""].unit, each.point)
    first, *others = units.items() if units else [("", None)]
    limit = next((key for key in LIMITS if getattr(alarm, key) is not None), None)
    if limit and others:
        unit, ref = others[0]
        told = {"point": first[1], "unit": first[0], "other": ref, "other_unit": unit}
        yield Fault((limit,), "several_units", told)


def _deadband(alarm: Alarm, point: WatchedPoint | None) -> Iterator[Fault]:
    if alarm.above is not None and alarm.below is not None and alarm.below >= alarm.above:
        yield Fault(("below",), "limits_cross")
        return
    if not alarm.deadband:
        return
    both = alarm.above is not None and alarm.below is not None
    room = (alarm.above or 0) - (alarm.below or 0) if both else _room(alarm, point)
    if room is not None and alarm.deadband >= room:
        code = "wider_than_room" if both else "wider_than_limit"
        yield Fault(("deadband",), code, {"deadband": alarm.deadband, "room": room})


def _room(alarm: Alarm, point: WatchedPoint | None) -> float | None:
    """Return how far a value can come back from the limit; None if nothing is known of that.

    To the other end of the range of the point, if it has one, else to 0; a rate to 0.
    """
    lo, hi = (point and point.range) or (None, None)
    if alarm.above is not None:
        return alarm.above - lo if lo is not None else abs(alarm.above) or None
    if alarm.below is not None:
        return hi - alarm.below if hi is not None else abs(alarm.below) or None
    rates = [each for each in (alarm.rises_per_h, alarm.falls_per_h) if each is not None]
    return min(rates, default=None)


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
