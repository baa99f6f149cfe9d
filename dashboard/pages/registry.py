"""Which pages there are: each registers once, with everything that others must know of it."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import dash

from dashboard.auth.roles import Right, may
from dashboard.pages.not_found import nothing_there, titled
from dashboard.store.plant import Plant
from dashboard.web.request_user import RequestUser, current_user
from schemas.catalogue import Names

SEARCH = "_pages_location.search"  # where Dash tells the query of an address

Layout = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Page:
    """A page with its name; `key` names its symbol `assets/icons/<key>.svg`.

    `path` may hold `<names>`, with which `layout` and `site_of` are called; `site_of` is asked with
    the viewer at a site first, and says of which site it is what stands there, or None. Whoever has
    not the `right` finds nothing there. Pages with `in_navigation` stand there in the order in
    which they are registered, for whoever has the `link_right` too and sees at least `sites_min`
    sites, if the page `suits` the plant. `title` is asked what a page with `<names>` is called in
    the browser's tab, where that is not its name.
    """

    key: str
    path: str
    layout: Layout
    name: Names
    right: Right | None = None
    in_navigation: bool = False
    link_right: Right | None = None
    title: Callable[..., Awaitable[str]] | None = None
    site_of: Callable[..., str | None] | None = None
    suits: Callable[[Plant], bool] = lambda _plant: True
    sites_min: int = 1

    def opens_for(self, user: RequestUser) -> bool:
        """Tell whether the page is there for somebody."""
        return self.right is None or may(user.role, self.right)

    def is_linked_for(self, user: RequestUser, plant: Plant, sites: int) -> bool:
        """Tell whether the page stands in somebody's navigation."""
        linked = self.link_right is None or may(user.role, self.link_right)
        linked = linked and self.in_navigation and sites >= self.sites_min
        return linked and self.opens_for(user) and self.suits(plant)


def register(page: Page) -> None:
    """Make a page known to Dash."""

    async def layout(**values: str | list[str]) -> Any:
        if not page.opens_for(current_user()) or _says_two_things(page.path):
            return nothing_there()
        # What an address says several times comes as a list.
        said = {
            name: value if isinstance(value, str) else ",".join(value)
            for name, value in values.items()
        }
        return await page.layout(**said)

    async def title(**values: str) -> str:
        user = current_user()
        if not page.opens_for(user):
            return titled(user.text("app.not_found"), user)
        if page.title is not None:
            return titled(await page.title(**values), user)
        return titled(page.name[user.language], user)

    place = {"path_template": page.path} if "<" in page.path else {"path": page.path}
    # Without a number Dash orders pages by their modules' names.
    order = 1 + max((entry["order"] or 0 for entry in dash.page_registry.values()), default=0)
    dash.register_page(
        f"dashboard.pages.{page.key}", title=title, layout=layout, page=page, order=order, **place
    )


def _says_two_things(path: str) -> bool:
    """Tell whether a query names what a page's path names already: Dash would take the query's."""
    search = str(dash.ctx.inputs.get(SEARCH) or "")
    query = parse_qs(search.lstrip("?"), keep_blank_values=True)
    return any(f"<{name}>" in path for name in query)


def pages() -> Iterator[Page]:
    """Return every page that was registered."""
    return (entry["page"] for entry in dash.page_registry.values() if "page" in entry)


def navigation(user: RequestUser, plant: Plant, sites: int) -> list[Page]:
    """Return the pages in the navigation of a viewer of a plant, who sees so many sites."""
    return [page for page in pages() if page.is_linked_for(user, plant, sites)]
