"""The callbacks that draw the charts of a trial.

Everything that comes back from the page (number of the trial, of a group, names of points) is only
looked up among what the viewer may see; what is not found there does not exist.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from dash import MATCH, Input, Output, State, callback, no_update
from dash.exceptions import PreventUpdate

from dashboard.analysis.comparison import DELAY_MAX_MIN
from dashboard.analysis.kpi.definition import Kpi, kpis_of, of_one_item
from dashboard.analysis.kpi.values import KpiSite
from dashboard.analysis.trial_period import seen
from dashboard.charts.annotations import Mark
from dashboard.components.card import card_width_px, chart_with_table, legend, trend_link
from dashboard.components.chart_card import ChartContext, ChartResult
from dashboard.components.kpi_tile import key_figure
from dashboard.pages.context import PageContext, answer, away_note
from dashboard.pages.trials.access import OpenTrial, open_trial, trial_number
from dashboard.pages.trials.charts import Pair, draw_group, draw_pair, groups
from dashboard.pages.trials.layout import DEFAULT_WINDOW, WHOLE
from dashboard.store.key_figures import own_key_figures
from dashboard.store.kpi_cache import computed_over
from dashboard.store.notes import DRAWN_MAX, NotesOfChart, chart_notes
from dashboard.store.plant_model import plant_model, site_roles
from dashboard.web.callback_input import screen_px
from dashboard.web.services import services
from dashboard.web.trend_url import PRESETS_S, TrendRequest
from schemas.catalogue.site_figures import site_figures

Parts = tuple[Any, ...]


def register() -> None:
    """Register the callbacks with the app."""
    place = {"trial": MATCH, "group": MATCH}
    shared = (
        Input("screen", "data"),
        Input("tick", "data"),
        Input({"type": "trial-window", "trial": MATCH}, "value"),
        Input({"type": "trial-marks", "trial": MATCH}, "data"),
    )
    callback(
        Output({"type": "trial-graph", **place}, "children"),
        Output({"type": "trial-legend", **place}, "children"),
        Output({"type": "trial-note", **place}, "children"),
        Output({"type": "trial-tools", **place}, "children"),
        *shared,
        State({"type": "trial-graph", **place}, "id"),
    )(_draw)
    place = {"trial": MATCH}
    callback(
        Output({"type": "trial-figures", **place}, "children"),
        Input("tick", "data"),
        Input({"type": "trial-window", **place}, "value"),
        State({"type": "trial-figures", **place}, "id"),
    )(_figures)
    callback(
        Output({"type": "compare-graph", **place}, "children"),
        Output({"type": "compare-legend", **place}, "children"),
        Output({"type": "compare-note", **place}, "children"),
        *shared,
        Input({"type": "compare-pilot", **place}, "value"),
        Input({"type": "compare-reference", **place}, "value"),
        Input({"type": "compare-delay", **place}, "value"),
        Input({"type": "compare-relative", **place}, "checked"),
        State({"type": "compare-graph", **place}, "id"),
    )(_compare)


async def _draw(screen: Any, _tick: object, window: Any, _marks: object, place: Any) -> Parts:
    width_px, number = card_width_px(screen_px(screen), wide=False), _of(place, "trial")
    key = place.get("group") if isinstance(place, dict) else None

    def build(context: PageContext) -> Parts:
        return _look(context, number, window, width_px, partial(_drawn, key))

    return await _parts(build, 4)


def _drawn(key: object, chart: ChartContext, opened: OpenTrial) -> Parts:
    group = next((one for one in groups(opened.points) if one.key == key), None)
    if group is None:
        raise PreventUpdate
    written = _written(chart, opened, {point.point_id for point in group.points})
    found = draw_group(chart, group, _marks_of(written))
    if found is None:
        return None, [], chart.display.text("chart.no_points"), None
    link = _trend_link(found, chart, opened)
    return (
        chart_with_table(found, "", chart.display),
        legend(found.legend),
        _note(found, written, chart),
        link,
    )


async def _figures(_tick: object, window: Any, place: Any) -> Any:
    """Show the key figures of the trial's assets, over the window of the charts."""
    number = _of(place, "trial")

    def tiles(chart: ChartContext, opened: OpenTrial) -> Parts:
        site = KpiSite(opened.trial.site, opened.zone, opened.all_points, _kpis(chart, opened))
        figures = computed_over(
            chart.connection, site, chart.window, chart.now, not_before=opened.trial.starts_at
        )
        request = _request(chart, opened)
        return (
            [
                key_figure(figure, opened.all_points, chart.display, request=request)
                for figure in figures.values()
            ],
        )

    parts = await answer(lambda context: _look(context, number, window, 0.0, tiles))
    return no_update if parts is None else parts[0]


def _kpis(chart: ChartContext, opened: OpenTrial) -> list[Kpi]:
    """Return the key figures of single assets that the points of a trial give, as in its time."""
    at = min(chart.now, chart.window.end)
    model = plant_model(chart.connection, opened.trial.site, at)
    names = {key: element.name for key, element in model.elements.items()}
    roles = site_roles(model, opened.all_points)
    own = own_key_figures(chart.connection, opened.trial.site, at, opened.all_points)
    return of_one_item(kpis_of(site_figures(roles, own), names))


async def _compare(screen: Any, _tick: object, window: Any, *rest: Any) -> Parts:
    _marks, pilot, reference, delay, relative, place = rest
    width_px, number = card_width_px(screen_px(screen), wide=True), _of(place, "trial")
    delay_min = _delay(delay)

    def draw(chart: ChartContext, opened: OpenTrial) -> Parts:
        first = opened.points.get(pilot) if isinstance(pilot, str) else None
        second = opened.references.get(reference) if isinstance(reference, str) else None
        if first is None or second is None:
            return None, [], chart.display.text("compare.choose")
        pair = Pair(first, second, delay_min, relative is True)
        written = _written(chart, opened, {first.point_id, second.point_id})
        found, _ = draw_pair(chart, pair, _marks_of(written))
        shown = chart_with_table(found, chart.display.text("compare.title"), chart.display)
        return shown, legend(found.legend), _note(found, written, chart)

    return await _parts(lambda context: _look(context, number, window, width_px, draw), 3)


def _look(
    context: PageContext,
    number: int | None,
    window_name: object,
    width_px: float,
    draw: Callable[[ChartContext, OpenTrial], Parts],
) -> Parts:
    """Return what `draw` makes of a trial in a window; a sentence if the trial is not there."""
    with services().database.open(context.user.viewer) as connection:
        opened = open_trial(connection, context.plant, number)
        if opened is None:
            return None, [], context.display.text("trial.none"), None
        trial, width_s = opened.trial, _width_s(window_name)
        window = seen(trial.starts_at, trial.ends_at, context.now, width_s)
        if window is None:
            return None, [], context.display.text("trial.not_begun"), None
        display = context.user.display(opened.zone, width_px)
        chart = ChartContext(
            connection, opened.all_points, context.plant.roles, window, context.now, display
        )
        return draw(chart, opened)


async def _parts(build: Callable[[PageContext], Parts], count: int) -> Parts:
    parts = await answer(build)
    if parts is not None:
        return parts[:count]
    # The chart stays as it was, and says that it does.
    return (no_update, no_update, away_note(), no_update)[:count]


def _written(chart: ChartContext, opened: OpenTrial, points: set[int]) -> NotesOfChart:
    return chart_notes(chart.connection, opened.trial.trial_id, points, chart.window)


def _marks_of(written: NotesOfChart) -> list[Mark]:
    return [
        Mark(note.from_at, note.to_at, f"{note.body} ({note.author})") for note in written.notes
    ]


def _note(found: ChartResult, written: NotesOfChart, chart: ChartContext) -> str:
    """Return the sentence below a chart; it tells of notes that are not drawn."""
    if written.total <= DRAWN_MAX:
        return found.note
    more = chart.display.text("chart.more_notes", drawn=DRAWN_MAX, total=written.total)
    return f"{found.note} {more}".strip()


def _trend_link(found: ChartResult, chart: ChartContext, opened: OpenTrial) -> Any:
    return trend_link(_request(chart, opened).of(found.points), chart.display)


def _request(chart: ChartContext, opened: OpenTrial) -> TrendRequest:
    """Return the window as an address asks for it: after its end a trial stands still."""
    if chart.now < opened.trial.ends_at:
        return TrendRequest().following(chart.window.width_s)
    return TrendRequest().standing(chart.window, chart.now)


def _of(place: Any, name: str) -> int | None:
    return trial_number(place.get(name)) if isinstance(place, dict) else None


def _width_s(name: object) -> float | None:
    if name == WHOLE:
        return None
    known = PRESETS_S.get(name) if isinstance(name, str) else None
    return known or PRESETS_S[DEFAULT_WINDOW]


def _delay(minutes: Any) -> float:
    """Return a delay within its bounds; none for what is no number."""
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        return 0.0
    if not math.isfinite(minutes):
        return 0.0
    return max(-DELAY_MAX_MIN, min(float(minutes), DELAY_MAX_MIN))
