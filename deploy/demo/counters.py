"""Counters as exact integrals of the model's mean rates: a function of time, monotone, no state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from deploy.demo.noise import Floats
from deploy.demo.replay_clock import SECOND_US, ReplayClock, Times

EPOCH_US = round(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * SECOND_US
GRID_US = 300 * SECOND_US
BLOCK_ROWS = 8640  # 30 days
HOUR_US = 3600 * SECOND_US


@dataclass(frozen=True)
class Counter:
    """A counter: what it shows at the epoch, the model's rate per hour, the size of a load.

    With a `load` it jumps by whole loads (a weighbridge, a tanker), otherwise it runs.
    """

    base: float
    rate: str
    load: float | None = None


COUNTERS: dict[str, Counter] = {
    "jv-fq-205": Counter(21_400_000, "_flow_in"),
    "lv-fq-601": Counter(20_950_000, "_flow_out"),
    "jv-fq-221": Counter(61_000, "_septage_m3_h", load=8),
    "li-wq-703": Counter(38_400, "_cake_t_h", load=12),
    "en-jq-901": Counter(21_900_000, "en-ji-901"),
    "en-jq-911": Counter(2_700_000, "_kw_911"),
    "en-jq-912": Counter(5_500_000, "_kw_912"),
    "en-jq-913": Counter(5_600_000, "_kw_913"),
    "en-jq-914": Counter(2_000_000, "_kw_914"),
    "en-jq-915": Counter(620_000, "_kw_915"),
    "en-jq-916": Counter(2_900_000, "_kw_916"),
    "en-jq-917": Counter(880_000, "_kw_917"),
    "en-jq-918": Counter(1_290_000, "_kw_918"),
    "en-jq-921": Counter(190_000, "_solar_kw"),
    "en-hq-922": Counter(2_100_000, "_heat_pump_kw"),
    "en-hq-923": Counter(1_050_000, "_district_heat_kw"),
    "p01-jq-07": Counter(9_400, "_gac_kw"),
    "p03-wq-06": Counter(1_850, "_struvite_kg_h", load=5),
}

Rates = Callable[[Times], Mapping[str, Floats]]


class Counters:
    """What the counters show at any moment.

    The rates are integrated by trapezoids over virtual time from the epoch on, in blocks that are
    kept. In a live replay the rates pass `speed` times as fast and count 1/speed as much, so that a
    counter agrees with the flow or power beside it. Before the epoch counters stand still.
    """

    def __init__(self, rates: Rates, counters: Mapping[str, Counter]) -> None:
        """Take the model's mean rates per hour [n] at virtual times [n], and what counts them."""
        self._rates = rates
        self._counters = counters
        self._total = {name: np.zeros(1) for name in counters}

    def at(self, present_us: Times, clock: ReplayClock) -> dict[str, Floats]:
        """Return all counters [n] at present moments [n]."""
        virtual = clock.virtual(present_us)
        self._reach(int(np.max(virtual, initial=EPOCH_US)))
        found = {}
        for name, counter in self._counters.items():
            total = self._until(name, virtual)
            edges = np.array([clock.start_us, clock.start_us + clock.ahead_us])
            before, begun = self._until(name, edges).tolist()
            live = present_us >= clock.start_us
            total = np.where(live, before + (total - begun) / clock.speed, total)
            if counter.load is not None:
                total = np.floor(total / counter.load) * counter.load
            found[name] = counter.base + total
        return found

    def _until(self, name: str, virtual_us: Times) -> Floats:
        place = np.maximum(virtual_us - EPOCH_US, 0) / GRID_US
        total = self._total[name]
        return np.interp(place, np.arange(len(total)), total)

    def _reach(self, virtual_us: int) -> None:
        """Integrate further, block by block, until the tables cover a moment."""
        while True:
            done = len(next(iter(self._total.values()))) - 1
            if EPOCH_US + done * GRID_US >= virtual_us:
                return
            grid = EPOCH_US + np.arange(done, done + BLOCK_ROWS + 1, dtype=np.int64) * GRID_US
            rates = self._rates(grid)
            for name, counter in self._counters.items():
                rate = np.maximum(rates[counter.rate], 0)
                steps = (rate[1:] + rate[:-1]) / 2 * (GRID_US / HOUR_US)
                total = self._total[name]
                self._total[name] = np.concatenate([total, total[-1] + np.cumsum(steps)])
