"""What the model is told about a stretch of time: the recordings' values, the calendar, noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from deploy.demo import noise
from deploy.demo.noise import Floats
from deploy.demo.replay_clock import DAY_US, SECOND_US, Times

HOUR_US = 3600 * SECOND_US
_MONDAY_US = 4 * DAY_US  # 1970-01-05
_YEAR_S = 365.2425 * 86_400
_SEASON_PEAK_DAY = 200

Values = dict[str, Floats]


@dataclass(frozen=True)
class Scene:
    """The moments [n] for which the plant is computed.

    `at_us` is the present, `process_us` the virtual time of the replay clock; they differ only
    in a live replay. `drive` holds what the recordings say at `process_us`, [n] each (see
    `deploy.demo.drivers`). A `quiet` scene has no noise: the mean course, for integrals.
    """

    at_us: Times
    process_us: Times
    drive: Mapping[str, Floats]
    zone: ZoneInfo
    quiet: bool = False

    @cached_property
    def local_us(self) -> Times:
        """Process time as the site's wall clock, microseconds since 1970 local."""
        hours, place = np.unique(self.process_us // HOUR_US, return_inverse=True)
        offsets = np.array([_offset_us(self.zone, int(hour)) for hour in hours], np.int64)
        return self.process_us + offsets[place]

    @property
    def hour(self) -> Floats:
        """Hour of the local day, 0 to 24."""
        return (self.local_us % DAY_US) / HOUR_US

    @property
    def weekday(self) -> npt.NDArray[np.int64]:
        """Local day of the week, Monday is 0."""
        return (self.local_us - _MONDAY_US) // DAY_US % 7

    @cached_property
    def season(self) -> Floats:
        """1 in the middle of July, -1 in the middle of January."""
        days = self.process_us / DAY_US
        return np.cos(2 * np.pi * (days - _SEASON_PEAK_DAY) * 86_400 / _YEAR_S)

    @property
    def shift(self) -> npt.NDArray[np.bool_]:
        """Whether the sludge treatment is manned: working days, 7 to 15 h."""
        return (self.weekday < 5) & (self.hour >= 7) & (self.hour < 15)

    def wander(self, name: str, knot_s: int) -> Floats:
        """Return slow noise within -1 to 1, in step with the process."""
        if self.quiet:
            return np.zeros(len(self.at_us))
        return noise.smooth(name, self.process_us, knot_s)

    def hiss(self, name: str) -> Floats:
        """Return the noise of an instrument, mean 0 and deviation 1, new every second."""
        if self.quiet:
            return np.zeros(len(self.at_us))
        return noise.white(name, self.at_us)

    def jitter(self, name: str, share: float) -> Floats:
        """Return factors around 1 that vary by about `share`."""
        slow = self.wander(f"{name}~", 1800)
        return 1 + share * (slow + 0.5 * self.hiss(name))

    def phase(self, period_s: int, lag_s: float = 0) -> Floats:
        """Return 0 to 1 through a cycle of the controls, which keep present time."""
        lag_us = round(lag_s * SECOND_US)
        return (self.at_us - lag_us) % (period_s * SECOND_US) / (period_s * SECOND_US)

    def saw(self, period_s: int, lag_s: int = 0) -> Floats:
        """Return 0 to 1 through a cycle of the process, such as from cleaning to cleaning."""
        return (
            (self.process_us - lag_s * SECOND_US) % (period_s * SECOND_US) / (period_s * SECOND_US)
        )


@cache
def _offset_us(zone: ZoneInfo, hour: int) -> int:
    offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds()) * SECOND_US
