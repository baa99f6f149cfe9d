"""What a trend's address says: which points, over which window. The address is the whole state.

?p=main/qt-1,pilot/ft-2&w=24h                                  follows the present
?p=main/qt-1&from=20261124T040000Z&to=20261124T120000Z            stands still
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote

from dashboard.analysis.window import WINDOW_MAX_S, WINDOW_MIN_S, Window, ending

PAGE = "/trends"
POINTS_MAX = 8
SEARCH_MAX_CHARACTERS = 8_000  # POINTS_MAX of the longest names, with room
YEAR_MIN = 1900  # before it, a window would leave what a calendar can count
PRESETS_S = {
    "1h": 3_600.0,
    "8h": 8 * 3_600.0,
    "24h": 86_400.0,
    "7d": 7 * 86_400.0,
    "30d": 30 * 86_400.0,
    "1y": 365 * 86_400.0,
}
DEFAULT_WIDTH_S = PRESETS_S["24h"]

_UNITS_S = {"s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0, "y": 365 * 86_400.0}
_WIDTH = re.compile(r"(\d{1,9})(s|min|h|d|y)")
_POINT = re.compile(r"[\w.-]+/[\w.-]+")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class TrendRequest:
    """Points as `line/key`, and a fixed window or a width that ends at the present.

    `unread` is what else an address said, as it was written: no name of a point, more points than
    a trend shows, a window that is none. `is_moved`: the window is another one than was asked for,
    which nobody can be shown.
    """

    points: tuple[str, ...] = ()
    width_s: float = DEFAULT_WIDTH_S
    fixed: Window | None = None
    unread: tuple[str, ...] = ()
    is_moved: bool = False

    @property
    def follows(self) -> bool:
        """Whether the right edge is the present."""
        return self.fixed is None

    def window(self, now: datetime) -> Window:
        """Return the window to show."""
        return ending(now, self.width_s) if self.fixed is None else self.fixed

    def following(self, width_s: float) -> "TrendRequest":
        """Return the request for the last `width_s` seconds."""
        return replace(self, width_s=_allowed(width_s), fixed=None)

    def standing(self, window: Window, now: datetime) -> "TrendRequest":
        """Return the request for a window that stands still, made such that it can be asked for."""
        return replace(self, fixed=window.within(now), width_s=window.within(now).width_s)

    def of(self, points: tuple[str, ...]) -> "TrendRequest":
        """Return the request for other points, at most POINTS_MAX, each once.

        What cannot be the name of a point is left out.
        """
        named = dict.fromkeys(name for name in points if _POINT.fullmatch(name))
        return replace(self, points=tuple(named)[:POINTS_MAX])


def parsed(search: str | None, now: datetime) -> TrendRequest:
    """Read the query part of an address; for what cannot be read the default stands."""
    fields = parse_qs((search or "")[:SEARCH_MAX_CHARACTERS].lstrip("?"))
    named = tuple(filter(None, ",".join(fields.get("p", [])).split(",")))
    request = TrendRequest().of(named)
    left_out = tuple(name for name in dict.fromkeys(named) if name not in request.points)
    start, end = _stamp(fields.get("from")), _stamp(fields.get("to"))
    if start is not None and end is not None and start < end:
        asked = Window(start, end)
        request = replace(request, unread=left_out, is_moved=asked.within(now) != asked)
        return request.standing(asked, now)
    width_s = _width_s(fields.get("w"))
    unfit = ("from", "to") if width_s is not None else ("from", "to", "w")
    width_s = DEFAULT_WIDTH_S if width_s is None else width_s
    written = tuple(f"{name}={fields[name][0]}" for name in unfit if name in fields)
    request = replace(request, unread=(*left_out, *written), is_moved=width_s != _allowed(width_s))
    return request.following(width_s)


def address(request: TrendRequest) -> str:
    """Return the query part of the address, beginning with `?`."""
    points = quote(",".join(request.points), safe="/,")
    return f"?p={points}&{window_field(request)}"


def window_field(request: TrendRequest) -> str:
    """Return the part of an address that says which window is shown."""
    if request.fixed is None:
        return f"w={width_text(request.width_s)}"
    start, end = (
        moment.astimezone(UTC).strftime(_STAMP)
        for moment in (request.fixed.start, request.fixed.end)
    )
    return f"from={start}&to={end}"


def path(request: TrendRequest) -> str:
    """Return the whole address within the site."""
    return PAGE + address(request)


def width_text(width_s: float) -> str:
    """Return a width as a preset's name where there is one, else in seconds."""
    for name, preset_s in PRESETS_S.items():
        if preset_s == width_s:
            return name
    return f"{round(width_s)}s"


def _width_s(texts: list[str] | None) -> float | None:
    match = _WIDTH.fullmatch(texts[0]) if texts else None
    return int(match[1]) * _UNITS_S[match[2]] if match else None


def _allowed(width_s: float) -> float:
    return min(max(width_s, WINDOW_MIN_S), WINDOW_MAX_S)


def _stamp(texts: list[str] | None) -> datetime | None:
    try:
        found = datetime.strptime(texts[0], _STAMP).replace(tzinfo=UTC) if texts else None
    except ValueError:
        return None
    return found if found is None or found.year >= YEAR_MIN else None
