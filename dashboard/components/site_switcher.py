"""The name of the site in the header; for who sees several sites, the way to the others."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.store.plant import Plant
from dashboard.store.sites import SiteName
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser
from dashboard.web.site_path import site_path


def site_name(
    plant: Plant, display: DisplaySettings, user: RequestUser, sites: Sequence[SiteName]
) -> Any:
    """Return the name of the site, with the other ones below it if there are any.

    The links ask for whole pages: zone, names and live values are all of the other site.
    """
    name = display.hyphenated(display.name(plant.name) or display.text("app.title"))
    if len(sites) < 2:
        return html.Div(name, className="site-name")
    summary = html.Summary(
        [html.Span(name), html.Span(className="site-mark", **{"aria-hidden": "true"})],
        className="choice",
        title=display.text("app.choose_site"),
    )
    links = [
        html.A(
            display.name(site.name),
            href=f"{user.root}{site_path(site.key)}/",
            className="choice",
            **({"aria-current": "true"} if site.key == plant.key else {}),
        )
        for site in sorted(sites, key=lambda site: display.name(site.name))
    ]
    menu = html.Nav(links, className="site-menu", **{"aria-label": display.text("app.sites")})
    return html.Details([summary, menu], className="site-name site-switcher")
