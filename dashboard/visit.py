"""Who asks, in which language and on what screen: read from the request, never from the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from babel import negotiate_locale
from dash import get_app

from dashboard.charts.ink import Scheme
from dashboard.reader import Reader
from dashboard.texts import DEFAULT_LANGUAGE, LANGUAGES, text

LANGUAGE_COOKIE = "virtaama_language"
SCHEME_COOKIE = "virtaama_scheme"
OPERATOR = "operator"  # until accounts come, whoever reaches the page is the operator


@dataclass(frozen=True)
class Visit:
    """The viewer of a request, and how the viewer reads."""

    viewer: str
    language: str
    scheme: Scheme

    def text(self, key: str) -> str:
        """Return a text of the catalogue."""
        return text(key, self.language)

    def reader(self, zone: ZoneInfo, width_px: float = 0.0) -> Reader:
        """Return what charts and texts must know; `width_px` is the width of a chart."""
        return Reader(self.language, zone, self.scheme, width_px)


def current_visit() -> Visit:
    """Return the visit of the request that is being answered."""
    request = get_app().backend.request_adapter()
    return visit_of(request.cookies, request.headers)


def visit_of(cookies: Mapping[str, str], headers: Mapping[str, str]) -> Visit:
    """Read a visit from cookies and headers; what cannot be read falls back to the default."""
    scheme = cookies.get(SCHEME_COOKIE)
    return Visit(
        viewer=OPERATOR,
        language=_language(cookies.get(LANGUAGE_COOKIE), headers.get("accept-language", "")),
        scheme=cast(Scheme, scheme) if scheme in {"light", "dark"} else "light",
    )


def _language(chosen: str | None, accepted: str) -> str:
    if chosen in LANGUAGES:
        return chosen
    wanted = [part.partition(";")[0].strip() for part in accepted.split(",")]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or DEFAULT_LANGUAGE
