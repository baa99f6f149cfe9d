"""Inlet pumping, transfer, screens, composition of the influent, primary settling, effluent."""

import numpy as np

from deploy.demo.model.scene import Scene, Values
from deploy.demo.noise import Floats

# Mikkeli's water is stronger than the benchmark's: 56 000 p.e. in about 13 000 m3/d.
STRENGTH = 1.35
CAPACITY_M3_H = 1250.0
INLET_CAPACITY_M3_H = 1380.0
SECOND_PUMP_M3_H = 640.0
PUMP_EFFICIENCY = 0.64
TRANSFER_STATIC_BAR = 2.0
TRANSFER_FRICTION_BAR = 1.1  # at 1000 m3/h


def hydraulics(scene: Scene, _values: Values) -> Values:
    """Return inlet pumping, headworks, primary settling and effluent."""
    values = _inlet(scene)
    values |= _influent(scene)
    values |= _headworks(scene)
    values |= _primary(scene, values)
    return values


def dilution(scene: Scene) -> Floats:
    """Return concentrations as a share of those in dry weather [n].

    The benchmark's rain file is its dry file's load in more water, c = c_dry * Q_dry / Q, within
    its rounding; here Q is the trend of two hours, and the share is kept within 0.3 to 1.15.
    """
    flow = np.maximum(scene.drive["flow_in_trend"], 1.0)
    return np.clip(scene.drive["flow_dry"] / flow, 0.3, 1.15)


def _inlet(scene: Scene) -> Values:
    flow = scene.drive["flow_in"]
    overflow = np.maximum(flow - INLET_CAPACITY_M3_H, 0)
    pressure = TRANSFER_STATIC_BAR + TRANSFER_FRICTION_BAR * (flow / 1000) ** 2
    # Hydraulic power of a flow Q against p: 100 kPa/bar * Q / 3600 s/h.
    power = pressure * 100 * flow / 3600 / PUMP_EFFICIENCY
    both = scene.drive["flow_in_trend"] * scene.jitter("ken-start", 0.02) > SECOND_PUMP_M3_H
    first_leads = scene.weekday % 2 == 0
    running = flow > 20
    p1, p2 = running & (first_leads | both), running & (~first_leads | both)
    each = power / np.maximum(p1.astype(float) + p2, 1)
    return {
        "ken-ft-101": flow * scene.jitter("ken-ft-101", 0.012) + overflow,
        "ken-lt-102": 2.0 + 0.5 * scene.wander("ken-lt-102", 900) + 0.01 * scene.hiss("ken-lt"),
        "ken-p1-ji": np.where(p1, each * scene.jitter("ken-p1-ji", 0.01), 0),
        "ken-p2-ji": np.where(p2, each * scene.jitter("ken-p2-ji", 0.01), 0),
        "ken-p1-run": p1.astype(float),
        "ken-p2-run": p2.astype(float),
        "ken-ft-109": overflow,
        "sal-pt-110": pressure * scene.jitter("sal-pt-110", 0.01),
        "sal-ft-111": flow * scene.jitter("sal-ft-111", 0.01),
        "lv-ft-609": overflow,
    }


def _influent(scene: Scene) -> Values:
    drive, thin = scene.drive, dilution(scene)
    strength = STRENGTH * thin
    cod = drive["SI"] + drive["SS"] + drive["XI"] + drive["XS"] + drive["XBH"]
    temperature = 11.2 + 4.6 * scene.season - 2.0 * np.maximum(1 - thin, 0)
    temperature += 0.3 * np.cos(2 * np.pi * (scene.hour - 17) / 24)
    return {
        "jv-tt-206": temperature + 0.2 * scene.wander("jv-tt-206", 7200),
        "jv-qt-207": 7.35
        + 0.12 * np.sin(2 * np.pi * (scene.hour - 4) / 24)
        + 0.05 * scene.wander("jv-qt-207", 3600)
        + 0.01 * scene.hiss("jv-qt-207"),
        "jv-qt-208": 820 * thin**0.7 * scene.jitter("jv-qt-208", 0.03),
        "jv-qt-209": drive["TSS"] * strength * scene.jitter("jv-qt-209", 0.05),
        "jv-qt-210": drive["SNH"] * strength * scene.jitter("jv-qt-210", 0.02),
        "jv-qt-211": cod * strength * scene.jitter("jv-qt-211", 0.04),
        "_total_n": (drive["SNH"] + drive["SND"] + drive["XND"]) * strength,
        "_total_p": 7.0 * cod * strength / 514,
        "_bod7": 0.45 * cod * strength,
    }


def _headworks(scene: Scene) -> Values:
    share = scene.drive["flow_in"] / scene.drive["flow_dry"]

    def rake(lag_s: int) -> Floats:
        """Head loss at a screen: it clogs until the rake runs."""
        return 0.04 + 0.08 * scene.phase(1320, lag_s) ** 1.5 * np.clip(share, 0.2, 2)

    septage = np.where(
        scene.weekday < 5,
        np.interp(scene.hour, [0, 4, 7, 12, 15, 24], [30, 12, 12, 48, 66, 30]),
        np.interp(scene.hour, [0, 4, 24], [30, 12, 12]),
    )
    sulphide = 0.6 + 1.4 * np.maximum(1.1 - share, 0) + 0.5 * np.maximum(scene.season, 0)
    return {
        "jv-pdt-201": rake(0) * scene.jitter("jv-pdt-201", 0.04),
        "jv-pdt-202": rake(610) * scene.jitter("jv-pdt-202", 0.04),
        "jv-qt-212": sulphide * (1 + 0.4 * scene.wander("jv-qt-212", 1200)),
        "jv-lt-220": septage + 0.3 * scene.hiss("jv-lt-220"),
        # Eight loads of 8 m3 a working day.
        "_septage_m3_h": np.where(scene.shift, 8.0, 0.0),
    }


def _primary(scene: Scene, values: Values) -> Values:
    flow = scene.drive["flow_in"]
    load = np.clip(flow / CAPACITY_M3_H, 0, 1.2)
    removal = 0.62 - 0.16 * load
    solids = values["jv-qt-209"]
    removed_kg_h = solids * removal * flow / 1000
    dry_percent = 3.0 + 0.5 * scene.wander("es-qt-302", 4 * 3600)
    sludge_m3_h = removed_kg_h / (10 * dry_percent)
    # The sludge pump runs for a third of each half hour, at three times the mean flow.
    pumping = scene.phase(1860) < 1 / 3
    return {
        "es-ft-301": np.where(pumping, 3 * sludge_m3_h * scene.jitter("es-ft-301", 0.02), 0),
        "es-qt-302": dry_percent + 0.03 * scene.hiss("es-qt-302"),
        "es-qt-303": solids * (1 - removal) * scene.jitter("es-qt-303", 0.03),
        "es-qt-304": values["jv-qt-210"] * 1.03 * scene.jitter("es-qt-304", 0.015),
        "es-ft-309": np.maximum(flow - CAPACITY_M3_H, 0),
        "es-pdt-310": (0.04 + 0.07 * scene.phase(870) * load) * scene.jitter("es-pdt-310", 0.05),
        "_primary_solids_kg_h": removed_kg_h,
        "_primary_sludge_m3_h": sludge_m3_h,
    }
