"""From points and their series to lines of a chart, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from dashboard.analysis.definitions import Change
from dashboard.analysis.doubts import Doubt
from dashboard.analysis.series import Series
from dashboard.analysis.window import Window
from dashboard.charts.colours import colours
from dashboard.charts.decimals import decimals
from dashboard.charts.line import Limit, Line, Words
from dashboard.components.check_words import judging_words
from dashboard.store.limits import LimitRow
from dashboard.store.plant import SitePoint
from dashboard.web.display import DisplaySettings
from schemas.quality import Qc

NO_DOUBTS: Mapping[int, tuple[Doubt, ...]] = MappingProxyType({})


def lines_of(
    points: Sequence[SitePoint],
    found: Mapping[int, Series],
    limits: Mapping[int, Sequence[LimitRow]],
    display: DisplaySettings,
    doubts: Mapping[int, tuple[Doubt, ...]] = NO_DOUBTS,
) -> list[Line]:
    """Return a line for each point, in their order and with the colour of each."""
    shown = colours(points, display.scheme)
    return [
        Line(
            label=_label(point, display),
            short=point.tag,
            unit="" if point.states else point.unit_display,
            colour=colour,
            decimals=decimals(point.typical_lo, point.typical_hi),
            series=found[point.point_id],
            intervals=point.intervals,
            is_step=point.kind in {"state", "setpoint"},
            states=_states(point, display),
            typical=() if point.states else point.definitions.typical,
            limits=tuple(_limit(row, display) for row in limits.get(point.point_id, ())),
            doubts=doubts.get(point.point_id, ()),
        )
        for point, colour in zip(points, shown, strict=True)
    ]


def notes_of(points: Sequence[SitePoint], window: Window, display: DisplaySettings) -> list[str]:
    """Return what a reader must know of the past of some points in a window, a sentence each."""
    start_ms, end_ms = window.start.timestamp() * 1000.0, window.end.timestamp() * 1000.0
    changed = [
        _change_text(point, change, display)
        for point in points
        for change in point.definitions.changes(start_ms, end_ms)
    ]
    gone = [
        display.text("chart.retired", point=_label(point, display), moment=display.moment(at))
        for point in points
        if (at := point.retired_at) is not None
    ]
    return [*changed, *gone]


def dropped_note(before: datetime | None, display: DisplaySettings) -> list[str]:
    """Return that readings before a moment are there no more; nothing for None."""
    if before is None:
        return []
    return [display.text("chart.dropped", moment=display.moment(before))]


def _label(point: SitePoint, display: DisplaySettings) -> str:
    return f"{display.name(point.name)} ({point.tag})"


def _change_text(point: SitePoint, change: Change, display: DisplaySettings) -> str:
    key = "chart.left_out" if change.is_broken else "chart.converted"
    return display.text(
        "chart.states_changed" if point.states else key,
        point=_label(point, display),
        moment=display.moment(datetime.fromtimestamp(change.at_ms / 1000.0, UTC)),
        before=change.unit_display,
        unit=point.unit_display,
    )


def words(display: DisplaySettings) -> Words:
    """Return the words of a hover box."""
    return Words(
        verdicts={
            float(verdict): display.text(f"quality.{verdict.name.lower()}") for verdict in Qc
        },
        readings=display.text("chart.readings"),
        good=display.text("chart.good"),
        checks=judging_words(display),
    )


def _states(point: SitePoint, display: DisplaySettings) -> dict[float, str] | None:
    if not point.states:
        return None
    return dict(sorted((value, display.name(name)) for value, name in point.states.items()))


def _limit(row: LimitRow, display: DisplaySettings) -> Limit:
    words = f"{display.text('limit.word')} {bound_text(row, display)}"
    return Limit(row.value, words, row.start_ms, row.end_ms)


def bound_text(row: LimitRow, display: DisplaySettings) -> str:
    """Return a limit as text, such as `≤ 0,30 (vuosikeskiarvo, esimerkki)`."""
    sign = "≤" if row.bound == "max" else "≥"
    text = f"{sign} {display.number(row.value, decimals(None, row.value))}"
    more = [] if row.statistic == "value" else [display.text(f"limit.{row.statistic}")]
    if not row.verified:
        more.append(display.text("limit.example"))
    return f"{text} ({', '.join(more)})" if more else text
