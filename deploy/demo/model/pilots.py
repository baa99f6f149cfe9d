"""The pilot lines: activated carbon, reverse osmosis, struvite, ozone.

Reverse osmosis is a recording; what its pilot did not record follows from the same rows.
"""

import numpy as np

from deploy.demo.model.scene import Scene, Values

GAC_BED_M3 = 1.5
GAC_FEED_M3_H = 6.0
GAC_LIFE_S = 120 * 86_400
GAC_BACKWASH_S = 48 * 3600
STRUVITE_P_SHARE = 0.126
RO_PUMP_EFFICIENCY = 0.5
RO_IDLE_KW = 0.05
BAR_PER_PSI = 0.0689476


def pilots(scene: Scene, values: Values) -> Values:
    """Return the four pilots; NaN where a value has no meaning at the moment."""
    return _carbon(scene, values) | _osmosis(scene) | _struvite(scene) | _ozone(scene, values)


def _carbon(scene: Scene, values: Values) -> Values:
    feed = GAC_FEED_M3_H * scene.jitter("p01-ft-01", 0.01)
    volumes = scene.saw(GAC_LIFE_S, 20 * 86_400) * GAC_LIFE_S / 3600 * GAC_FEED_M3_H / GAC_BED_M3
    removal = 0.28 + 0.5 * np.exp(-volumes / 5000)
    before = values["lv-qt-608"] * scene.jitter("p01-qt-05", 0.01)
    loss = 4 + 20 * scene.saw(GAC_BACKWASH_S) ** 1.3
    return {
        "p01-ft-01": feed,
        "p01-ft-02": feed * 0.995 * scene.jitter("p01-ft-02", 0.005),
        "p01-pdt-03": loss * scene.jitter("p01-pdt-03", 0.02),
        "p01-qt-04": 0.08 * (1 + 0.4 * scene.wander("p01-qt-04", 1800)),
        "p01-qt-05": before,
        "p01-qt-06": before * (1 - removal) * scene.jitter("p01-qt-06", 0.015),
        "p01-qy-08": volumes,
        "_gac_kw": 0.6 + 0.02 * loss,
    }


def _osmosis(scene: Scene) -> Values:
    """Return what follows from the recorded rows.

    Salt balance: Qf Cf = Qp Cp + Qr Cr. Recovery Qp/Qf, rejection 1 - Cp/Cf. Pump power: the
    hydraulic power Q p / 36 (m3/h, bar) over an assumed efficiency of 0.5. The concentrate's
    pressure is assumed 1 bar below the feed's.
    """
    drive = scene.drive
    feed = np.maximum(drive["ro_feed_l_min"], 1e-6)
    salt = drive["ro_permeate_l_min"] * np.maximum(drive["ro_permeate_us"], 0)
    salt = salt + drive["ro_reject_l_min"] * drive["ro_reject_ms"] * 1000
    conductivity = salt / feed
    bar = drive["ro_feed_psi"] * BAR_PER_PSI
    power = feed * 60 / 1000 * bar / 36 / RO_PUMP_EFFICIENCY
    rejection = 100 * (1 - np.maximum(drive["ro_permeate_us"], 0) / conductivity)
    return {
        "p02-pt-05": np.maximum(bar - 1.0, 0),
        "p02-qt-06": conductivity,
        "p02-qy-09": 100 * drive["ro_permeate_l_min"] / feed,
        "p02-qy-10": np.clip(rejection, 0, 100),
        "p02-ji-11": np.where(np.isnan(power), RO_IDLE_KW, RO_IDLE_KW + power),
    }


def _struvite(scene: Scene) -> Values:
    feed = 420 * scene.jitter("p03-ft-01", 0.02)
    before = 165 * (1 + 0.3 * scene.wander("p03-qt-04", 6 * 3600))
    after = before * (0.13 + 0.05 * scene.wander("p03-qt-05", 3 * 3600))
    return {
        "p03-ft-01": feed,
        "p03-ft-02": 3.9 * before / 165 * scene.jitter("p03-ft-02", 0.02),
        "p03-qt-03": 8.2 + 0.15 * scene.wander("p03-qt-03", 1800) + 0.01 * scene.hiss("p03-qt-03"),
        "p03-qt-04": before,
        "p03-qt-05": after,
        "_struvite_kg_h": feed / 1e6 * (before - after) / STRUVITE_P_SHARE,
    }


def _ozone(scene: Scene, values: Values) -> Values:
    # The trial's plan: four doses a day, six hours each.
    dose = np.array([3.0, 5.0, 7.0, 9.0])[(scene.hour // 6).astype(int)]
    flow = 3.2 * scene.jitter("p04-ft-01", 0.01)
    dose = dose * scene.jitter("p04-qt-02", 0.02)
    reduction = 70 * (1 - np.exp(-dose * 1.9 / values["lv-qt-608"]))
    return {
        "p04-ft-01": flow,
        "p04-qt-02": dose,
        "p04-qt-03": np.clip(0.03 * dose * (1 + 0.5 * scene.wander("p04-qt-03", 900)), 0, 0.5),
        "p04-qt-04": np.clip(0.006 + 0.004 * scene.wander("p04-qt-04", 600), 0, 1),
        "p04-qt-05": reduction * scene.jitter("p04-qt-05", 0.02),
        # 12 kWh per kg of ozone, and what the generator needs by itself.
        "p04-ji-06": 0.5 + 12 * dose * flow / 1000,
    }
