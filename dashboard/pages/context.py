"""How a page gets its answer: in a thread, for the viewer of the request, or as a sentence."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from dash import get_app, html

from dashboard.analysis.kpi.definition import Kpi, of_one_item
from dashboard.analysis.kpi.values import KpiSite, KpiValue
from dashboard.analysis.window import Window
from dashboard.components.chart_card import ChartContext
from dashboard.limits.limit import Limit
from dashboard.limits.turns import TooBusy
from dashboard.pages.not_found import gone
from dashboard.store.plant import Plant
from dashboard.store.sites import SiteName
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser, current_user
from dashboard.web.services import Services, services

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PageContext:
    """Who asks, what of the address's site the viewer may see, and when.

    `sites` are all sites of which the viewer sees anything.
    """

    user: RequestUser
    plant: Plant
    now: datetime
    sites: Sequence[SiteName] = ()

    @property
    def display(self) -> DisplaySettings:
        """How the viewer reads."""
        return self.user.display(self.plant.zone)

    @property
    def has_site(self) -> bool:
        """Whether the viewer sees anything of the site that the address names, if it does."""
        return not self.user.site or any(site.key == self.user.site for site in self.sites)

    @property
    def kpis(self) -> Sequence[Kpi]:
        """The key figures that the viewer may open: who sees a part has none of the whole."""
        return of_one_item(self.plant.kpis) if self.user.only_trials else self.plant.kpis

    def figures(self, kpis: Sequence[Kpi]) -> list[KpiValue]:
        """Return the values of some key figures of the viewer's plant, in their order."""
        site = KpiSite(self.plant.key, self.plant.zone, self.plant.points, kpis)
        return list(services().kpis.values(self.user.viewer, site, self.now).values())

    def draw(
        self, window: Window, width_px: float, draw: Callable[[ChartContext], Answer]
    ) -> Answer:
        """Return what `draw` makes of an open transaction of the viewer."""
        display = self.user.display(self.plant.zone, width_px)
        with services().database.open(self.user.viewer) as connection:
            plant = self.plant
            return draw(
                ChartContext(connection, plant.points, plant.roles, window, self.now, display)
            )


def context_of(known: Services, user: RequestUser, now: datetime) -> PageContext:
    """Read what of the address's site a viewer may see. Raises psycopg.Error."""
    sites = known.plants.sites(user.viewer, now)
    return PageContext(user, known.plants.of(user.viewer, user.site, now), now, sites)


async def answer(build: Callable[[PageContext], Answer]) -> Answer | None:
    """Return what `build` makes of the question; None if the database does not answer.

    Callbacks run on the event loop, which must never wait for the database; threads may.
    """
    user, now = current_user(), datetime.now(UTC)

    def built() -> Answer:
        return build(context_of(services(), user, now))

    try:
        return await services().turns.run(user.viewer, built, is_guest=user.only_trials)
    except TooBusy as error:
        _request_state().unanswered = "app.busy" if error.own else "app.too_slow"
        return None
    except psycopg.errors.QueryCanceled:
        sentence = "the database took too long over its question"
        services().refusals.count(Limit.QUERY_TIME, user.viewer, sentence)
        _request_state().unanswered = "app.too_slow"
        return None
    except psycopg.OperationalError as error:
        _log.warning("answer: the database is away: %s", error)
        return None


def no_answer() -> str:
    """Return the sentence that says why `answer` returned None in this request."""
    return current_user().text(getattr(_request_state(), "unanswered", "app.database_away"))


def away_note() -> Any:
    """Return what stands beside something that stays as it was: there was no answer."""
    return html.Span(no_answer(), className="warn")


async def page(build: Callable[[PageContext], Any]) -> Any:
    """Return a page, or the sentence that says why there is none."""

    def built(context: PageContext) -> Any:
        if not context.has_site:
            return gone("site", context.user.site, context.display)
        return build(context)

    content = await answer(built)
    if content is not None:
        return content
    return html.Div(no_answer(), className="notice retry", role="alert")


def _request_state() -> Any:
    return get_app().backend.request_adapter().context
