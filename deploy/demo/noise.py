"""Noise that is a function of time: the same moment always gets the same value.

Numbers come from a hash of (name, step of time), so that any stretch can be computed again, alone
or in another order, and a restart changes nothing.
"""

import zlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_SECOND_US = 1_000_000


def white(name: str, at_us: npt.NDArray[np.int64]) -> Floats:
    """Return noise [n] of mean 0 and deviation 1 that is new in every second.

    The sum of three uniform numbers: close to normal, and never beyond 3.
    """
    seconds = at_us // _SECOND_US
    parts = [_uniform(f"{name}/{part}", seconds) for part in "abc"]
    return 2 * (parts[0] + parts[1] + parts[2] - 1.5)


def smooth(name: str, at_us: npt.NDArray[np.int64], knot_s: int) -> Floats:
    """Return noise [n] of mean 0, mostly within -1 to 1, that wanders from knot to knot.

    Knots are `knot_s` seconds apart; between them it follows half a cosine.
    """
    knot = at_us // (knot_s * _SECOND_US)
    share = (at_us - knot * (knot_s * _SECOND_US)) / (knot_s * _SECOND_US)
    blend = (1 - np.cos(np.pi * share)) / 2
    start, end = (2 * _uniform(name, knot + step) - 1 for step in (0, 1))
    return start * (1 - blend) + end * blend


def uniform(name: str, step: npt.NDArray[np.int64]) -> Floats:
    """Return numbers [n] in [0, 1), one for each name and whole step."""
    return _uniform(name, step)


def _uniform(name: str, step: npt.NDArray[np.int64]) -> Floats:
    """Hash (name, step) with the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    seed = np.uint64(zlib.crc32(name.encode()) << 32)
    mixed = step.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seed
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
