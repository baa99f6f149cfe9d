"""The cards of a page as its data says, for one site: what the site has nothing of is left out."""

from collections.abc import Iterable, Sequence
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np

from dashboard.analysis.kpi.definition import of_formula
from dashboard.analysis.window import Resolution, Source
from dashboard.charts.colours import colour
from dashboard.charts.local_time_axis import texts
from dashboard.charts.scatter import Quantity, scatter
from dashboard.components.chart_card import (
    Card,
    ChartContext,
    ChartResult,
    draw_points,
    first_of,
    lending,
)
from dashboard.components.chart_table import dot_table
from dashboard.pages.assets.contents import online, role_points
from dashboard.pages.boards import day_cards
from dashboard.pages.boards.shown import (
    ASSET_CARDS_MAX,
    LINES_MAX,
    evenly,
    measured_assets,
)
from dashboard.store import history
from dashboard.store.plant import Plant
from dashboard.web.trend_url import POINTS_MAX
from schemas.catalogue import LABORATORY, catalogue
from schemas.catalogue import pages as data
from schemas.formula.site_roles import SiteRoles

HOUR = Resolution(Source.HOUR, 3_600.0)
# Limits are set for results of the laboratory, which have the role of the online signal with
# `LABORATORY` before it; where another substance is limited than is measured online, that is here.
LIMITED_AS = {"phosphate": "lab_total_phosphorus"}

# As long as the plant is kept; each card by the keys of pages.
_known: WeakKeyDictionary[Plant, dict[str, list[list[Card]]]] = WeakKeyDictionary()


def cards_of(page: data.PageData, plant: Plant) -> list[Card]:
    """Return the cards of a page of which the plant has something."""
    return [card for cards in _of_page(page, plant) for card in cards]


def lacking(page: data.PageData, plant: Plant) -> list[data.Card]:
    """Return what the page would show, had the plant the points for it."""
    found = zip(page.cards, _of_page(page, plant), strict=True)
    return [described for described, cards in found if not cards]


def has_content(page: data.PageData, plant: Plant) -> bool:
    """Tell whether the plant has anything of a page."""
    values = (value.of for value in page.values)
    own = [figure.key for figure in plant.own_figures if figure.page == page.key]
    return (
        bool(plant.roles.paths(*values)) or any(_of_page(page, plant)) or bool(plant.kpis_of(own))
    )


def _of_page(page: data.PageData, plant: Plant) -> list[list[Card]]:
    """Return the cards of each that a page describes; asked for by every chart and every menu."""
    known = _known.setdefault(plant, {})
    if page.key not in known:
        known[page.key] = [list(_cards(described, plant)) for described in page.cards]
    return known[page.key]


def laboratory_of(selectors: Iterable[str]) -> dict[str, str]:
    """Return for roles of online points the role of the laboratory whose limits go for them."""
    found = {}
    for selector in selectors:
        kind, _, role = selector.partition(".")
        limited = LIMITED_AS.get(role, f"{LABORATORY}{role}")
        if limited in catalogue().kinds[kind].roles:
            found[selector] = f"{kind}.{limited}"
    return found


def _cards(card: data.Card, plant: Plant) -> Iterable[Card]:
    roles = plant.roles
    match card:
        case data.Assets():
            yield from _assets(card, plant)
        case data.Lines() if points := roles.paths(*card.points):
            yield Card(card.key, card.name, partial(_lines, card), card.wide, points)
        case data.Days() if any(_has(roles, amount.formula, card.unit) for amount in card.amounts):
            yield Card(card.key, card.name, partial(day_cards.side_by_side, card), card.wide)
        case data.StackedDays() if roles.paths(card.points):
            yield Card(card.key, card.name, partial(day_cards.stacked, card), card.wide)
        case data.KeyFigureDays() if any(kpi.key == card.key_figure for kpi in plant.kpis):
            yield Card(card.key, card.name, partial(day_cards.key_figure, card), card.wide)
        case data.Scatter() if roles.paths(card.x) and roles.paths(card.y):
            yield Card(card.key, card.name, partial(_dots, card), card.wide)


def _lines(card: data.Lines, chart: ChartContext) -> ChartResult | None:
    lenders = lending(chart.roles, laboratory_of(card.points))
    every = [chart.roles.paths(selector) for selector in card.points]
    names = evenly(every, LINES_MAX)
    found = draw_points(chart, names, chart.roles.paths(*card.apart), lenders)
    return found and first_of(len(set().union(*every)), found, chart.display)


def _assets(card: data.Assets, plant: Plant) -> Iterable[Card]:
    """Return a card for each asset of a kind at which something is measured."""
    for item in measured_assets(card, plant)[:ASSET_CARDS_MAX]:
        if points := online(role_points(item, plant)):
            names = [point.path for point in points]
            draw = partial(_asset, names=names)
            yield Card(f"{card.key}-{item}", plant.item_names[item], draw, card.wide, names)


def _asset(chart: ChartContext, names: Sequence[str]) -> ChartResult | None:
    found = draw_points(chart, names[:POINTS_MAX])
    return found and first_of(len(names), found, chart.display)


def _dots(card: data.Scatter, chart: ChartContext) -> ChartResult | None:
    """Draw the hourly means of one point over those of another."""
    names = [paths[0] for role in (card.x, card.y) if (paths := chart.roles.paths(role))]
    if len(names) < 2:
        return None
    points = [chart.points[name] for name in names]
    ids = [point.point_id for point in points]
    found = history.buckets(chart.connection, ids, chart.window, HOUR, chart.display.zone)
    across, up = (found[each] for each in ids)
    both, in_across, in_up = np.intersect1d(across.x_ms, up.x_ms, return_indices=True)
    means = (across.mean_good[in_across], up.mean_good[in_up])
    x, y = (
        Quantity(chart.display.name(point.name), point.unit_display, values)
        for point, values in zip(points, means, strict=True)
    )
    when = texts(both, chart.display.zone, chart.display.locale, "minute")
    figure = scatter(x, y, when, colour(points[1], chart.display.scheme), chart.display.frame)
    table = dot_table(x, y, when, chart.display)
    return ChartResult(figure, table, (), tuple(names), chart.display.text("chart.dots_note"))


def _has(roles: SiteRoles, formula: str, unit: str) -> bool:
    return of_formula(formula, unit, roles) is not None
