"""Who asks, in which language and on what screen: read from the request, never from the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import negotiate_locale
from dash import get_app
from starlette.requests import Request

from dashboard.auth.roles import Right, may
from dashboard.auth.sessions import Device, Session
from dashboard.charts.palette import Scheme
from dashboard.texts import DEFAULT_LANGUAGE, text
from dashboard.web.display import DisplaySettings
from dashboard.web.site_path import site_of, site_path
from schemas.languages import LANGUAGES

LANGUAGE_COOKIE = "virtaama_language"
SCHEME_COOKIE = "virtaama_scheme"
STATED_LANGUAGES_MAX = 20  # of a browser; others are not looked at
SYSTEM_SCHEME_COOKIE = "virtaama_system_scheme"  # what a page last said of its system


@dataclass(frozen=True)
class RequestUser:
    """The viewer of a request, and how the viewer reads.

    `name` is what the screen calls the viewer, `client` the network address for the access log.
    `root` is the path of a proxy's host that all addresses begin with; `site` is the key of the
    site in the address, empty for a viewer who sees one at most.
    """

    viewer: str
    role: str
    name: str
    client: str
    language: str
    scheme: Scheme
    chosen_scheme: Scheme | None = None
    root: str = ""
    site: str = ""

    @property
    def is_person(self) -> bool:
        """Whether somebody signed in, as opposed to a wall screen."""
        return self.viewer.startswith("account:")

    @property
    def only_trials(self) -> bool:
        """Whether the viewer is here for trials and sees little else of the plant."""
        return not may(self.role, Right.SEE_PLANT)

    @property
    def prefix(self) -> str:
        """What all addresses of the viewer's pages begin with."""
        return f"{self.root}{site_path(self.site)}"

    def text(self, key: str) -> str:
        """Return a text of the catalogue."""
        return text(key, self.language)

    def address(self, path: str) -> str:
        """Return an address of ours as the browser knows it."""
        return f"{self.prefix}{path}"

    def display(self, zone: ZoneInfo, width_px: float = 0.0) -> DisplaySettings:
        """Return what charts and texts must know; `width_px` is the width of a chart."""
        return DisplaySettings(self.language, zone, self.scheme, width_px, self.prefix)


class Unknown(Exception):  # noqa: N818 - names the state; a bug if anybody sees it
    """A request got past the guard without anybody behind it."""


def current_user() -> RequestUser:
    """Return who asks in the request that is being answered. Raises Unknown."""
    request = get_app().backend.request_adapter()
    return user_of(request.context, request.cookies, request.headers, request.remote_addr)


def user_of_request(request: Request) -> RequestUser:
    """Return who asks in a request that Dash knows nothing of. Raises Unknown."""
    client = request.client.host if request.client else None
    return user_of(request.state, request.cookies, request.headers, client)


def user_of(
    state: Any, cookies: Mapping[str, str], headers: Mapping[str, str], client: str | None
) -> RequestUser:
    """Read who asks from what the middleware found (`state.who`), and from cookies and headers.

    What cannot be read of language and colours falls back to the default; without a viewer there
    is nobody: raises Unknown.
    """
    who = getattr(state, "who", None)
    if not isinstance(who, Session | Device):
        raise Unknown
    return RequestUser(
        viewer=who.viewer,
        role=who.role,
        name=who.display_name if isinstance(who, Session) else who.name,
        client=client or "",
        language=language_of(state, cookies, headers),
        scheme=scheme_of(cookies),
        chosen_scheme=chosen_scheme(cookies),
        root=prefix_of(state),
        site=site_of(state),
    )


def prefix_of(state: Any) -> str:
    """Return below which path of a proxy's host a request came, from what `Prefix` found."""
    return str(getattr(state, "prefix", ""))


def chosen_scheme(cookies: Mapping[str, str]) -> Scheme | None:
    """Return the colours that somebody has chosen; None: those of the browser's system."""
    return _scheme(cookies.get(SCHEME_COOKIE))


def scheme_of(cookies: Mapping[str, str]) -> Scheme:
    """Return the colours to draw with: the chosen ones, else the system's, else light ones."""
    return chosen_scheme(cookies) or _scheme(cookies.get(SYSTEM_SCHEME_COOKIE)) or "light"


def _scheme(name: str | None) -> Scheme | None:
    return cast(Scheme, name) if name in {"light", "dark"} else None


def language_of(state: Any, cookies: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the chosen language, else the browser's, else the site's that the middleware found."""
    stated = stated_language(cookies, headers)
    return stated or str(getattr(state, "site_language", DEFAULT_LANGUAGE))


def stated_language(cookies: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Return the chosen language, else the browser's; None if neither is one of ours."""
    chosen = cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    accepted = headers.get("accept-language", "")
    stated = accepted.split(",", STATED_LANGUAGES_MAX)[:STATED_LANGUAGES_MAX]
    wanted = [part.partition(";")[0].strip() for part in stated]
    return negotiate_locale(wanted, LANGUAGES, sep="-")
