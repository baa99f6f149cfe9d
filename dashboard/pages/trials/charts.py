"""The charts of a trial: its points grouped by unit, and a pilot point against the plant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.analysis.comparison import Comparison, Side, asked_window, compare
from dashboard.charts.annotations import Mark, with_marks
from dashboard.charts.decimals import decimals
from dashboard.charts.layout import Figure
from dashboard.charts.line import Line
from dashboard.charts.trend import trend
from dashboard.components.chart_card import (
    ChartContext,
    ChartResult,
    LegendEntry,
    draw_points,
    with_notes,
)
from dashboard.components.chart_table import line_table
from dashboard.components.point_lines import lines_of, words
from dashboard.store import history
from dashboard.store.plant import SitePoint
from dashboard.web.trend_url import POINTS_MAX

RELATIVE_DECIMALS = 2
NO_TRUE_ZERO = frozenset({"°C", "pH", "mV"})
FLAT_SHARE = 0.2  # of the axis
SAME_SIZE_RATIO = 4.0  # beyond this one of two lines would lie flat on the axis


@dataclass(frozen=True)
class Group:
    """Points that share a card: those of one unit, or all states; `key` names it in the page.

    Dash calls a card when the window of all cards changes only if the name is no number.
    """

    key: str
    unit: str
    points: tuple[SitePoint, ...]


def groups(points: Mapping[str, SitePoint]) -> list[Group]:
    """Group points by unit in their order, at most POINTS_MAX in a card; states come last."""
    measured: dict[str, list[SitePoint]] = {}
    for point in points.values():
        if not point.states:
            measured.setdefault(point.unit_display, []).append(point)
    states = [point for point in points.values() if point.states]
    return [
        Group(f"point-{found[first].point_id}", unit, tuple(found[first : first + POINTS_MAX]))
        for unit, found in [*measured.items(), ("", states)]
        for first in range(0, len(found), POINTS_MAX)
    ]


def flat(points: Sequence[SitePoint]) -> frozenset[str]:
    """Return those points that would lie flat on the axis of the others: they get one each."""
    known = [
        (point.path, point.typical_lo, point.typical_hi)
        for point in points
        if point.typical_lo is not None and point.typical_hi is not None and not point.states
    ]
    if len(known) < 2:
        return frozenset()
    whole = max(high for _, _, high in known) - min(low for _, low, _ in known)
    return frozenset(name for name, low, high in known if (high - low) < FLAT_SHARE * whole)


def draw_group(chart: ChartContext, group: Group, marks: Sequence[Mark]) -> ChartResult | None:
    """Draw the points of a group with what people noted."""
    names = [point.path for point in group.points]
    found = draw_points(chart, names, flat(group.points))
    return found and with_notes(replace(found, figure=_marked(found.figure, marks, chart)), chart)


@dataclass(frozen=True)
class Pair:
    """What is compared: a point of the pilot, one of the plant, and how."""

    pilot: SitePoint
    reference: SitePoint
    delay_min: float
    relative: bool

    @property
    def same_unit(self) -> bool:
        """Whether the two can share an axis as they are."""
        first, second = self.pilot, self.reference
        return (first.unit_display, first.species) == (second.unit_display, second.species)


def is_same_size(first: SitePoint, second: SitePoint) -> bool:
    """Tell whether the typical values of two points are of one size; true if nobody knows."""
    sizes = [
        max(abs(point.typical_lo or 0.0), abs(point.typical_hi or 0.0)) for point in (first, second)
    ]
    return min(sizes) <= 0 or max(sizes) / min(sizes) <= SAME_SIZE_RATIO


def letters(tag: str) -> str:
    """Return the letters of a tag that say what is measured: `FT` of `A-FT-1`."""
    return "".join(tag.split("-")[1:2])


def draw_pair(
    chart: ChartContext, pair: Pair, marks: Sequence[Mark]
) -> tuple[ChartResult, Comparison]:
    """Draw pilot and reference on one axis; points of two units are always relative."""
    px, zone = chart.display.frame.plot_width_px, chart.display.zone
    moved = asked_window(chart.window, pair.delay_min)
    own = history.series(chart.connection, [pair.pilot], chart.window, zone, px)
    other = history.series(chart.connection, [pair.reference], moved, zone, px)
    found = compare(
        Side(own[pair.pilot.point_id], pair.pilot.intervals),
        Side(other[pair.reference.point_id], pair.reference.intervals),
        chart.window,
        pair.delay_min,
        relative=pair.relative or not pair.same_unit,
    )
    lines = _pair_lines(chart, pair, found)
    figure = trend(lines, chart.window, chart.now, chart.display.frame, words(chart.display))
    both = ChartResult(
        figure=_marked(figure, marks, chart),
        table=line_table(lines, chart.window, chart.display),
        legend=tuple(LegendEntry(line.label, line.colour) for line in lines),
        points=(pair.pilot.path, pair.reference.path),
        note=_sentence(chart, pair, found),
    )
    return with_notes(both, chart), found


def _pair_lines(chart: ChartContext, pair: Pair, found: Comparison) -> list[Line]:
    points = (pair.pilot, pair.reference)
    series = {pair.pilot.point_id: found.pilot, pair.reference.point_id: found.reference}
    lines = lines_of(points, series, {}, chart.display)
    if pair.delay_min:
        minutes = chart.display.number(abs(pair.delay_min), 0)
        sign = "+" if pair.delay_min > 0 else "−"
        label = f"{lines[1].label} {sign}{minutes} {chart.display.text('live.min')}"
        lines[1] = replace(lines[1], label=label)
    if found.relative:
        unit = chart.display.text("compare.unit")
        lines = [replace(line, unit=unit, decimals=RELATIVE_DECIMALS) for line in lines]
    return [replace(line, limits=(), typical=()) for line in lines]


def _sentence(chart: ChartContext, pair: Pair, found: Comparison) -> str:
    """Return both means, and what lies between them where the unit is the same."""
    display = chart.display
    means = []
    for mean, point in ((found.pilot_mean, pair.pilot), (found.reference_mean, pair.reference)):
        if mean is None:
            return display.text("compare.nothing")
        number = display.number(mean, decimals(point.typical_lo, point.typical_hi))
        means.append(f"{number} {point.unit_display}".strip())
    parts = [display.text("compare.means", pilot=means[0], reference=means[1])]
    if pair.same_unit and is_same_size(pair.pilot, pair.reference):
        parts.append(_difference(chart, pair, found))
    if not pair.same_unit:
        key = "compare.units" if found.relative else "compare.not_relative"
        parts.append(display.text(key))
    elif pair.relative and not found.relative:
        parts.append(display.text("compare.not_relative"))
    return " ".join(parts)


def _difference(chart: ChartContext, pair: Pair, found: Comparison) -> str:
    """Return the difference of the means, with its share where the unit has a true zero."""
    point, number = pair.pilot, chart.display.number
    between = (found.pilot_mean or 0.0) - (found.reference_mean or 0.0)
    count = decimals(point.typical_lo, point.typical_hi)
    text = f"{number(between, count)} {point.unit_display}".strip()
    share = found.difference_percent
    if share is not None and point.unit_display not in NO_TRUE_ZERO:
        text += f" ({number(share, 1)} %)"
    return chart.display.text("compare.difference", difference=text)


def _marked(figure: Figure, marks: Sequence[Mark], chart: ChartContext) -> Figure:
    return with_marks(figure, marks, chart.window, chart.display.frame)
