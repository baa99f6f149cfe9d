"""Thickening, dewatering on working days, chemicals, biogas of the sludge that left."""

import numpy as np

from deploy.demo.model.scene import Scene, Values

CAKE_PERCENT = 22.0
FERRIC_TANK_EVERY_S = 17 * 86_400


def sludge(scene: Scene, values: Values) -> Values:
    """Return sludge treatment and chemical dosing."""
    return _dewatering(scene, values) | _chemicals(scene)


def _dewatering(scene: Scene, values: Values) -> Values:
    on = scene.shift
    cake = CAKE_PERCENT + 0.8 * scene.wander("li-qt-702", 5400)
    solids_kg_h = values["_primary_solids_kg_h"] + values["_waste_kg_h"]
    # Fed at 3.5 % from a buffer: a week's solids in its 40 manned hours.
    feed = 11.0 * scene.jitter("li-ft-701", 0.03)
    return {
        "li-ft-701": np.where(on, feed, 0),
        "li-qt-702": cake,
        "li-ft-704": np.where(on, 0.86 * feed, 0),
        "li-qt-705": 560 * (1 + 0.25 * scene.wander("li-qt-705", 4 * 3600)),
        "li-ft-706": np.where(on, 950 * scene.jitter("li-ft-706", 0.03), 0),
        "li-sk1-ji": np.where(on, 33 * scene.jitter("li-sk1-ji", 0.03), 0),
        "en-gq-924": np.clip(0.34 * solids_kg_h * 0.72, 5, 58)
        * (1 + 0.05 * scene.wander("en-gq-924", 7200)),
        "_cake_t_h": solids_kg_h / (10 * CAKE_PERCENT),
    }


def _chemicals(scene: Scene) -> Values:
    share = np.clip(scene.drive["flow_in_trend"] / 549, 0.1, 2)
    denitrified = np.clip(scene.drive["nitrate_1"] / 8, 0.4, 2)
    return {
        "ke-ft-801": 52 * share * scene.jitter("ke-ft-801", 0.02),
        "ke-ft-802": 41 * share * scene.jitter("ke-ft-802", 0.02),
        "ke-lt-803": 94 - 68 * scene.saw(FERRIC_TANK_EVERY_S) + 0.2 * scene.hiss("ke-lt-803"),
        "ke-ft-804": np.clip(28 * denitrified, 0, 79) * scene.jitter("ke-ft-804", 0.02),
        "ke-ft-805": np.clip(70 * share, 0, 190) * scene.jitter("ke-ft-805", 0.02),
    }
