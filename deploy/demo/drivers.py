"""What the recordings say at any moment, as numbers for the plant model."""

import csv
import lzma
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deploy.demo.catalogue import RECORDINGS_DIR
from deploy.demo.errors import SourceMissing
from deploy.demo.noise import Floats
from deploy.demo.recording import Recording
from deploy.demo.replay_clock import DAY_US, SECOND_US, Loop, Times

TREND_ROWS = 25  # of 5 min: two hours
RO_IDLE_AFTER_S = 180
# A long sewer evens out the day: the swing of the benchmark's concentrations that is left.
SEWER_SWING = 0.6
_MONDAY_US = 4 * DAY_US

# The benchmark's columns after the day: g/m3.
_BENCHMARK_COLUMNS = [
    "SI",
    "SS",
    "XI",
    "XS",
    "XBH",
    "XBA",
    "XP",
    "SO",
    "SNO",
    "SNH",
    "SND",
    "XND",
    "SALK",
    "TSS",
]
_BENCHMARK_STEP_US = 900 * SECOND_US

# What the model needs from the main line's recordings, by the point that carries it.
MAIN_DRIVERS = {
    "flow_in": "main/jv-ft-205",
    "flow_out": "main/lv-ft-601",
    "oxygen_1": "main/il1-at-411",
    "ammonium_1": "main/il1-at-413",
    "nitrate_1": "main/il1-at-414",
    "air_1": "main/il1-ft-417",
}
RO_COLUMNS = {
    "ro_feed_l_min": "feed_flowrate_l_min",
    "ro_permeate_l_min": "permeate_flowrate_l_min",
    "ro_reject_l_min": "reject_flowrate_l_min",
    "ro_feed_psi": "feed_pressure_psi",
    "ro_permeate_us": "permeate_conductivity_high_us",
    "ro_reject_ms": "reject_conductivity_ms",
}


@dataclass(frozen=True)
class Feed:
    """Where a replayed point comes from: value = cell * scale + offset, in the point's unit."""

    recording: str
    column: str
    scale: float
    offset: float


@dataclass(frozen=True)
class _Series:
    """A column on its loop, holes filled with the value before; [row]."""

    loop: Loop
    values: Floats

    def at(self, virtual_us: Times) -> Floats:
        return np.interp(self.loop.position(virtual_us), self.loop.offset_us, self.values)


class Drivers:
    """The recordings' values at any virtual time. Pure after construction."""

    def __init__(
        self,
        recordings: Mapping[str, Recording],
        loops: Mapping[str, Loop],
        feeds: Mapping[str, Feed],
    ) -> None:
        """Take `feeds` by "<line>/<point>". Raises SourceMissing if the model's are not there."""
        self._series: dict[str, _Series] = {}
        for name, point in MAIN_DRIVERS.items():
            if point not in feeds:
                raise SourceMissing(
                    f"The plant model follows {point}, and no topic mapping of the site file feeds "
                    "it from a recording. Map it, see docs/demo-data.md."
                )
            feed = feeds[point]
            raw = recordings[feed.recording].numbers(feed.column)
            values = _filled(raw) * feed.scale + feed.offset
            self._series[name] = _Series(loops[feed.recording], values)
        for name in ("flow_in", "flow_out"):
            series = self._series[name]
            self._series[f"{name}_trend"] = _Series(series.loop, _running_mean(series.values))
        self._ro = loops["ro"]
        self._ro_values = {
            name: _filled(recordings["ro"].numbers(column)) for name, column in RO_COLUMNS.items()
        }
        self._benchmark = _read_benchmark()
        self.flow_dry = float(np.median(self._series["flow_in_trend"].values))

    def at(self, virtual_us: Times, local_us: Times) -> dict[str, Floats]:
        """Return all drivers [n] by name, at virtual times and the same on the site's clock.

        `flow_in_ahead` is the inflow trend an hour later. `<name>` of the benchmark's columns is
        its composition, repeated every two weeks from a Monday, g/m3. RO values are NaN
        while the pilot rests between its trials.
        """
        found = {name: series.at(virtual_us) for name, series in self._series.items()}
        found["flow_in_ahead"] = self._series["flow_in_trend"].at(virtual_us + 3600 * SECOND_US)
        found["flow_dry"] = np.full(len(virtual_us), self.flow_dry)
        found |= self._ro_at(virtual_us)
        step = (local_us - _MONDAY_US) % (14 * DAY_US) / _BENCHMARK_STEP_US
        grid = np.arange(len(self._benchmark) + 1)
        for column, name in enumerate(_BENCHMARK_COLUMNS):
            values = self._benchmark[:, column]
            values = values.mean() + SEWER_SWING * (values - values.mean())
            found[name] = np.interp(step, grid, np.append(values, values[0]))
        return found

    def _ro_at(self, virtual_us: Times) -> dict[str, Floats]:
        position = self._ro.position(virtual_us)
        row = np.searchsorted(self._ro.offset_us, position, side="right") - 1
        resting = position - self._ro.offset_us[row] > RO_IDLE_AFTER_S * SECOND_US
        return {
            name: np.where(resting, np.nan, values[row]) for name, values in self._ro_values.items()
        }


def _read_benchmark() -> npt.NDArray[np.float64]:
    with lzma.open(RECORDINGS_DIR / "bsm_dry_influent.csv.xz", "rt", encoding="utf-8") as text:
        rows = [list(map(float, row)) for row in csv.reader(text)]
    return np.array(rows)[:, 1 : 1 + len(_BENCHMARK_COLUMNS)]


def _filled(values: Floats) -> Floats:
    """Fill NaN with the last number before it, at the beginning with the first number."""
    known = np.flatnonzero(~np.isnan(values))
    place = np.searchsorted(known, np.arange(len(values)), side="right") - 1
    return values[known[np.maximum(place, 0)]]


def _running_mean(values: Floats) -> Floats:
    half = TREND_ROWS // 2
    padded = np.concatenate([values[-half:], values, values[:half]])
    return np.convolve(padded, np.full(TREND_ROWS, 1 / TREND_ROWS), mode="valid")
