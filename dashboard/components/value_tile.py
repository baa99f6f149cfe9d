"""A value that the page keeps current by itself: number, unit, age, quality, origin, limit.

The server writes what does not change: name, unit, decimals, scale. `assets/values.js` fills in
the rest from the stream and counts the age. Elements are found by `data-point`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from dashboard.charts.decimals import NO_VALUE, decimals
from dashboard.components.point_lines import bound_text
from dashboard.store.limits import LimitRow
from dashboard.store.plant import SitePoint
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import TrendRequest, path

SCALE_MARGIN = 0.5  # a bar reaches this share of the typical span beyond it


def tile(
    point: SitePoint, display: DisplaySettings, *, label: str = "", limits: Sequence[LimitRow] = ()
) -> Any:
    """Return a tile: the number large, what qualifies it below. It leads to its trend."""
    content = [
        html.Div(display.hyphenated(label or display.name(point.name)), className="value-name"),
        html.Div(_number(point), className="tile-number"),
        _bar(point, limits),
        html.Div([*_qualities(), _origin(point, display)], className="value-foot"),
        html.Div(limit_text(limits, display), className="value-limit"),
    ]
    return _linked(content, point, display, "tile")


def chip(point: SitePoint, display: DisplaySettings, label: str, beside: Sequence[Any] = ()) -> Any:
    """Return a small value for the process drawing; `beside` stands behind its label."""
    content = [
        html.Span([display.hyphenated(label), *beside], className="value-name"),
        html.Span(_number(point), className=f"chip-number{' chip-state' if point.states else ''}"),
        html.Span([*_qualities(), _origin(point, display, short=True)], className="value-foot"),
    ]
    return _linked(content, point, display, "chip")


def group_chip(points: Sequence[SitePoint], display: DisplaySettings, label: str, to: str) -> Any:
    """Return the values of several points that mean the same, as a small one that leads to `to`.

    The page's script shows from the lowest to the highest, or how many are in which state; the
    worst of their qualities, and the highest of their ages.
    """
    origins = [origin for point in points if (origin := _origin(point, display, short=True))]
    content = [
        html.Span(display.hyphenated(label), className="value-name"),
        html.Span(_number(points[0]), className="chip-number"),
        html.Span([*_qualities(), *origins[:1]], className="value-foot"),
    ]
    names = "\n".join(f"{point.tag} {display.name(point.name)}" for point in points)
    link = dcc.Link(content, href=display.address(to), title=names, className="value-link")
    data = {
        "data-points": " ".join(str(point.point_id) for point in points),
        "data-decimals": _data(points[0])["data-decimals"],
        "data-intervals-s": " ".join(str(point.expected_interval_s or 0) for point in points),
    }
    return html.Div(link, className="chip value", **data)


def watched(points: Iterable[SitePoint]) -> dict[str, str]:
    """Return the attributes by which the page's script sees whether any point deviates."""
    known = list(points)
    return {
        "data-members": " ".join(str(point.point_id) for point in known),
        "data-intervals-s": " ".join(str(point.expected_interval_s or 0) for point in known),
    }


def deviation_mark() -> Any:
    """Return the sign that the page's script shows within what is `watched`, if any deviates."""
    return html.Span(html.Span("", className="mark"), className="stage-mark", hidden=True)


def value_now(point: SitePoint, display: DisplaySettings) -> Any:
    """Return a value in a row of text: number, quality and age, kept current as in a tile."""
    content = [
        html.Span(_number(point)),
        html.Span([*_qualities(), _origin(point, display, short=True)], className="value-foot"),
    ]
    return html.Span(content, className="value-now value", **_data(point))


def trend_of(*points: SitePoint) -> str:
    """Return the address of the trend of some points."""
    return path(TrendRequest().of(tuple(point.path for point in points)))


def hint(point: SitePoint, display: DisplaySettings) -> str:
    """Return what a pointer that rests on the value is told: tag, name, range, origin, note."""
    parts = [f"{point.tag} {display.name(point.name)}"]
    if point.typical_lo is not None and point.typical_hi is not None:
        count = decimals(point.typical_lo, point.typical_hi)
        low, high = (display.number(end, count) for end in (point.typical_lo, point.typical_hi))
        parts.append(f"{display.text('limit.typical')} {low} – {high} {point.unit_display}")
    if point.provenance in {"synthetic", "replayed", "calculated"}:
        parts.append(display.text(f"origin.{point.provenance}_hint"))
    if point.note is not None:
        parts.append(point.note)
    return "\n".join(parts)


def limit_text(limits: Sequence[LimitRow], display: DisplaySettings) -> str:
    """Return the strictest limits as text, such as `raja ≤ 0,30 (vuosikeskiarvo, esimerkki)`.

    Of lower limits the highest is the strictest, of upper ones the lowest; a lower one comes first.
    """
    lower = [row for row in limits if row.bound == "min"]
    upper = [row for row in limits if row.bound == "max"]
    strictest = [
        *([max(lower, key=lambda row: row.value)] if lower else []),
        *([min(upper, key=lambda row: row.value)] if upper else []),
    ]
    if not strictest:
        return ""
    bounds = " / ".join(bound_text(row, display) for row in strictest)
    return f"{display.text('limit.word')} {bounds}"


def _linked(content: list[Any], point: SitePoint, display: DisplaySettings, kind: str) -> Any:
    link = dcc.Link(
        content,
        href=display.address(trend_of(point)),
        title=hint(point, display),
        className="value-link",
    )
    return html.Div(link, className=f"{kind} value", **_data(point))


def _number(point: SitePoint) -> list[Any]:
    unit = "" if point.states else point.unit_display
    return [
        html.Span(NO_VALUE, className="number"),
        html.Span(f" {unit}" if unit else "", className="unit"),
    ]


def _qualities() -> list[Any]:
    return [html.Span("", className="mark"), html.Span("", className="age")]


def _origin(point: SitePoint, display: DisplaySettings, *, short: bool = False) -> Any:
    if point.provenance not in {"synthetic", "calculated"}:
        return None
    short_of = "short." if short else ""
    words = display.text(f"origin.{short_of}{point.provenance}")
    return html.Span(words, className=f"origin origin-{point.provenance}")


@dataclass(frozen=True)
class Scale:
    """The ends of a bar."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """Return where on the bar a value lies, 0 to 100."""
        return max(0.0, min(100.0, 100.0 * (value - self.low) / (self.high - self.low)))


def scale_of(point: SitePoint) -> Scale | None:
    """Return the scale of a point's bar: its typical range and some room, within its range."""
    low, high = point.typical_lo, point.typical_hi
    if point.states or low is None or high is None or low >= high:
        return None
    room = SCALE_MARGIN * (high - low)
    least = low - room if point.range_lo is None else max(low - room, point.range_lo)
    most = high + room if point.range_hi is None else min(high + room, point.range_hi)
    return Scale(least, most)


def _bar(point: SitePoint, limits: Sequence[LimitRow]) -> Any:
    scale = scale_of(point)
    if scale is None or point.typical_lo is None or point.typical_hi is None:
        return html.Div(className="bar bar-none")
    left, right = scale.percent(point.typical_lo), scale.percent(point.typical_hi)
    inside = [limit for limit in limits if scale.low <= limit.value <= scale.high]
    return html.Div(
        [
            html.Div(className="bar-typical", style=_span(left, right - left)),
            *(
                html.Div(className="bar-limit", style={"left": f"{scale.percent(one.value):.1f}%"})
                for one in inside
            ),
            html.Div(className="bar-needle", hidden=True),
        ],
        className="bar",
    )


def _span(left: float, width: float) -> dict[str, str]:
    return {"left": f"{left:.1f}%", "width": f"{width:.1f}%"}


def _data(point: SitePoint) -> dict[str, str]:
    """Return the attributes that the page's script reads."""
    scale = scale_of(point)
    data = {
        "data-point": str(point.point_id),
        "data-decimals": str(decimals(point.typical_lo, point.typical_hi)),
        "data-interval-s": str(point.expected_interval_s or ""),
    }
    if scale is not None:
        data |= {"data-low": str(scale.low), "data-high": str(scale.high)}
    return data


def point_facts(point: SitePoint, display: DisplaySettings) -> dict[str, Any]:
    """Return what the list of deviations must know of a point, as JSON can carry it."""
    return {
        "id": point.point_id,
        "name": display.hyphenated(display.name(point.name)),
        "unit": "" if point.states else point.unit_display,
        "decimals": decimals(point.typical_lo, point.typical_hi),
        "interval_s": point.expected_interval_s,
        "typical": [point.typical_lo, point.typical_hi],
        "href": display.address(trend_of(point)),
    }
