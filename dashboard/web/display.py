"""Who looks: language, site's zone, theme and the width of the screen."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from babel import Locale

from dashboard.charts.decimals import number_text, written_decimals
from dashboard.charts.layout import Frame
from dashboard.charts.local_time_axis import texts
from dashboard.charts.palette import Scheme, palette_of
from dashboard.texts import text
from dashboard.web.hyphens import hyphenated

_NOON = time(12)
LOCALES = {"fi": "fi", "sv": "sv_FI", "en": "en_GB"}


@dataclass(frozen=True)
class DisplaySettings:
    """What a chart must know of the one who reads it."""

    language: str
    zone: ZoneInfo
    scheme: Scheme
    width_px: float
    prefix: str = ""
    is_low: bool = False  # whether charts have less height than they ask for

    @property
    def locale(self) -> str:
        """CLDR name of the reader's locale."""
        return LOCALES[self.language]

    @property
    def separators(self) -> str:
        """Decimal and thousands characters, as Plotly wants them."""
        return _separators(self.locale)

    @property
    def frame(self) -> Frame:
        """How charts are drawn for this reader."""
        return Frame(
            palette_of(self.scheme),
            self.zone,
            self.locale,
            self.separators,
            self.width_px,
            self.is_low,
        )

    def address(self, path: str) -> str:
        """Return an address of ours as the browser knows it, below the path of a proxy."""
        return f"{self.prefix}{path}"

    def text(self, key: str, /, **values: object) -> str:
        """Return a text of the catalogue."""
        return text(key, self.language, **values)

    def moment(self, at: datetime, skeleton: str = "minute") -> str:
        """Return a moment in the site's time: `day`, `minute` or `second`."""
        x_ms = np.array([at.timestamp() * 1000.0])
        return texts(x_ms, self.zone, self.locale, skeleton)[0]

    def span(self, start: datetime, end: datetime | None) -> str:
        """Return from when to when, to the minute; a day is named once. Without end: when."""
        if end is None:
            return self.moment(start)
        ends = self.moment(end).removeprefix(f"{self.moment(start, 'day')} ")
        return f"{self.moment(start)} – {ends}"

    def day(self, day: date) -> str:
        """Return a day of the site's calendar."""
        return self.moment(datetime.combine(day, _NOON, self.zone), "day")

    def percent(self, share: float) -> str:
        """Return a share of 1 as whole percents; only all of it is 100 %."""
        return f"{self.number(math.floor(100.0 * share), 0)} %"

    def name(self, names: Mapping[str, str]) -> str:
        """Return the name in the reader's language, else in any."""
        return names.get(self.language) or next(iter(names.values()), "")

    def hyphenated(self, words: str) -> str:
        """Return a text for a narrow place: its long words may be broken between syllables."""
        return hyphenated(words, self.language)

    def number(self, value: float, decimals: int) -> str:
        """Return a number as the reader writes it; `decimals` as values of its kind have them."""
        return number_text(value, decimals, self.separators)

    def exact(self, value: float, least_decimals: int = 0) -> str:
        """Return a number that somebody wrote with as many decimals as it has."""
        return self.number(value, written_decimals(value, least_decimals))


@cache
def _separators(locale: str) -> str:
    symbols = Locale.parse(locale).number_symbols["latn"]
    return f"{symbols['decimal']}{symbols['group']}"
