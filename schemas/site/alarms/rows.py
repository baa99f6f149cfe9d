"""Alarms of a site as rows of the database: its own, and those of the catalogue."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from schemas.alarm.condition import Condition, Watch, encode
from schemas.catalogue.alarms import default_alarms
from schemas.formula.site_roles import SiteRoles
from schemas.quality import Qc
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.defaults import completed, says_what
from schemas.site.alarms.points import (
    PointNames,
    at_points,
    is_of_many,
    key_at,
    points_of,
    role_name,
)
from schemas.site.model import Site
from schemas.site.roles import site_roles
from schemas.site.table import Names, Row

MINUTE_S = 60.0
_QC = {"suspect": Qc.SUSPECT, "fail": Qc.FAIL}


def alarm_rows(site: Site) -> dict[str, list[Row]]:
    """Return the wanted rows by the name of their kind, as `schemas.site.rows` does."""
    rows = [*_own(site), *_defaults(site)]
    return {"alarm": [{"key": row["key"]} for row in rows], "alarm definition": rows}


def site_alarms(site: Site) -> list[Alarm]:
    """Return the alarms that the site file states, also those it turns off, each at its point.

    One that is for a single point stands before one for all of its role.
    """
    roles, names = site_roles(site), {point.ref: point.name.model_dump() for point in site.point}
    placed = [(alarm, each) for alarm in site.alarm for each in at_points(alarm, roles, names)]
    single = {(each.default, each.point) for alarm, each in placed if not is_of_many(alarm)}
    return [
        each
        for alarm, each in placed
        if not is_of_many(alarm) or each.default is None or (each.default, each.point) not in single
    ]


def _own(site: Site) -> Iterator[Row]:
    points = site.points
    for alarm in site_alarms(site):
        whole = completed(alarm, points.get(alarm.point or ""))
        # At some points of a role the catalogue has no limit.
        if alarm.enabled and says_what(whole):
            since = None if alarm.since is None else site.starts_at(alarm.since)
            yield definition_row(whole) | {"first_from": None, "since": since}


def definition_row(alarm: Alarm, unit: str | None = None) -> Row:
    """Return an alarm as the database defines it; it leaves nothing to the catalogue.

    `unit` is that of the limits of an alarm of many points.
    """
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
        "condition": encode(_condition(alarm, unit)),
        "suppression": _suppression(alarm),
    }


def rows_at(alarm: Alarm, roles: SiteRoles, names: PointNames) -> list[Row]:
    """Return what an alarm of a role is at each of its points, as the database defines it."""
    return [definition_row(each) for each in at_points(alarm, roles, names)]


def replaced(site: Site) -> dict[str, str]:
    """Return the key of each catalogue alarm that the site file states, by the key it has there."""
    return {
        alarm.key: key_at(alarm.default, alarm.point)
        for alarm in site_alarms(site)
        if alarm.default
    }


def _condition(alarm: Alarm, unit: str | None) -> Condition:
    condition = Condition(
        _watch(alarm),
        alarm.point,
        alarm.above,
        alarm.below,
        alarm.deadband or 0.0,
        codes=alarm.states or (),
        after_s=alarm.silent_s or 0.0,
        over_s=alarm.over_s or alarm.mean_over_s or 0.0,
        ahead_s=alarm.ahead_s or 0.0,
        role=role_name(alarm),
        unit=unit,
    )
    if alarm.quality is not None:
        return replace(condition, qc_from=_QC[alarm.quality])
    if condition.watch is Watch.RATE:
        falls = None if alarm.falls_per_h is None else -alarm.falls_per_h
        return replace(condition, above=alarm.rises_per_h, below=falls)
    return condition


def _watch(alarm: Alarm) -> Watch:
    given = (
        (Watch.STATE, alarm.states),
        (Watch.QUALITY, alarm.quality),
        (Watch.SILENCE, alarm.silent_s),
        (Watch.RATE, alarm.over_s),
        (Watch.MEAN, alarm.mean_over_s),
    )
    return next((watch for watch, value in given if value is not None), Watch.VALUE)


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
    changed = {(alarm.default, alarm.point) for alarm in site_alarms(site) if alarm.default}
    roles, points = site_roles(site), site.points
    for default in default_alarms().values():
        places: list[str | None] = [*points_of(default.roles, roles)] if default.roles else [None]
        for ref in places:
            alarm = Alarm(key="x", default=default.key, point=ref)
            alarm = completed(alarm, points.get(ref or ""))
            if says_what(alarm) and (default.key, ref) not in changed:
                row = definition_row(alarm) | {"key": key_at(default.key, ref)}
                yield row | {"first_from": None, "since": None}


def _names(names: Names | None) -> dict[str, str] | None:
    return None if names is None else names.model_dump()
