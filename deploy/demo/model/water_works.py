"""A small water works by balances alone: what people use, what the wells give, what is stored.

Nothing of it was measured. Water is neither made nor lost: the wells give what is treated and what
the filters are washed with; the reservoir takes what is treated beyond what is used.
"""

from zoneinfo import ZoneInfo

import numpy as np

from deploy.demo.counters import Counter, Counters
from deploy.demo.model.energy import lift_kw
from deploy.demo.model.scene import HOUR_US, Scene, Values
from deploy.demo.noise import Floats
from deploy.demo.replay_clock import ReplayClock, Times

DEMAND_M3_H = 26.0  # 195 litres a day of 3 200 people
# What people use in an hour as a share of the mean, by hour of the local day.
HOURS = (
    *(0.4, 0.35, 0.3, 0.3, 0.4, 0.75, 1.5, 1.65, 1.35, 1.1, 1.0, 1.0),
    *(1.05, 1.0, 0.95, 1.0, 1.15, 1.4, 1.55, 1.5, 1.35, 1.15, 0.95, 0.85),
)
LEAKAGE_SHARE = 0.1
EVENED_H = 24  # the treatment runs at the mean demand of so many hours around
RESERVOIR_M2, RESERVOIR_MEAN_M3 = 225.0, 600.0
WASH_M3_H, WASH_S = 18.0, 1200.0
WELLS = {"kv1": (0.45, 6.2), "kv2": (0.35, 7.4), "kv3": (0.2, 5.1)}  # share, level at rest in m
WELL_HEAD_M, WELL_EFFICIENCY = 34.0, 0.55
NET_STATIC_BAR, NET_FRICTION_BAR, NET_EFFICIENCY = 4.9, 0.35, 0.6
SECOND_PUMP_M3_H = 33.0
CHLORINE_MG_L, PRODUCT_G_L = 0.45, 120.0  # 1.2 kg/l, a tenth of it active
UV_KW, AIR_KW, BUILDING_KW = 0.9, 1.6, 2.4

COUNTERS = {
    "rv-fq-1": Counter(3_410_000, "_raw"),
    "hv-fq-1": Counter(52_000, "_wash"),
    "tv-fq-51": Counter(3_350_000, "_demand"),
    "sj-jq-1": Counter(1_980_000, "_kw"),
    "sj-jq-2": Counter(1_410_000, "_pumping_kw"),
}


class WaterWorks:
    """Computes the works at any moments; a pure function of time, as `PlantModel` is."""

    counters = COUNTERS
    sampled: frozenset[str] = frozenset()

    def __init__(self, zone: ZoneInfo) -> None:
        """Take the zone of the site, by whose clock people use water."""
        self._zone = zone
        self._counters = Counters(
            lambda virtual_us: self._flowing(self._scene(virtual_us, virtual_us, quiet=True)),
            COUNTERS,
        )

    def state(self, at_us: Times, clock: ReplayClock) -> Values:
        """Return the values [n] of all points by key, at present moments in microseconds."""
        values = self._flowing(self._scene(at_us, clock.virtual(at_us)))
        shown = {key: value for key, value in values.items() if not key.startswith("_")}
        return shown | self._counters.at(at_us, clock)

    def samples(
        self, _first_us: int, _until_us: int, _clock: ReplayClock
    ) -> list[tuple[int, dict[str, float]]]:
        """Return no results: the works has no laboratory here."""
        return []

    def _scene(self, at_us: Times, process_us: Times, *, quiet: bool = False) -> Scene:
        return Scene(at_us, process_us, {}, self._zone, quiet)

    def _flowing(self, scene: Scene) -> Values:
        values = self._water(scene)
        values |= _treatment(scene, values)
        values |= _pumping(scene, values)
        return values

    def _demand(self, process_us: Times) -> Floats:
        """Return what leaves for the network, m3/h; without noise, so that it can be summed."""
        scene = self._scene(process_us, process_us)
        used = np.interp(scene.hour, np.arange(25) + 0.5, (*HOURS, HOURS[0]), period=24)
        weekend = np.where(scene.weekday >= 5, 1.08, 1.0)
        summer = 1 + 0.06 * scene.season
        return DEMAND_M3_H * (LEAKAGE_SHARE + (1 - LEAKAGE_SHARE) * used * weekend * summer)

    def _water(self, scene: Scene) -> Values:
        """Return demand, treatment and storage.

        With T the width of the mean and d the demand, treatment is the mean of d over t ± T/2, so
        the volume stored is V0 + 1/T ∫ (T/2 - u) (d(t + u) - d(t - u)) du from 0 to T/2.
        """
        step_h = 0.5
        ahead = np.arange(step_h / 2, EVENED_H / 2, step_h)
        shifts = np.rint(np.concatenate([-ahead[::-1], ahead]) * HOUR_US).astype(np.int64)
        around = np.stack([self._demand(scene.process_us + shift) for shift in shifts])
        half = len(ahead)
        weights = (EVENED_H / 2 - ahead) * step_h / EVENED_H
        stored = weights @ (around[half:] - around[:half][::-1])
        demand, treated = self._demand(scene.process_us), around.mean(axis=0)
        washed = [_washed(scene, lag_s) for lag_s in (7200, 9000)]
        wash = WASH_M3_H * (washed[0] + washed[1])
        return {
            "_demand": demand,
            "_treated": treated,
            "_wash": wash,
            "_raw": treated + wash,
            "vs-lt-1": (RESERVOIR_MEAN_M3 + stored) / RESERVOIR_M2 + 0.004 * scene.hiss("vs-lt-1"),
            "hv-ft-1": wash * scene.jitter("hv-ft-1", 0.01),
        }


def _washed(scene: Scene, lag_s: int) -> Floats:
    """Return 1 while a filter is washed, once a day, else 0."""
    return (scene.saw(86_400, lag_s) < WASH_S / 86_400).astype(float)


def _treatment(scene: Scene, values: Values) -> Values:
    raw, treated = values["_raw"], values["_treated"]
    found: Values = {
        "rv-ft-1": raw * scene.jitter("rv-ft-1", 0.004),
        "rv-tt-2": 6.4 + 0.4 * scene.season + 0.05 * scene.wander("rv-tt-2", 7200),
        "rv-qt-3": 0.9 + 0.15 * scene.wander("rv-qt-3", 7200) + 0.02 * scene.hiss("rv-qt-3"),
        "rv-qt-4": 6.6 + 0.05 * scene.wander("rv-qt-4", 7200) + 0.01 * scene.hiss("rv-qt-4"),
        "it-ft-1": 20 * raw * scene.jitter("it-ft-1", 0.02),
        "pe-qt-1": 0.75 + 0.05 * scene.wander("pe-qt-1", 14_400),
        "uv-qt-2": 400
        * np.clip(33 / np.maximum(treated, 1), 0.8, 1.6)
        * scene.jitter("uv-qt-2", 0.01),
        "kl-ft-1": CHLORINE_MG_L * treated / PRODUCT_G_L * scene.jitter("kl-ft-1", 0.02),
        "kl-lt-2": 20 + 75 * (1 - scene.saw(21 * 86_400)),
        "tv-qt-53": 0.12 + 0.03 * scene.wander("tv-qt-53", 7200) + 0.004 * scene.hiss("tv-qt-53"),
        "tv-qt-54": 8.1 + 0.05 * scene.wander("tv-qt-54", 7200) + 0.01 * scene.hiss("tv-qt-54"),
        "tv-qt-55": CHLORINE_MG_L * 0.7 + 0.02 * scene.wander("tv-qt-55", 3600),
    }
    for filter_key, lag_s in (("ps1", 7200), ("ps2", 9000)):
        found[f"{filter_key}-ft-2"] = treated / 2 * scene.jitter(f"{filter_key}-ft-2", 0.006)
        clogged = 6 + 16 * scene.saw(86_400, lag_s)
        found[f"{filter_key}-pd-1"] = (
            clogged * (treated / DEMAND_M3_H) * scene.jitter(f"{filter_key}-pd-1", 0.02)
        )
    for well, (share, rest_m) in WELLS.items():
        flow = raw * share
        found[f"{well}-ft-1"] = flow * scene.jitter(f"{well}-ft-1", 0.004)
        found[f"{well}-lt-2"] = rest_m - 0.09 * flow + 0.01 * scene.hiss(f"{well}-lt-2")
    return found


def _pumping(scene: Scene, values: Values) -> Values:
    demand = values["_demand"]
    pressure = NET_STATIC_BAR + NET_FRICTION_BAR * (demand / DEMAND_M3_H) ** 2
    high_lift = lift_kw(demand, 10.2, NET_EFFICIENCY) * pressure
    both = demand > SECOND_PUMP_M3_H
    first = ~both & (scene.weekday % 2 == 0)
    one, two = both | first, both | ~first
    wells = lift_kw(values["_raw"], WELL_HEAD_M, WELL_EFFICIENCY)
    pumping = high_lift + wells
    total = (pumping + UV_KW + AIR_KW + BUILDING_KW - 0.8 * scene.season) * 1.01
    used = demand - LEAKAGE_SHARE * DEMAND_M3_H
    return {
        "tv-ft-51": demand * scene.jitter("tv-ft-51", 0.004),
        "tv-pt-52": pressure * scene.jitter("tv-pt-52", 0.004),
        "vp-ji-3": high_lift * scene.jitter("vp-ji-3", 0.01),
        "vp1-ji-1": np.where(one, high_lift / (1.0 + both), 0) * scene.jitter("vp1", 0.01),
        "vp2-ji-1": np.where(two, high_lift / (1.0 + both), 0) * scene.jitter("vp2", 0.01),
        "vp1-run-2": one.astype(float),
        "vp2-run-2": two.astype(float),
        # Between the works and the districts a part is lost.
        "am1-ft-1": 0.58 * (used + 0.03 * DEMAND_M3_H) * scene.jitter("am1-ft-1", 0.006),
        "am2-ft-1": 0.42 * (used + 0.03 * DEMAND_M3_H) * scene.jitter("am2-ft-1", 0.006),
        "sj-ji-1": total * scene.jitter("sj-ji-1", 0.01),
        "_kw": total,
        "_pumping_kw": pumping,
    }
