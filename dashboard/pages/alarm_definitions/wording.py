"""Definitions of alarms in words: their classes, and what does not fit."""

from typing import Any

from dashboard.pages.context import PageContext
from dashboard.web.display import DisplaySettings
from schemas.site.alarms.surroundings import Fault

CLASSES = ("process", "safety", "environment", "quality", "equipment", "instrument", "system")


def class_text(key: str | None, display: DisplaySettings) -> str:
    """Return what a class is called; one of the site's own as the site calls it."""
    return display.text(f"alarm_class.{key}") if key in CLASSES else key or ""


def fault_text(fault: Fault, context: PageContext) -> str:
    """Return a sentence that says what does not fit."""
    told = {name: _told(value, context) for name, value in fault.values.items()}
    return context.display.text(f"alarm_fault.{fault.code}", **told)


def _told(value: Any, context: PageContext) -> str:
    if isinstance(value, float):
        return context.display.exact(value)
    point = context.plant.all_points.get(str(value))
    return str(value) if point is None else f"{context.display.name(point.name)} ({point.tag})"
