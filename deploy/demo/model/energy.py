"""Electric power by consumer, its sum, and heat."""

import numpy as np

from deploy.demo.model.scene import Scene, Values
from deploy.demo.noise import Floats

# What a meter of the whole plant sees beyond its sub-meters: transformers and cables.
REMAINDER_SHARE = 0.012
REMAINDER_KW = 2.0
SOLAR_KWP = 60.0


def lift_kw(flow_m3_h: Floats, head_m: float, efficiency: float) -> Floats:
    """Return the power to lift water: rho g Q H / eta."""
    return 9.81 * flow_m3_h / 3600 * head_m / efficiency


def energy(scene: Scene, values: Values) -> Values:
    """Return total power, and hidden rates by sub-meter under "_kw_911" to "_kw_918"."""
    circulation = values["il1-ft-418"] + values["il2-ft-428"]
    day = np.clip(np.cos(2 * np.pi * (scene.hour - 12) / 24), 0, 1)
    manned = (scene.weekday < 5) & (scene.hour >= 7) & (scene.hour < 16)
    pilots = np.nan_to_num(values["p02-ji-11"]) + values["p04-ji-06"] + values["_gac_kw"]
    kw = {
        "911": values["ken-p1-ji"] + values["ken-p2-ji"],
        "912": values["kp1-ji"] + values["kp2-ji"] + values["kp3-ji"],
        "913": values["kpm1-ji"] + values["kpm2-ji"],
        "914": values["mbr-pp-ji"]
        + lift_kw(values["mbr-ft-552"], 2.0, 0.65)
        + lift_kw(circulation, 0.9, 0.6),
        "915": values["li-sk1-ji"] + np.where(scene.shift, 14.0, 5.0),
        "916": 64 - 12 * scene.season + 4 * manned,
        "917": 14 + 9 * manned + pilots,
        "918": 27 + 6 * manned + 2 * day,
    }
    sub_meters = np.sum(list(kw.values()), axis=0)
    height = np.clip(np.cos(2 * np.pi * (scene.hour - 12.5) / 24) + 0.35 * scene.season - 0.2, 0, 1)
    heating = np.clip(1 - values["saa-tt-951"] / 17, 0, 2)
    return {
        "en-ji-901": sub_meters * (1 + REMAINDER_SHARE) + REMAINDER_KW,
        **{f"_kw_{meter}": power for meter, power in kw.items()},
        "_solar_kw": SOLAR_KWP * 0.6 * height,
        "_heat_pump_kw": 70 * heating,
        "_district_heat_kw": 35 * heating,
    }
