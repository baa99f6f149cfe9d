"""Ninety days at a glance: a bar a day as high as what came, what is missing above it in colour."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from urllib.parse import quote

import numpy as np
from dash import html

from dashboard.analysis.completeness import Floats
from dashboard.charts.palette import Palette, palette_of
from dashboard.web.display import DisplaySettings

HEIGHT = 20  # of the drawing, in its own units; a day is 1 wide
HALF = 0.5


def strip(shares: Floats, days: Sequence[date], display: DisplaySettings) -> html.Img:
    """Return the drawing of the shares of `days`, 0 to 1, NaN where nothing was due."""
    words = _words(shares, days, display)
    return html.Img(
        src=f"data:image/svg+xml,{quote(_svg(shares, palette_of(display.scheme)))}",
        className="strip",
        alt=words,
        title=words,
    )


def _words(shares: Floats, days: Sequence[date], display: DisplaySettings) -> str:
    """Return what the drawing says: from when to when, and the worst day."""
    span = f"{display.day(days[0])} – {display.day(days[-1])}"
    if np.isnan(shares).all():
        return f"{span}: {display.text('health.nothing_due')}"
    worst = int(np.nanargmin(shares))
    return display.text(
        "health.worst",
        span=span,
        day=display.day(days[worst]),
        share=display.percent(shares[worst]),
    )


def _svg(shares: Floats, colours: Palette) -> str:
    heights = np.where(np.isnan(shares), -1, np.floor(shares * HEIGHT)).astype(int)
    came: list[str] = []
    gaps: list[str] = []
    holes: list[str] = []
    begin = 0
    for height, run in groupby(heights):
        width = len(list(run))
        if height > 0:
            came.append(_bar(begin, width, 0, height))
        if 0 <= height < HEIGHT:
            missing = gaps if height >= HALF * HEIGHT else holes
            missing.append(_bar(begin, width, height, HEIGHT))
        begin += width
    paths = (
        f'<path fill="{colour}" d="{"".join(bars)}"/>'
        for colour, bars in ((colours.axis, came), (colours.suspect, gaps), (colours.bad, holes))
        if bars
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(shares)} {HEIGHT}"'
        f' preserveAspectRatio="none">{"".join(paths)}</svg>'
    )


def _bar(left: int, width: int, low: int, high: int) -> str:
    return f"M{left} {HEIGHT - high}h{width}v{high - low}h{-width}z"
