"""Numbers on their way to Plotly: base64 instead of text, several times smaller and faster."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray


def packed(values: NDArray[np.float64]) -> dict[str, Any]:
    """Return a float64 array of one or two dimensions as a typed array; NaN stays a gap."""
    data = np.ascontiguousarray(values, dtype="<f8")
    spec = {"dtype": "f8", "bdata": base64.b64encode(data.tobytes()).decode("ascii")}
    if data.ndim > 1:
        spec["shape"] = ",".join(map(str, data.shape))
    return spec
