"""A key figure over time, by hour or by local day: where every tile of a key figure leads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from dash import Input, Output, State, callback, no_update

from dashboard.analysis.kpi.definition import Kpi
from dashboard.components.card import card_width_px
from dashboard.components.kpi_tile import PAGE
from dashboard.pages import registry
from dashboard.pages.context import PageContext, answer, away_note, page
from dashboard.pages.key_figure.charts import over_time
from dashboard.pages.key_figure.layout import WINDOWS, PageRequest, figure_page, filled
from dashboard.pages.key_figure.periods import (
    TRIAL,
    PeriodUnfit,
    chosen_window,
    is_known,
    period_fields,
)
from dashboard.pages.not_found import gone, gone_text, moved, unread
from dashboard.pages.registry import Page
from dashboard.store import rights
from dashboard.store.rights import Trial
from dashboard.texts import names
from dashboard.web.callback_input import screen_px, text
from dashboard.web.services import services
from dashboard.web.trend_url import PRESETS_S, TrendRequest, parsed

PERIOD_FIELDS = ("period", "first", "last")
PLACES = ("tile", "chart", "note", "tools", "happened", "table")


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(Page("figure", PAGE, _layout, names("figure.title")))
    callback(
        *(Output(f"figure-{place}", "children") for place in PLACES),
        Input("screen", "data"),
        Input("tick", "data"),
        Input("figure-window", "value"),
        *(Input(f"figure-{field}", "value") for field in PERIOD_FIELDS),
        State("figure-request", "data"),
    )(_draw)
    callback(
        *(Output(f"figure-{field}", "value") for field in PERIOD_FIELDS),
        Input("figure-window", "value"),
        prevent_initial_call=True,
    )(_clear)


async def _layout(**query: str) -> Any:
    search = f"?{urlencode(query)}"

    def build(context: PageContext) -> Any:
        kpi = _kpi(search, context.kpis)
        if kpi is None:
            return gone("figure", _key(search), context.display)
        request = parsed(search, context.now)
        preset = next((one for one in WINDOWS if PRESETS_S[one] == request.width_s), None)
        chosen = preset if request.follows else None
        period, trials = query.get("period", ""), _trials(context)
        fields = period_fields(trials, period, context.now, context.display)
        is_gone = period and not is_known(period, trials, context.display)
        said = [
            gone_text("period", period, context.display) if is_gone else None,
            unread(request.unread, context.display),
            moved(context.display) if request.is_moved else None,
        ]
        opened = PageRequest(search, chosen, fields, [one for one in said if one])
        return figure_page(kpi, opened, context.plant.all_points, context.display)

    return await page(build)


def _clear(_window: Any) -> tuple[None, str, str]:
    """Let the preset window count that was chosen last."""
    return None, "", ""


async def _draw(screen: Any, _tick: object, window: Any, *choice: Any) -> tuple[Any, ...]:
    width_px, preset = card_width_px(screen_px(screen), wide=True), text(window)
    period, first, last, search = map(text, choice)

    def build(context: PageContext) -> tuple[Any, ...]:
        kpi = _kpi(search, context.kpis)
        if kpi is None:
            said = context.display.text("gone.card")
            return tuple(said if place == "note" else None for place in PLACES)
        request = _request(search, preset, context.now)
        trials = _trials(context) if period.startswith(TRIAL) else ()
        said = ""
        try:
            chosen = chosen_window((period, first, last), trials, context.now, context.display)
        except PeriodUnfit as unfit:
            said = context.display.text("figure.unfit", why=context.display.text(unfit.key))
        else:
            request = request.standing(chosen, context.now) if chosen else request
        points = context.plant.all_points
        found = context.draw(
            request.window(context.now), width_px, lambda chart: over_time(chart, kpi)
        )
        return filled(found, request, points, context.display, said)

    parts = await answer(build)
    if parts is not None:
        return parts
    # All stays as it was, and the note says that it does.
    return tuple(away_note() if place == "note" else no_update for place in PLACES)


def _trials(context: PageContext) -> list[Trial]:
    with services().database.open(context.user.viewer) as connection:
        return rights.trials(connection)


def _request(search: str, preset: str, now: datetime) -> TrendRequest:
    """Return the window that was chosen on the page, else that of its address."""
    request = parsed(search, now)
    if preset in WINDOWS:
        return request.following(PRESETS_S[preset])
    return request


def _kpi(search: str, kpis: Sequence[Kpi]) -> Kpi | None:
    """Return the key figure of an address; None if the viewer's plant has none of that name."""
    key = _key(search)
    return next((kpi for kpi in kpis if kpi.key == key), None)


def _key(search: str) -> str:
    return parse_qs(search.lstrip("?")).get("k", [""])[0]
