"""Alarms of the catalogue as tables `[[alarm]]` that say the same (pure)."""

from typing import Any

from schemas.catalogue import catalogue
from schemas.catalogue.alarms import DefaultAlarm, Limit, default_alarms
from schemas.site.alarms.alarm import Alarm
from schemas.site.model import Point
from schemas.site.table import InLanguages
from schemas.units import conversion

SILENT_MIN_S = 600.0
_LIMITS = ("above", "below")
_CONDITIONS = (*_LIMITS, "states", "quality", "silent_s", "rises_per_h", "falls_per_h")


def completed(alarm: Alarm, point: Point | None) -> Alarm:
    """Return an alarm with what it leaves out as the catalogue has it; of no default as it is."""
    default = default_alarms().get(alarm.default or "")
    if default is None:
        return alarm
    found = _texts(default, point) | {
        "priority": default.priority,
        "class_": default.alarm_class,
        "respond_within_min": default.respond_within_min,
        "delay_on_s": default.delay_on_s,
        "delay_off_s": default.delay_off_s,
        "latching": default.latching,
    }
    if not says_what(alarm):
        found |= _condition(default, point)
    limits = [found.get(key) or getattr(alarm, key) for key in _LIMITS]
    sizes = [abs(limit) for limit in limits if limit is not None]
    if sizes and default.deadband_percent:
        found["deadband"] = min(sizes) * default.deadband_percent / 100
    left_out = {key: value for key, value in found.items() if getattr(alarm, key) is None}
    return alarm.model_copy(update=left_out)


def says_what(alarm: Alarm) -> bool:
    """Tell whether an alarm says itself what is watched."""
    return any(getattr(alarm, key) is not None for key in _CONDITIONS)


def _texts(default: DefaultAlarm, point: Point | None) -> dict[str, Any]:
    names = dict(default.name)
    if point is not None:
        of_point = point.name.model_dump()
        names = {language: f"{text}: {of_point[language]}" for language, text in names.items()}
    texts = {"name": names, "consequence": default.consequence, "action": default.action}
    return {key: InLanguages.model_validate(dict(text)) for key, text in texts.items()}


def _condition(default: DefaultAlarm, point: Point | None) -> dict[str, Any]:
    """Return what is watched at a point; nothing where the catalogue cannot tell."""
    if not default.roles:
        return {"silent_s": default.silent_s or SILENT_MIN_S}
    if point is None:
        return {}
    if default.states:
        return {"states": default.states}
    if default.quality is not None:
        return {"quality": default.quality}
    if default.silent_intervals is not None:
        interval_s = point.expected_interval_s
        silent_s = interval_s and max(default.silent_intervals * interval_s, SILENT_MIN_S)
        return {"silent_s": silent_s}
    return _limits(default, point)


def _limits(default: DefaultAlarm, point: Point) -> dict[str, Any]:
    above = _limit(default, default.above, point, 1)
    below = _limit(default, default.below, point, 0)
    return {"above": above, "below": below}


def _limit(default: DefaultAlarm, limit: Limit | None, point: Point, end: int) -> float | None:
    """Return a limit in the unit of a point; None where the catalogue knows none for it."""
    if limit is None or limit == "typical":
        return point.typical[end] if limit and point.typical else None
    role = (point.role or "").partition(".")[2]
    if role not in {each.rpartition(".")[2] for each in default.roles}:
        return None
    way = conversion(catalogue().roles[role].unit, point.unit)
    return float(limit) * way.scale + way.offset
