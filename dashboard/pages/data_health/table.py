"""Completeness of all points: ninety days at a glance, by line; and the same as rows of a file."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from dash import html

from dashboard.analysis.completeness import over
from dashboard.analysis.data_health import INCOMPLETE_SHARE, completeness
from dashboard.components.completeness_strip import strip
from dashboard.pages.context import PageContext
from dashboard.pages.data_health.findings import point_link
from dashboard.store.connections import Sender
from dashboard.store.data_health import WEEK_DAYS, DataHealth
from dashboard.store.instruments import Instrument, instrument_names
from dashboard.store.plant import Plant, SitePoint
from dashboard.web.display import DisplaySettings

ROWS_OF_A_LINE_MAX = 60


def completeness_table(
    health: DataHealth, devices: Sequence[Instrument], context: PageContext
) -> list[Any]:
    """Return a part for each line, folded together; its head has the line's own share.

    Of a line with very many points the least complete ones are shown; the file has them all. The
    instruments have a part of their own.
    """
    ordered = sorted(context.plant.points.values(), key=lambda point: point.line)
    parts = []
    for _line, group in groupby(ordered, key=lambda point: point.line):
        points = list(group)
        parts.append(_line_part(points, health, context))
    shares = device_weeks(health, devices, context.plant)
    return [*parts, _devices_part(devices, shares, context)] if shares else parts


def _line_part(points: list[SitePoint], health: DataHealth, context: PageContext) -> html.Details:
    display = context.display
    weeks = [health.points[point.path].week for point in points]
    known = [week for week in weeks if week is not None]
    share = display.percent(sum(known) / len(known)) if known else "–"
    head = f"{display.name(points[0].line_name)} · {share} · {len(points)}"
    shown = [point for point in points if point.path in health.shares]
    if len(shown) < len(points):
        shown.sort(key=lambda point: completeness(health.points[point.path]))
    rows = [_row(point, health, context) for point in shown]
    if beyond := len(points) - len(shown):
        rows.append(html.Div(display.text("health.in_file", count=beyond), className="note"))
    return html.Details([html.Summary(head), *rows], className="folded")


def device_weeks(
    health: DataHealth, devices: Sequence[Instrument], plant: Plant
) -> dict[str, float]:
    """Return the share of the last week of each instrument, over its points; the least first."""
    paths = {point.point_id: path for path, point in plant.points.items()}
    shares = {}
    for each in devices:
        weeks = [health.points[paths[one]].week for one in each.point_ids if one in paths]
        known = [week for week in weeks if week is not None]
        if known:
            shares[each.key] = sum(known) / len(known)
    return dict(sorted(shares.items(), key=lambda item: item[1]))


def _devices_part(
    devices: Sequence[Instrument], shares: dict[str, float], context: PageContext
) -> html.Details:
    names = instrument_names(devices)
    head = f"{context.display.text('health.instruments')} · {len(shares)}"
    rows = [
        html.Div([html.Span(names[key]), _share(share, context.display)], className="health-row")
        for key, share in list(shares.items())[:ROWS_OF_A_LINE_MAX]
    ]
    return html.Details([html.Summary(head), *rows], className="folded")


def _row(point: SitePoint, health: DataHealth, context: PageContext) -> html.Div:
    return html.Div(
        [
            point_link(point, context),
            _share(health.points[point.path].week, context.display),
            strip(health.shares[point.path], health.days, context.display),
        ],
        className="health-row",
    )


def _share(week: float | None, display: DisplaySettings) -> html.Span:
    is_low = week is not None and week < INCOMPLETE_SHARE
    return html.Span(
        f"{'▲ ' if is_low else ''}{display.percent(week)}" if week is not None else "–",
        className="health-share low" if is_low else "health-share",
    )


def completeness_rows(
    health: DataHealth,
    devices: Sequence[Instrument],
    sending: Sequence[Sender],
    context: PageContext,
) -> list[dict[str, object]]:
    """Return a row for each point: what it is, the shares of the last week, and of each day.

    With the share of the instrument that serves it (of one without, of nothing), and how the
    gateway of its line is.
    """
    weeks = device_weeks(health, devices, context.plant)
    serving = {one: each for each in devices for one in each.point_ids}
    gateways = {each.line: each for each in sending}
    rows = []
    for path, point in context.plant.points.items():
        shares = health.shares[path]
        row: dict[str, object] = {
            "point": path,
            "tag": point.tag,
            "name": context.display.name(point.name),
            "last_7_days": over(shares[:-1], WEEK_DAYS),
            "worked_on_last_7_days": health.points[path].worked,
        }
        device = serving.get(point.point_id)
        row["instrument"] = None if device is None else device.description
        row["instrument_last_7_days"] = None if device is None else weeks.get(device.key)
        gateway = gateways.get(point.line)
        row["line"] = point.line
        row["line_heard_at"] = gateway.heard_at if gateway else None
        row["line_delay_s"] = gateway.delay_s if gateway else None
        row["line_missing_messages"] = gateway.missing if gateway else None
        by_day = zip(health.days, shares, strict=True)
        row |= {f"{day}": None if np.isnan(share) else float(share) for day, share in by_day}
        rows.append(row)
    return rows
