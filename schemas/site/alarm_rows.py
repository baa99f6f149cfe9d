"""Alarms of a site as rows of the database: its own, and those of the catalogue."""

from collections.abc import Iterator
from typing import Any

from schemas.alarm.condition import Condition, Watch, encode
from schemas.catalogue import catalogue
from schemas.catalogue.alarms import DefaultAlarm, Limit, default_alarms
from schemas.quality import Qc
from schemas.site.alarms import Alarm
from schemas.site.model import Point, Site
from schemas.site.table import Names, Row
from schemas.units import conversion

MINUTE_S = 60.0
SILENT_MIN_S = 600.0
_QC = {"suspect": Qc.SUSPECT, "fail": Qc.FAIL}


def alarm_rows(site: Site) -> dict[str, list[Row]]:
    """Return the wanted rows by the name of their kind, as `schemas.site.rows` does."""
    rows = [*_own(site), *_defaults(site)]
    return {"alarm": [{"key": row["key"]} for row in rows], "alarm definition": rows}


def watched(alarm: Alarm, site: Site) -> str | None:
    """Return the point that an alarm watches, "line/key"; None: the whole site."""
    if alarm.role is None:
        return alarm.point
    return next((point.ref for point in site.point if point.role == alarm.role), None)


def _own(site: Site) -> Iterator[Row]:
    for alarm in site.alarm:
        if not alarm.enabled:
            continue
        ref = watched(alarm, site)
        default = default_alarms().get(alarm.default or "")
        base = _of_default(default, site.points.get(ref or "")) if default else {}
        since = None if alarm.since is None else site.starts_at(alarm.since)
        yield definition_row(alarm, ref, base) | {"first_from": None, "since": since}


def definition_row(alarm: Alarm, ref: str | None, base: Row) -> Row:
    """Return an alarm on a point as the database defines it; `base` is what it leaves out."""
    minutes = alarm.respond_within_min
    given: Row = {
        "key": alarm.key,
        "name": _names(alarm.name),
        "priority": alarm.priority,
        "class": alarm.class_,
        "consequence": _names(alarm.consequence),
        "action": _names(alarm.action),
        "respond_within_s": None if minutes is None else minutes * MINUTE_S,
        "delay_on_s": alarm.delay_on_s,
        "delay_off_s": alarm.delay_off_s,
        "is_latching": alarm.latching,
    }
    row = {name: base.get(name) if value is None else value for name, value in given.items()}
    row |= {
        "priority": row["priority"] or "medium",
        "class": row["class"] or "process",
        "delay_on_s": row["delay_on_s"] or 0.0,
        "delay_off_s": row["delay_off_s"] or 0.0,
        "is_latching": row["is_latching"] or False,
    }
    condition = encode(_condition(alarm, ref))
    if base and condition["watch"] == Watch.VALUE and not _says_what(alarm):
        condition = base.get("condition", condition)
    return row | {"condition": condition, "suppression": _suppression(alarm)}


def replaced(site: Site) -> dict[str, str]:
    """Return the key of each catalogue alarm that the site file states, by the key it has there."""
    return {
        alarm.key: default_key(alarm.default, watched(alarm, site))
        for alarm in site.alarm
        if alarm.default
    }


def default_key(default: str, ref: str | None) -> str:
    """Return the key of an alarm of the catalogue at a point; of the whole site without one."""
    return f"{default}:{ref}" if ref else default


def _says_what(alarm: Alarm) -> bool:
    given = (alarm.above, alarm.below, alarm.states, alarm.quality, alarm.silent_s)
    return any(each is not None for each in (*given, alarm.rises_per_h, alarm.falls_per_h))


def _condition(alarm: Alarm, ref: str | None) -> Condition:
    deadband = alarm.deadband or 0.0
    if alarm.states is not None:
        return Condition(Watch.STATE, ref, codes=alarm.states)
    if alarm.quality is not None:
        return Condition(Watch.QUALITY, ref, qc_from=_QC[alarm.quality])
    if alarm.silent_s is not None:
        return Condition(Watch.SILENCE, ref, after_s=alarm.silent_s)
    if alarm.over_s is not None:
        falls = None if alarm.falls_per_h is None else -alarm.falls_per_h
        return Condition(Watch.RATE, ref, alarm.rises_per_h, falls, deadband, over_s=alarm.over_s)
    if alarm.mean_over_s is not None:
        watch, over_s = Watch.MEAN, alarm.mean_over_s
    else:
        watch, over_s = Watch.VALUE, 0.0
    limits = alarm.above, alarm.below, deadband
    return Condition(watch, ref, *limits, over_s=over_s, ahead_s=alarm.ahead_s or 0.0)


def _suppression(alarm: Alarm) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if alarm.causes:
        found["cause"] = list(alarm.causes)
    if alarm.stopped_point is not None:
        codes = list(alarm.stopped_states or (0,))
        found["stopped"] = {"point": alarm.stopped_point, "codes": codes}
    return found


def _defaults(site: Site) -> Iterator[Row]:
    """Yield the alarms of the catalogue that the site has and says nothing of."""
    changed = {(alarm.default, watched(alarm, site)) for alarm in site.alarm if alarm.default}
    for default in default_alarms().values():
        for point in _points_of(default, site):
            ref = point.ref if point else None
            row = _of_default(default, point)
            if row and (default.key, ref) not in changed:
                key = default_key(default.key, ref)
                yield {"key": key, **row, "suppression": {}, "first_from": None, "since": None}


def _points_of(default: DefaultAlarm, site: Site) -> Iterator[Point | None]:
    if not default.roles:
        yield None
    kinds = {each.key: catalogue().kinds[each.kind] for each in (*site.asset, *site.stream)}
    for point in site.point:
        if point.role is not None:
            element, _, role = point.role.partition(".")
            if default.watches(kinds[element], role):
                yield point


def _of_default(default: DefaultAlarm, point: Point | None) -> Row:
    """Return what the catalogue says of an alarm at a point; nothing without a limit there."""
    condition = _default_condition(default, point)
    if condition is None:
        return {}
    names = dict(default.name)
    if point is not None:
        of_point = point.name.model_dump()
        names = {language: f"{text}: {of_point[language]}" for language, text in names.items()}
    return {
        "name": names,
        "priority": default.priority,
        "class": default.alarm_class,
        "consequence": dict(default.consequence),
        "action": dict(default.action),
        "respond_within_s": default.respond_within_min * MINUTE_S,
        "condition": encode(condition),
        "delay_on_s": default.delay_on_s,
        "delay_off_s": default.delay_off_s,
        "is_latching": default.latching,
    }


def _default_condition(default: DefaultAlarm, point: Point | None) -> Condition | None:
    if point is None:
        return Condition(Watch.SILENCE, after_s=default.silent_s or SILENT_MIN_S)
    if default.states:
        return Condition(Watch.STATE, point.ref, codes=default.states)
    if default.quality is not None:
        return Condition(Watch.QUALITY, point.ref, qc_from=_QC[default.quality])
    if default.silent_intervals is not None:
        if point.expected_interval_s is None:
            return None
        after_s = max(default.silent_intervals * point.expected_interval_s, SILENT_MIN_S)
        return Condition(Watch.SILENCE, point.ref, after_s=after_s)
    return _of_limits(default, point)


def _of_limits(default: DefaultAlarm, point: Point) -> Condition | None:
    above, below = _limit(default.above, point, 1), _limit(default.below, point, 0)
    limit = below if above is None else above
    if limit is None:
        return None
    deadband = abs(limit) * default.deadband_percent / 100
    return Condition(Watch.VALUE, point.ref, above, below, deadband)


def _limit(limit: Limit | None, point: Point, end: int) -> float | None:
    """Return a limit in the unit of a point."""
    if limit is None or limit == "typical":
        return point.typical[end] if limit and point.typical else None
    role = catalogue().roles[str(point.role).partition(".")[2]]
    way = conversion(role.unit, point.unit)
    return float(limit) * way.scale + way.offset


def _names(names: Names | None) -> dict[str, str] | None:
    return None if names is None else names.model_dump()
