"""Completeness of all points: ninety days at a glance, by line; and the same as rows of a file."""

from itertools import groupby
from typing import Any

import numpy as np
from dash import html

from dashboard.analysis.completeness import over
from dashboard.analysis.data_health import INCOMPLETE_SHARE
from dashboard.components.completeness_strip import strip
from dashboard.pages.context import PageContext
from dashboard.pages.data_health.findings import point_link
from dashboard.store.data_health import WEEK_DAYS, DataHealth
from dashboard.store.plant import SitePoint

ROWS_OF_A_LINE_MAX = 60


def completeness_table(health: DataHealth, context: PageContext) -> list[Any]:
    """Return a part for each line, folded together; its head has the line's own share.

    Of a line with very many points the least complete ones are shown; the file has them all.
    """
    ordered = sorted(context.plant.points.values(), key=lambda point: point.line)
    parts = []
    for _line, group in groupby(ordered, key=lambda point: point.line):
        points = list(group)
        parts.append(_line_part(points, health, context))
    return parts


def _line_part(points: list[SitePoint], health: DataHealth, context: PageContext) -> html.Details:
    display = context.display
    weeks = [health.points[point.path].week for point in points]
    known = [week for week in weeks if week is not None]
    share = display.percent(sum(known) / len(known)) if known else "–"
    head = f"{display.name(points[0].line_name)} · {share} · {len(points)}"
    shown = points
    if len(points) > ROWS_OF_A_LINE_MAX:
        shown = sorted(points, key=lambda point: _week(health.points[point.path].week))
        shown = shown[:ROWS_OF_A_LINE_MAX]
    rows = [_row(point, health, context) for point in shown]
    if beyond := len(points) - len(shown):
        rows.append(html.Div(display.text("health.in_file", count=beyond), className="note"))
    return html.Details([html.Summary(head), *rows], className="folded")


def _week(share: float | None) -> float:
    """Return how far behind the least complete a point stands."""
    return 1.0 if share is None else share


def _row(point: SitePoint, health: DataHealth, context: PageContext) -> html.Div:
    display, week = context.display, health.points[point.path].week
    is_low = week is not None and week < INCOMPLETE_SHARE
    return html.Div(
        [
            point_link(point, context),
            html.Span(
                f"{'▲ ' if is_low else ''}{display.percent(week)}" if week is not None else "–",
                className="health-share low" if is_low else "health-share",
            ),
            strip(health.shares[point.path], health.days, display),
        ],
        className="health-row",
    )


def completeness_rows(health: DataHealth, context: PageContext) -> list[dict[str, object]]:
    """Return a row for each point: what it is, the share of the last week, and of each day."""
    rows = []
    for path, point in context.plant.points.items():
        shares = health.shares[path]
        row: dict[str, object] = {
            "point": path,
            "tag": point.tag,
            "name": context.display.name(point.name),
            "last_7_days": over(shares[:-1], WEEK_DAYS),
        }
        by_day = zip(health.days, shares, strict=True)
        row |= {f"{day}": None if np.isnan(share) else float(share) for day, share in by_day}
        rows.append(row)
    return rows
