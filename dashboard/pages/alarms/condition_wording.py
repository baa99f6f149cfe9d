"""What an alarm watches, in words."""

from collections.abc import Iterator

from dashboard.charts.decimals import decimals
from dashboard.pages.alarms.wording import duration_text, value_text
from dashboard.pages.context import PageContext
from dashboard.store.alarm_definitions import Definition
from dashboard.store.plant import SitePoint
from dashboard.web.display import DisplaySettings
from schemas.alarm.condition import Condition, Watch, decode
from schemas.quality import Qc
from schemas.site.alarms.points import points_of


def condition_of(definition: Definition) -> Condition:
    """Return what an alarm watches."""
    return decode(
        definition.condition,
        delay_on_s=definition.delay_on_s,
        delay_off_s=definition.delay_off_s,
    )


def condition_text(definition: Definition, context: PageContext) -> str:
    """Return when an alarm is on, in one line."""
    condition, display = condition_of(definition), context.display
    watched = [condition.point or ""]
    if condition.role is not None:
        watched = points_of([condition.role], context.plant.roles)[:1]
    point = next((context.plant.all_points.get(each) for each in watched), None)
    parts = list(_parts(condition, point, display))
    if condition.delay_on_s:
        time = duration_text(condition.delay_on_s, display)
        parts.append(display.text("condition.for", time=time))
    return ", ".join(parts)


def _parts(
    condition: Condition, point: SitePoint | None, display: DisplaySettings
) -> Iterator[str]:
    match condition.watch:
        case Watch.SILENCE:
            time = duration_text(condition.after_s, display)
            yield display.text("condition.silence", time=time)
        case Watch.QUALITY:
            bad = condition.qc_from >= Qc.FAIL
            yield display.text("condition.quality.fail" if bad else "condition.quality.suspect")
        case Watch.STATE:
            names = (value_text(float(code), point, display) for code in condition.codes)
            yield display.text("condition.state", states=" / ".join(names))
        case Watch.RATE:
            yield from _rates(condition, point, display)
        case _:
            yield from _limits(condition, point, display)


def _rates(
    condition: Condition, point: SitePoint | None, display: DisplaySettings
) -> Iterator[str]:
    time = duration_text(condition.over_s, display)
    for key, limit in (("rises", condition.above), ("falls", condition.below)):
        if limit is not None:
            value = f"{number_text(abs(limit), point, display)}/h"
            yield display.text(f"condition.{key}", value=value, time=time)


def _limits(
    condition: Condition, point: SitePoint | None, display: DisplaySettings
) -> Iterator[str]:
    if condition.watch is Watch.MEAN:
        time = duration_text(condition.over_s, display)
        yield display.text("condition.mean", time=time)
    for key, limit in (("above", condition.above), ("below", condition.below)):
        if limit is not None:
            value = number_text(limit, point, display)
            yield display.text(f"condition.{key}", value=value)
    if condition.ahead_s:
        time = duration_text(condition.ahead_s, display)
        yield display.text("condition.ahead", time=time)


def number_text(value: float, point: SitePoint | None, display: DisplaySettings) -> str:
    """Return a limit with the unit of its point, with as many decimals as it was written with."""
    places = decimals(point.typical_lo, point.typical_hi) if point is not None else 0
    unit = point.unit_display if point is not None else ""
    return f"{display.exact(value, places)} {unit}".strip()
