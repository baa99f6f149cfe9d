"""Alarms of a site as rows of the database: its own, and those of the catalogue."""

from collections.abc import Iterator
from typing import Any

from schemas.alarm.condition import Condition, Watch, encode
from schemas.catalogue import catalogue
from schemas.catalogue.alarms import DefaultAlarm, default_alarms
from schemas.quality import Qc
from schemas.site.alarms import Alarm
from schemas.site.catalogue_alarms import completed, says_what
from schemas.site.model import Point, Site
from schemas.site.table import Names, Row

MINUTE_S = 60.0
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
        if alarm.enabled:
            ref = watched(alarm, site)
            since = None if alarm.since is None else site.starts_at(alarm.since)
            row = definition_row(completed(alarm, site.points.get(ref or "")), ref)
            yield row | {"first_from": None, "since": since}


def definition_row(alarm: Alarm, ref: str | None) -> Row:
    """Return an alarm on a point as the database defines it; it leaves nothing to the catalogue."""
    minutes = alarm.respond_within_min
    return {
        "key": alarm.key,
        "name": _names(alarm.name),
        "priority": alarm.priority or "medium",
        "class": alarm.class_ or "process",
        "consequence": _names(alarm.consequence),
        "action": _names(alarm.action),
        "respond_within_s": None if minutes is None else minutes * MINUTE_S,
        "delay_on_s": alarm.delay_on_s or 0.0,
        "delay_off_s": alarm.delay_off_s or 0.0,
        "is_latching": alarm.latching or False,
        "condition": encode(_condition(alarm, ref)),
        "suppression": _suppression(alarm),
    }


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
            alarm = completed(Alarm(key="x", default=default.key), point)
            if says_what(alarm) and (default.key, ref) not in changed:
                row = definition_row(alarm, ref) | {"key": default_key(default.key, ref)}
                yield row | {"first_from": None, "since": None}


def _points_of(default: DefaultAlarm, site: Site) -> Iterator[Point | None]:
    if not default.roles:
        yield None
    kinds = {each.key: catalogue().kinds[each.kind] for each in (*site.asset, *site.stream)}
    for point in site.point:
        if point.role is not None:
            element, _, role = point.role.partition(".")
            if default.watches(kinds[element], role):
                yield point


def _names(names: Names | None) -> dict[str, str] | None:
    return None if names is None else names.model_dump()
