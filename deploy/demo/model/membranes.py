"""Four membrane tanks: cycles, fouling and cleaning, scour air, return and waste sludge."""

import numpy as np
import numpy.typing as npt

from deploy.demo.model.biology import REACTOR_M3, blower_kw
from deploy.demo.model.scene import Scene, Values
from deploy.demo.noise import Floats

TANKS = (1, 2, 3, 4)
AREA_M2 = 13_750.0  # of each tank; 5.5 ha in all
# Six times filtration and rest, then a backwash.
FILTRATION_S, REST_S, BACKWASH_S = 570, 30, 45
FILTRATIONS = 6
CYCLE_S = FILTRATIONS * (FILTRATION_S + REST_S) + BACKWASH_S
BACKWASH_SHARE = 0.5  # of the flow in filtration
CIP_EVERY_S, CIP_S = 28 * 86_400, 6 * 3600
CEB_EVERY_S, CEB_S = 7 * 86_400, 45 * 60
CLEAN_LMH_BAR, FOULING_LMH_BAR = 420.0, 150.0  # at 20 deg C; lost until the next CIP
SCOUR_KPA, SCOUR_EFFICIENCY = 30.0, 0.66
SLUDGE_AGE_D = 20.0
WAS_M3_H = 22.0

FILTER, RELAX, BACKWASH, CEB, CIP = 1, 2, 3, 4, 5


def viscosity(celsius: Floats) -> Floats:
    """Return the viscosity of water, mPa s: 1.784 - 0.0575 T + 0.0011 T^2 - 1e-5 T^3."""
    return 1.784 - 0.0575 * celsius + 0.0011 * celsius**2 - 1e-5 * celsius**3


def membranes(scene: Scene, values: Values) -> Values:
    """Return the tanks, scour air blowers, permeate pumps and the sludge around them."""
    modes = {tank: _mode(scene, tank) for tank in TANKS}
    in_service = np.sum([mode <= BACKWASH for mode in modes.values()], axis=0, dtype=np.float64)
    permeate = scene.drive["flow_out"]
    # What a tank gives while it filters, so that the mean of its cycle is its share.
    gross = CYCLE_S / (FILTRATIONS * FILTRATION_S - BACKWASH_SHARE * BACKWASH_S)
    each = permeate / np.maximum(in_service, 1) * gross
    found: Values = {}
    for tank in TANKS:
        found |= _tank(scene, values, tank, modes[tank], each)
    return found | _air_and_pumps(scene, found) | _sludge(scene, values)


def _mode(scene: Scene, tank: int) -> npt.NDArray[np.int64]:
    second = scene.phase(CYCLE_S, lag_s=157 * tank) * CYCLE_S
    resting = second % (FILTRATION_S + REST_S) >= FILTRATION_S
    mode = np.where(resting, RELAX, FILTER)
    mode = np.where(second >= CYCLE_S - BACKWASH_S, BACKWASH, mode)
    mode = np.where(_since(scene, CEB_EVERY_S, _ceb_lag_s(tank)) < CEB_S, CEB, mode)
    return np.where(_since(scene, CIP_EVERY_S, _cip_lag_s(tank)) < CIP_S, CIP, mode)


def _ceb_lag_s(tank: int) -> int:
    return tank * 86_400 + 2 * 3600


def _cip_lag_s(tank: int) -> int:
    return tank * 7 * 86_400 + 8 * 3600


def _since(scene: Scene, every_s: int, lag_s: int) -> Floats:
    """Return seconds of process time since the last cleaning began."""
    return scene.saw(every_s, lag_s) * every_s


def _tank(
    scene: Scene, values: Values, tank: int, mode: npt.NDArray[np.int64], each: Floats
) -> Values:
    key, n = f"mbr{tank}", f"5{tank}"
    filtering = each * scene.jitter(f"{key}-ft", 0.01)
    flow = np.select([mode == FILTER, mode == BACKWASH], [filtering, -BACKWASH_SHARE * each], 0)
    flux = np.where(mode <= BACKWASH, filtering * 1000 / AREA_M2, 0)
    fouled = scene.saw(CIP_EVERY_S, _cip_lag_s(tank)) * FOULING_LMH_BAR
    relief = 1 - 0.25 * np.exp(-_since(scene, CEB_EVERY_S, _ceb_lag_s(tank)) / 86_400)
    permeability = CLEAN_LMH_BAR - fouled * relief
    # K20 = K * eta(T) / eta(20)
    at_temperature = permeability * viscosity(np.array(20.0)) / viscosity(values["il-tt-440"])
    through = flow * 1000 / AREA_M2 / at_temperature * 1000
    air = np.where(mode == CIP, 0, 2250 + 6 * np.clip(each - 120, 0, 120))
    spike = np.where(scene.phase(7 * 3600, lag_s=4000 * tank) < 0.01, 0.12, 0)
    return {
        f"{key}-ft-{n}1": flow,
        f"{key}-pdt-{n}2": through + 0.3 * scene.hiss(f"{key}-pdt"),
        f"{key}-ft-{n}3": air * scene.jitter(f"{key}-air", 0.01),
        f"{key}-lt-{n}4": 3.0 + 0.08 * scene.wander(f"{key}-lt", 300),
        f"{key}-qt-{n}5": 0.06 * (1 + 0.4 * scene.wander(f"{key}-qt", 1800)) + spike,
        f"{key}-mode": mode.astype(float),
        f"{key}-fy-{n}6": flux,
        f"{key}-qy-{n}7": permeability * scene.jitter(f"{key}-qy", 0.01),
        f"_{key}_air": air,
    }


def _air_and_pumps(scene: Scene, tanks: Values) -> Values:
    air = np.sum([tanks[f"_mbr{tank}_air"] for tank in TANKS], axis=0)
    scour = blower_kw(air, SCOUR_KPA, SCOUR_EFFICIENCY) / 2
    pumps = 7 + 24 * scene.drive["flow_out"] / 1000
    return {
        "kpm1-ji": scour * scene.jitter("kpm1-ji", 0.01),
        "kpm2-ji": scour * scene.jitter("kpm2-ji", 0.01),
        "mbr-pp-ji": pumps * scene.jitter("mbr-pp-ji", 0.015),
    }


def _sludge(scene: Scene, values: Values) -> Values:
    flow = np.maximum(scene.drive["flow_in_trend"], 50)
    returned = np.clip(4 * flow, 1550, 4400)
    solids = values["_solids_g_l"] * (returned + flow) / returned
    # SRT = V X / (Qw Xw): the effluent of membranes carries no sludge.
    wasted = REACTOR_M3 * values["_solids_g_l"] / (SLUDGE_AGE_D * 24 * solids)
    pumping = scene.phase(3660) < wasted / WAS_M3_H
    chlorine = [_dosing(scene, CEB_EVERY_S, _ceb_lag_s(tank), (0, CEB_S)) for tank in TANKS]
    citric = [_dosing(scene, CIP_EVERY_S, _cip_lag_s(tank), (9000, 12_600)) for tank in TANKS]
    return {
        "mbr-qt-551": solids * scene.jitter("mbr-qt-551", 0.01),
        "mbr-ft-552": returned * scene.jitter("mbr-ft-552", 0.01),
        "mbr-ft-553": np.where(pumping, WAS_M3_H * scene.jitter("mbr-ft-553", 0.02), 0),
        "ke-ft-806": np.max(chlorine, axis=0) * scene.jitter("ke-ft-806", 0.02),
        "ke-ft-807": np.max(citric, axis=0) * scene.jitter("ke-ft-807", 0.02),
        "_waste_m3_h": wasted,
        "_waste_kg_h": wasted * solids,
    }


def _dosing(scene: Scene, every_s: int, lag_s: int, window_s: tuple[int, int]) -> Floats:
    """Return the flow of a cleaning chemical, l/h, within a window of each cleaning."""
    since = _since(scene, every_s, lag_s)
    return np.where((since >= window_s[0]) & (since < window_s[1]), 300.0, 0.0)
