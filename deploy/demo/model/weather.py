"""Air temperature and rain, as the seasons and the recorded inflow suggest."""

import numpy as np

from deploy.demo.model.scene import Scene, Values


def weather(scene: Scene, _values: Values) -> Values:
    """Return air temperature (deg C) and rain (mm in 10 min).

    Rain falls when the recorded inflow is about to rise: 1.5 mm for each tenth of the dry flow.
    """
    swing = 2.0 + 1.5 * scene.season
    temperature = (
        4.5
        + 12.5 * scene.season
        + swing * np.cos(2 * np.pi * (scene.hour - 15) / 24)
        + 4 * scene.wander("air-temperature", 36 * 3600)
    )
    trend, ahead = scene.drive["flow_in_trend"], scene.drive["flow_in_ahead"]
    rise = np.maximum((ahead - trend) / scene.drive["flow_dry"] - 0.06, 0)
    rain = np.minimum(15 * rise * (1 + 0.6 * scene.wander("rain", 600)), 12)
    return {"saa-tt-951": temperature, "saa-rt-950": rain}
