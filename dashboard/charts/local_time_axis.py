"""The site's local time on an axis that counts milliseconds.

Counted from 1970 UTC time is a straight line, whatever zone the browser is in. We write the labels
and the times of the hover box ourselves, in the site's local time. In the autumn night the repeated
hour stands on the axis twice, marked with its offset; in the spring night one label is missing.
Nothing is drawn backwards or on top of itself.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from babel.dates import format_skeleton
from numpy.typing import NDArray

from dashboard.analysis.window import Window
from schemas.local_time import midnight

TICK_MIN_PX = 88  # room for "ti 24.11." and some air
DAY_TICK_MIN_PX = 56  # the same, where every label is a day
REPEATED_MIN_PX = 44  # room for "UTC+3": the two labels of a repeated hour may stand closer
DAYS_TOLD_MAX_S = 21 * 86_400  # in wider windows weeks are told, not days
DAY_S = 86_400
QUARTER_MS = 900_000  # offsets change on whole quarters of an hour
TEXTS_CACHED_MAX = 20_000

_SECONDS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24)
_MONTH_S = 30.44 * DAY_S


class Tick(NamedTuple):
    """A label on the axis: its moment in UTC and its text, whose lines are parted by <br>."""

    at: datetime
    text: str


def ticks(window: Window, zone: ZoneInfo, locale: str, width_px: float) -> list[Tick]:
    """Return the labels of `window`, and of half its width on both sides for a drag.

    Args:
        window: The visible stretch of time.
        zone: The site's zone, in which labels stand on round wall-clock times.
        locale: CLDR name of the reader's locale, such as `fi` or `sv_FI`.
        width_px: Width of the axis in CSS pixels; clocks keep TICK_MIN_PX of it each.
    """
    px_s = window.width_s / max(width_px, TICK_MIN_PX)
    finest_s = px_s * TICK_MIN_PX
    wide = window.widened(2.0)
    tells_days = window.width_s <= DAYS_TOLD_MAX_S
    seconds = next((step for step in _SECONDS if step >= finest_s), None)
    if seconds is not None and tells_days:
        moments = _apart(_within(_wall_times(wide, zone, seconds), wide), px_s * REPEATED_MIN_PX)
        return _clock_labels(moments, window, zone, locale, "Hms" if seconds < 60 else "Hm")
    steps = [step for step in _DAYS if step % 7 == 0 or tells_days]
    days = next((step for step in steps if step * DAY_S >= px_s * DAY_TICK_MIN_PX), None)
    if days is not None:
        return _day_labels(_within(_midnights(wide, zone, days), wide), window, zone, locale)
    months = next((step for step in _MONTHS if step * _MONTH_S >= finest_s), _MONTHS[-1])
    return _month_labels(_within(_firsts(wide, zone, months), wide), window, zone, locale)


def texts(x_ms: NDArray[np.float64], zone: ZoneInfo, locale: str, skeleton: str) -> list[str]:
    """Return the local time of each moment of `x_ms` (milliseconds since 1970 UTC) as text.

    `skeleton` is `day` (date only), `minute` or `second`. Moments of the repeated autumn hour carry
    their offset. NaN gives an empty text.
    """
    known = ~np.isnan(x_ms)
    quarters = np.where(known, x_ms // QUARTER_MS, 0).astype(np.int64)
    unique, where = np.unique(quarters, return_inverse=True)
    looked_up = [_offset(int(quarter), zone) for quarter in unique]
    offset_s = np.array([offset for offset, _ in looked_up])[where]
    local_s = np.where(known, x_ms // 1000, 0).astype(np.int64) + offset_s
    days, seconds = np.divmod(local_s, DAY_S)
    result = []
    for is_known, day, second, quarter in zip(
        known.tolist(), days.tolist(), seconds.tolist(), where.tolist(), strict=True
    ):
        if not is_known:
            result.append("")
        elif skeleton == "day":
            result.append(_date_text(day, locale))
        else:
            kept = second if skeleton == "second" else second - second % 60
            clock = _clock_text(kept, locale, skeleton)
            result.append(f"{_date_text(day, locale)} {clock}{looked_up[quarter][1]}")
    return result


def _wall_times(window: Window, zone: ZoneInfo, step_s: int) -> list[datetime]:
    """Return the moments at which the wall clock shows a multiple of `step_s` after midnight.

    `step_s` divides a day. The clocks may change once in the window.
    """
    edges = [moment.astimezone(zone) for moment in (window.start, window.end)]
    offsets_s = [(edge.utcoffset() or timedelta()).total_seconds() for edge in edges]
    first = int((window.start.timestamp() + min(offsets_s)) // step_s)
    last = int((window.end.timestamp() + max(offsets_s)) // step_s)
    moments = set()
    for count in range(first, last + 1):
        local = datetime(1970, 1, 1) + timedelta(seconds=count * step_s)  # noqa: DTZ001 - a wall clock
        for fold in (0, 1):
            moment = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            if moment.astimezone(zone).replace(tzinfo=None) == local:
                moments.add(moment)
    return sorted(moments)


def _apart(moments: Iterable[datetime], room_s: float) -> list[datetime]:
    """Return moments with at least `room_s` between them."""
    kept: list[datetime] = []
    for moment in moments:
        if not kept or (moment - kept[-1]).total_seconds() >= room_s:
            kept.append(moment)
    return kept


def _midnights(window: Window, zone: ZoneInfo, step_days: int) -> Iterator[datetime]:
    day = window.start.astimezone(zone).date()
    day -= timedelta(days=(day.toordinal() - 1) % step_days)  # weeks begin on Monday
    while (moment := midnight(day, zone)) < window.end:
        yield moment
        day += timedelta(days=step_days)


def _firsts(window: Window, zone: ZoneInfo, step_months: int) -> Iterator[datetime]:
    start = window.start.astimezone(zone)
    month = start.year * 12 + start.month - 1
    month -= month % step_months
    while (moment := midnight(date(month // 12, month % 12 + 1, 1), zone)) < window.end:
        yield moment
        month += step_months


def _within(moments: Iterable[datetime], window: Window) -> list[datetime]:
    return [moment for moment in moments if window.start <= moment < window.end]


def _clock_labels(
    moments: list[datetime], window: Window, zone: ZoneInfo, locale: str, skeleton: str
) -> list[Tick]:
    first = next((moment for moment in moments if moment >= window.start), None)
    labels, day = [], None
    for moment in moments:
        local = moment.astimezone(zone)
        text = format_skeleton(skeleton, local, locale=locale)
        below = [repeated_offset(local)]
        if moment == first or (day is not None and local.date() != day):
            below.append(format_skeleton("MEd", local, locale=locale))
        day = local.date()
        labels.append(Tick(moment, "<br>".join(filter(None, (text, " ".join(below).strip())))))
    return labels


def _day_labels(moments: list[datetime], window: Window, zone: ZoneInfo, locale: str) -> list[Tick]:
    first = next((moment for moment in moments if moment >= window.start), None)
    labels, year = [], None
    for moment in moments:
        local = moment.astimezone(zone)
        text = format_skeleton("MEd", local, locale=locale)
        if moment == first or (year is not None and local.year != year):
            text += f"<br>{local.year}"
        year = local.year
        labels.append(Tick(moment, text))
    return labels


def _month_labels(
    moments: list[datetime], window: Window, zone: ZoneInfo, locale: str
) -> list[Tick]:
    first = next((moment for moment in moments if moment >= window.start), None)
    labels = []
    for moment in moments:
        local = moment.astimezone(zone)
        text = format_skeleton("MMM", local, locale=locale)
        if moment == first or local.month == 1:
            text += f"<br>{local.year}"
        labels.append(Tick(moment, text))
    return labels


def repeated_offset(local: datetime) -> str:
    """Return the offset of a local time as text if the clocks show it twice, else nothing."""
    early, late = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    if early == late:
        return ""
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def _offset(quarter: int, zone: ZoneInfo) -> tuple[int, str]:
    """Return the offset in seconds and the mark of the quarter of an hour after 1970."""
    local = datetime.fromtimestamp(quarter * QUARTER_MS / 1000, zone)
    repeated = repeated_offset(local)
    seconds = int((local.utcoffset() or timedelta()).total_seconds())
    return seconds, f" ({repeated})" if repeated else ""


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def _date_text(day: int, locale: str) -> str:
    return format_skeleton("yMEd", date.fromordinal(day + _EPOCH_ORDINAL), locale=locale)


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def _clock_text(second: int, locale: str, skeleton: str) -> str:
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return format_skeleton("Hms" if skeleton == "second" else "Hm", moment, locale=locale)


_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
