"""Which addresses there are for a viewer: what is not theirs is not there.

Whoever sees several sites is led to an address that names one; whoever sees one, to one that does
not.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg
from dash.backends._fastapi import reset_current_request, set_current_request
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.limits.turns import TooBusy
from dashboard.pages.registry import pages
from dashboard.web.request_user import RequestUser, user_of_request
from dashboard.web.services import Services
from dashboard.web.site_path import site_path

SITE_COOKIE = "virtaama_site"  # the site that was looked at last
SITE_COOKIE_MAX_AGE_S = 366 * 86_400
# The page that was open where another site was chosen (assets/navigation.js).
OPEN_PAGE = "page"
_OF_ONE_SITE = frozenset({"p"})  # what a query names of a site's own: points

Found = TypeVar("Found")
_NAME = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class _Place:
    """Whether something is at an address, and the site that the address should name."""

    is_there: bool
    site: str


async def document(request: Request) -> Response:
    """Answer with the app's document, which shows what is there or says that nothing is."""
    user, app = user_of_request(request), request.app.state.app
    path = request.path_params.get("path", "")
    last = request.cookies.get(SITE_COOKIE, "")
    services = request.app.state.services
    if not path and OPEN_PAGE in request.query_params:
        same_page = partial(_same_page, services, request.query_params[OPEN_PAGE], user)
        kept = await _in_turn(services, user, same_page, otherwise="/")
        return RedirectResponse(f"{site_path(user.site)}{kept}", 303)
    find = partial(_place, services, path, user, last)
    place = await _in_turn(services, user, find, otherwise=_Place(True, user.site))
    if place.is_there and place.site != user.site:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{site_path(place.site)}/{path}{query}", 303)
    token = set_current_request(request)
    try:
        answer = HTMLResponse(app.index(), 200 if place.is_there else 404)
    finally:
        reset_current_request(token)
    if place.is_there and user.site and user.site != last:
        answer.set_cookie(
            SITE_COOKIE,
            user.site,
            max_age=SITE_COOKIE_MAX_AGE_S,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="lax",
        )
    return answer


async def _in_turn(
    services: Services, user: RequestUser, find: Callable[[], Found], otherwise: Found
) -> Found:
    """Return what is found when it is the viewer's turn; without one the page says so itself."""
    try:
        return await services.turns.run(user.viewer, find, is_guest=user.only_trials)
    except TooBusy:
        return otherwise


def _same_page(services: Services, wanted: str, user: RequestUser) -> str:
    """Return the path at the user's site of a page that was open at another one, or `/`."""
    try:
        parts = urlsplit(wanted)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] not in _OF_ONE_SITE]
        if _has_page(services, parts.path, user):
            return f"/{parts.path.strip('/')}{'?' if query else ''}{urlencode(query)}"
    except (psycopg.OperationalError, ValueError):  # no database, or no address
        pass
    return "/"


def _has_page(services: Services, path: str, user: RequestUser) -> bool:
    """Tell whether the user's site has something at a path."""
    plant = services.plants.of(user.viewer, user.site, datetime.now(UTC))
    for page in pages():
        values = _values(page.path, path)
        if values is not None and page.opens_for(user) and page.suits(plant):
            return page.site_of is None or page.site_of(user, **values) == plant.key
    return False


def _place(services: Services, path: str, user: RequestUser, last: str) -> _Place:
    """Find out what stands at a path of the viewer's; all is there while the database is away.

    Without a site in the address it is the one that was looked at last.
    """
    try:
        keys = [site.key for site in services.plants.sites(user.viewer, datetime.now(UTC))]
        if user.site and user.site not in keys:
            return _Place(False, user.site)
        wanted = user.site or (last if last in keys else next(iter(keys), ""))
        is_there, of = _page_there(path, replace(user, site=wanted))
        return _Place(is_there, (of or wanted) if len(keys) > 1 else "")
    except psycopg.OperationalError:
        return _Place(True, user.site)


def _page_there(path: str, user: RequestUser) -> tuple[bool, str]:
    """Tell whether one of the viewer's pages stands at a path, and the only site that has it."""
    for page in pages():
        values = _values(page.path, path)
        if values is not None and page.opens_for(user):
            site = "" if page.site_of is None else page.site_of(user, **values)
            return site is not None, site or ""
    return False, ""


def _values(template: str, path: str) -> Mapping[str, Any] | None:
    """Return what the names in a page's path are; None if the path is another."""
    pattern = _NAME.sub(r"(?P<\1>[^/]+)", template.strip("/"))
    found = re.fullmatch(pattern, path.strip("/"))
    return None if found is None else found.groupdict()
