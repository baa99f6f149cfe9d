"""The figures of an alarm system as tables: value, target, source, and the advice that follows."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from dash import dcc, html

from dashboard.analysis.alarms.nuisance import Nuisance
from dashboard.analysis.alarms.performance import RANKED, Figure, Measure, Performance
from dashboard.analysis.alarms.repeating import Remedy
from dashboard.charts.decimals import NO_VALUE
from dashboard.components.card import card
from dashboard.components.table import table_of
from dashboard.pages.alarms.wording import duration_text
from dashboard.pages.context import PageContext
from dashboard.web.display import DisplaySettings
from schemas.catalogue import Names

SHARES = frozenset({Figure.CROWDED, Figure.FLOODED, Figure.TOP_TEN, Figure.URGENT, Figure.IN_TIME})
DURATIONS = frozenset({Figure.ACKNOWLEDGED})
ROWS_MAX = 10
SIGNS = {True: "✓", False: "▲", None: ""}


def figures_table(report: Performance, display: DisplaySettings) -> Any:
    """Return each figure with its target and, where it is missed, what to do."""
    titles = [display.text(f"performance.{name}") for name in ("figure", "value", "target", "do")]
    rows = [
        html.Tr(
            [
                html.Td(content, **{"data-title": title})
                for title, content in zip(titles, _figure(measure, report, display), strict=True)
            ],
            className="" if measure.is_met is not False else "target-missed",
        )
        for measure in report.measures
    ]
    return _table(titles, rows)


def _figure(measure: Measure, report: Performance, display: DisplaySettings) -> list[Any]:
    value = NO_VALUE if measure.value is None else _number(measure, measure.value, display)
    is_missed = measure.is_met is False
    advice = display.text(f"advice.{measure.figure}") if is_missed else ""
    if measure.figure is Figure.URGENT and report.raised:
        counts = [
            f"{display.text(f'priority.{name}')} {report.priorities.get(name, 0)}"
            for name in RANKED
        ]
        advice = " ".join(filter(None, (", ".join(counts), advice)))
    sign = SIGNS[measure.is_met]
    word = "" if measure.is_met is None else display.text(f"performance.{_met(measure)}")
    return [
        display.text(f"performance.{measure.figure}"),
        [html.B(value), html.Span(f" {sign} {word}", className="warn" if is_missed else "quiet")],
        _target(measure, display),
        advice,
    ]


def _met(measure: Measure) -> str:
    return "met" if measure.is_met else "missed"


def _target(measure: Measure, display: DisplaySettings) -> Any:
    if measure.target is None:
        return display.text("performance.no_target")
    sign = "≥" if measure.at_least else "≤"
    source = measure.source or display.text("performance.own")
    return [
        f"{sign} {_number(measure, measure.target, display)} ",
        html.Span(source, className="quiet"),
    ]


def _number(measure: Measure, value: float, display: DisplaySettings) -> str:
    if measure.figure in SHARES:
        return f"{display.number(100 * value, 1)} %"
    if measure.figure in DURATIONS:
        return duration_text(value, display)
    whole = value == int(value)
    return display.number(value, 0 if whole and measure.figure is not Figure.RATE else 2)


def nuisance_cards(
    report: Performance, names: Mapping[UUID, Names], context: PageContext
) -> list[Any]:
    """Return the most frequent, the chattering, fleeting and stale alarms, and the floods.

    Of what there is none, the figures say so.
    """
    display = context.display

    def name(alarm_id: UUID) -> Any:
        href = display.address(f"/alarms/{alarm_id}")
        return dcc.Link(display.name(names.get(alarm_id, {})), href=href)

    helps = any(one.remedy for one in report.top)
    top = [
        [
            name(one.alarm_id),
            display.number(one.times, 0),
            f"{display.number(100 * one.times / report.raised, 1)} %",
            *([_remedy_advice(one.remedy, display)] if helps else []),
        ]
        for one in report.top
    ]
    chatter = [
        [name(one.alarm_id), display.number(one.times, 0), _chatter_advice(one, display)]
        for one in report.chattering[:ROWS_MAX]
    ]
    short = [
        [name(one.alarm_id), display.number(one.times, 0), _delay_advice(one, display)]
        for one in report.fleeting[:ROWS_MAX]
    ]
    long = [
        [name(one.alarm_id), display.moment(one.raised_at), display.text("advice.stale_one")]
        for one in report.stale[:ROWS_MAX]
    ]
    floods = [
        [display.moment(one.start), display.number(one.alarms, 0), display.number(one.peak, 0)]
        for one in report.load.floods()[-ROWS_MAX:][::-1]
    ]
    parts = (
        ("top_ten", ("alarm", "times", "share", *(["do"] if helps else [])), top),
        ("chattering", ("alarm", "times", "do"), chatter),
        ("fleeting", ("alarm", "times", "do"), short),
        ("stale", ("alarm", "since", "do"), long),
        ("floods", ("since", "alarms", "peak"), floods),
    )
    return [_card(key, columns, rows, display) for key, columns, rows in parts if rows]


def _card(
    key: str, columns: Sequence[str], cells: Sequence[Sequence[Any]], display: DisplaySettings
) -> Any:
    titles = [display.text(f"performance.column.{name}") for name in columns]
    title = display.text(f"performance.{key}")
    rows = [
        html.Tr(
            [
                html.Td(content, **{"data-title": column})
                for column, content in zip(titles, row, strict=True)
            ]
        )
        for row in cells
    ]
    return card(title, [_table(titles, rows)])


def _chatter_advice(one: Nuisance, display: DisplaySettings) -> str:
    parts = []
    if one.delay_s is not None:
        parts.append(display.text("advice.delay_off", time=duration_text(one.delay_s, display)))
    if one.deadband is not None:
        parts.append(display.text("advice.deadband", value=display.exact(one.deadband)))
    return " ".join(parts)


def _remedy_advice(one: Remedy | None, display: DisplaySettings) -> str:
    if one is None:
        return ""
    if one.delay_off_s is not None:
        return display.text("advice.delay_off", time=duration_text(one.delay_off_s, display))
    if one.delay_on_s is not None:
        return display.text("advice.delay_on", time=duration_text(one.delay_on_s, display))
    return display.text("advice.usual", days=one.days, of=one.days_of)


def _delay_advice(one: Nuisance, display: DisplaySettings) -> str:
    if one.delay_s is None:
        return ""
    return display.text("advice.delay_on", time=duration_text(one.delay_s, display))


def _table(titles: Sequence[str], rows: Sequence[Any]) -> Any:
    return table_of(titles, rows, "log-table alarm-table")
