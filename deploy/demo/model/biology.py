"""Two activated sludge lines, their air, and what the effluent becomes.

Line 1's oxygen, air, ammonium and nitrate are recordings; line 2 follows the load.
"""

import numpy as np

from deploy.demo.model.hydraulics import dilution
from deploy.demo.model.scene import Scene, Values
from deploy.demo.noise import Floats

BLOWERS = ("kp1", "kp2", "kp3")
BLOWER_NM3_H = 4200.0
BLOWER_EFFICIENCY = 0.62
REACTOR_M3 = 4600.0
AMMONIUM_MEAN_MG_L = 41.0
FLOW_MEAN_M3_H = 549.0


def blower_kw(air_nm3_h: Floats, rise_kpa: Floats | float, efficiency: float) -> Floats:
    """Return shaft power of adiabatic compression from 101.3 kPa and 293 K.

    P = m cp T1 / eta * ((p2/p1)^0.283 - 1), with m = 1.293 kg/Nm3 and cp = 1.005 kJ/(kg K);
    for example Metcalf & Eddy, Wastewater Engineering, equation for blower power.
    """
    ratio = (101.3 + rise_kpa) / 101.3
    return 1.293 * air_nm3_h / 3600 * 1.005 * 293 / efficiency * (ratio**0.283 - 1)


def biology(scene: Scene, values: Values) -> Values:
    """Return both lines, blowers and the biological part of the effluent."""
    load = values["jv-qt-210"] * scene.drive["flow_in_trend"]
    load = np.clip(load / (AMMONIUM_MEAN_MG_L * FLOW_MEAN_M3_H), 0.3, 1.8)
    found = _line_2(scene, load)
    found |= _shared(scene, found, load)
    found |= _blowers(scene, found)
    return found | _effluent(scene, found)


def _line_2(scene: Scene, load: Floats) -> Values:
    wander = scene.wander
    ammonium = np.clip(1.5 * load**1.6 * (1 + 0.35 * wander("il2-nh4", 5400)), 0.15, 12)
    nitrate = 7.8 - 1.2 * (load - 1) + 1.4 * wander("il2-no3", 6 * 3600)
    air = (1300 + 1450 * load) * scene.jitter("il2-ft-427", 0.05)
    return {
        "il2-at-421": 1.9 + 0.35 * wander("il2-at-421", 900) + 0.04 * scene.hiss("il2-at-421"),
        "il2-at-422": 1.4 + 0.3 * wander("il2-at-422", 900) + 0.04 * scene.hiss("il2-at-422"),
        "il2-at-423": ammonium * scene.jitter("il2-at-423", 0.02),
        "il2-at-424": nitrate * scene.jitter("il2-at-424", 0.015),
        "il2-ft-427": air,
    }


def _shared(scene: Scene, line2: Values, load: Floats) -> Values:
    """Return what both lines have alike: redox, solids, recirculation, nitrous oxide."""
    found: Values = {}
    nitrates = {"1": scene.drive["nitrate_1"], "2": line2["il2-at-424"]}
    ammonia = {"1": scene.drive["ammonium_1"], "2": line2["il2-at-423"]}
    solids = 8.1 + 0.5 * np.sin(2 * np.pi * scene.saw(23 * 86_400))
    circulation = np.clip(1.3 * scene.drive["flow_in_trend"], 550, 2450)
    for line, n in (("1", 1), ("2", 2)):
        key = f"il{n}"
        redox = -150 + 9 * nitrates[line] + 25 * scene.wander(f"{key}-orp", 3600)
        n2o = 0.04 + 0.02 * ammonia[line] * load + 0.03 * scene.wander(f"{key}-n2o", 2700)
        found |= {
            f"{key}-at-4{n}5": np.clip(redox, -245, 45) + 2 * scene.hiss(f"{key}-orp"),
            f"{key}-at-4{n}6": solids * scene.jitter(f"{key}-at-4{n}6", 0.01),
            f"{key}-ft-4{n}8": circulation * scene.jitter(f"{key}-ft-4{n}8", 0.01),
            f"{key}-qt-4{n}9": np.clip(n2o, 0.005, 1.0),
        }
    found["il-tt-440"] = 11.6 + 4.4 * scene.season + 0.15 * scene.wander("il-tt-440", 7200)
    found["il-qt-441"] = 6.95 + 0.1 * scene.wander("il-qt-441", 7200)
    found["il-qt-442"] = 2.3 + 0.5 * scene.wander("il-qt-442", 3 * 86_400)
    found["_solids_g_l"] = solids
    return found


def _blowers(scene: Scene, values: Values) -> Values:
    total = scene.drive["air_1"] + values["il2-ft-427"]
    pressure = 58 + 4 * (total / 6000) ** 2 + 0.4 * scene.wander("il-pt-430", 600)
    needed = np.clip(np.ceil(total / (0.92 * BLOWER_NM3_H)), 1, len(BLOWERS))
    # The blowers take turns, a week each.
    week = scene.local_us // (7 * 86_400_000_000)
    each = total / needed
    found: Values = {"il-pt-430": pressure}
    for i, blower in enumerate(BLOWERS):
        on = (i - week) % len(BLOWERS) < needed
        power = blower_kw(each, pressure, BLOWER_EFFICIENCY) * scene.jitter(f"{blower}-ji", 0.01)
        found[f"{blower}-ji"] = np.where(on, power, 0)
        found[f"{blower}-si"] = np.where(on, np.minimum(100 * each / BLOWER_NM3_H, 100), 0)
    return found


def _effluent(scene: Scene, lines: Values) -> Values:
    ammonium = 0.22 * (scene.drive["ammonium_1"] + lines["il2-at-423"]) / 2
    nitrate = (scene.drive["nitrate_1"] + lines["il2-at-424"]) / 2
    phosphate = 0.06 * (1 + 0.5 * scene.wander("lv-qt-607", 4 * 3600))
    return {
        "lv-tt-602": lines["il-tt-440"] - 0.3 + 0.05 * scene.hiss("lv-tt-602"),
        "lv-qt-603": 7.1 + 0.12 * scene.wander("lv-qt-603", 5400),
        "lv-qt-604": 0.12 * (1 + 0.4 * scene.wander("lv-qt-604", 1800)),
        "lv-qt-605": np.maximum(ammonium * scene.jitter("lv-qt-605", 0.02), 0.05),
        "lv-qt-606": nitrate * scene.jitter("lv-qt-606", 0.01),
        "lv-qt-607": phosphate * scene.jitter("lv-qt-607", 0.03),
        "lv-qt-608": 14.5 * dilution(scene) ** 0.4 * scene.jitter("lv-qt-608", 0.015),
    }
