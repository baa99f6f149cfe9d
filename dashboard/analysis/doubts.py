"""Stretches of readings that are suspect or bad for one and the same reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Doubt:
    """Readings from `start_ms` to `end_ms`, both of them readings, of one verdict and one mask.

    Milliseconds since 1970 UTC; `checks` is the mask of the checks that fired.
    """

    start_ms: float
    end_ms: float
    qc: int
    checks: int
    readings: int


def checks_at(doubts: Sequence[Doubt], x_ms: Floats, step_ms: float = 0.0) -> NDArray[np.int64]:
    """Return the masks of what is doubtful in each [x, x + step]; 0 where nothing is."""
    found = np.zeros(x_ms.shape, np.int64)
    for doubt in doubts:
        found[(x_ms <= doubt.end_ms) & (x_ms + step_ms >= doubt.start_ms)] |= doubt.checks
    return found
