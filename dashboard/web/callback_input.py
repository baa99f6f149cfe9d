"""What a page sends to a callback, read with distrust: anybody can send anything.

What does not fit is as if nothing had been sent: the callback changes nothing.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash.exceptions import PreventUpdate

from dashboard.web.trend_url import YEAR_MIN

SCREEN_MIN_PX, SCREEN_MAX_PX = 200.0, 8_000.0
YEAR_MAX = 2199
TEXTS_MAX = 1_000

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def screen_px(screen: Any) -> float:
    """Return the width of the screen that the page reports. Raises PreventUpdate without one."""
    width_px = screen.get("width_px") if isinstance(screen, dict) else None
    if isinstance(width_px, bool) or not isinstance(width_px, int | float):
        raise PreventUpdate
    return float(min(max(width_px, SCREEN_MIN_PX), SCREEN_MAX_PX))


def text(value: Any) -> str:
    """Return a text; an empty one for anything else.

    Raises PreventUpdate for one that no database can hold.
    """
    if not isinstance(value, str):
        return ""
    if not is_storable(value):
        raise PreventUpdate
    return value


def is_storable(value: str) -> bool:
    """Tell whether a database can hold a text: it has no NUL and no half of a character."""
    return _UNSTORABLE.search(value) is None


def texts(values: Any) -> tuple[str, ...]:
    """Return the texts of a list; none for anything else.

    Raises PreventUpdate as `text` does, and for more than anybody chooses.
    """
    found: Sequence[Any] = values if isinstance(values, list) else ()
    if len(found) > TEXTS_MAX:
        raise PreventUpdate
    return tuple(text(one) for one in found if isinstance(one, str))


def moment(value: Any) -> datetime | None:
    """Return a moment of a time axis, which counts milliseconds since 1970 UTC."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = datetime.fromtimestamp(value / 1000.0, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if YEAR_MIN <= found.year <= YEAR_MAX else None
