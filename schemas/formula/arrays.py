"""What the functions of the language compute.

Every value is an array with a row for each asset or stream, and a column for each step of the
window, or one column if it is one number. NaN is what is not known; docs/formulas.md says how each
function treats it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ZERO_CELSIUS_K = 273.15


def mean(values: Floats) -> Floats:
    """Return the mean of the known steps, each weighted alike."""
    return _over_known(values, np.nanmean)


def smallest(values: Floats) -> Floats:
    """Return the smallest of the known steps."""
    return _over_known(values, np.nanmin)


def largest(values: Floats) -> Floats:
    """Return the largest of the known steps."""
    return _over_known(values, np.nanmax)


def last(values: Floats) -> Floats:
    """Return the last of the known steps."""
    known = ~np.isnan(values)
    places = values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    found: Floats = values[np.arange(values.shape[0]), places][:, np.newaxis]
    return found


def integral(values: Floats, step_s: float) -> Floats:
    """Return the sum of values times seconds over the known steps."""
    return _over_known(values, np.nansum) * step_s


def daily_load(flow: Floats, sample: Floats, days: Ints) -> Floats:
    """Return the mean over sample days of the day's mean flow times its sample.

    A sample stands for the local day in which it was taken, whichever moment it bears. Days without
    a sample, or without flow, do not count.

    Args:
        flow: Flow in each step.
        sample: The sample in the steps that have one.
        days: A number for the local day of each step.
    """
    of_days = [flow[:, days == day] for day in np.unique(days)]
    taken = [sample[:, days == day] for day in np.unique(days)]
    loads = [mean(one) * mean(other) for one, other in zip(of_days, taken, strict=True)]
    return mean(np.hstack(loads))


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return the sum of `part` over that of `whole`, over the steps in which both are known.

    NaN where the sum of `whole` is not positive: a plant that treats no water has no energy for
    each cubic metre of it.
    """
    both = ~np.isnan(part + whole)
    above = np.where(both, part, 0.0).sum(axis=1, keepdims=True)
    below = np.where(both, whole, 0.0).sum(axis=1, keepdims=True)
    return _quotient(above, below, below > 0)


def removal(entered: Floats, left: Floats, bypass: Floats | float = 0.0) -> Floats:
    """Return what did not leave, as a share of what entered; NaN where nothing entered."""
    removed = entered - left - bypass
    return _quotient(removed, np.broadcast_to(entered, removed.shape), entered > 0)


def duration(condition: Floats, step_s: float) -> Floats:
    """Return for how many seconds a condition held, over the known steps."""
    return integral(condition, step_s)


def count(condition: Floats) -> Floats:
    """Return how often a condition began to hold: after a step in which it is known not to."""
    begun = (condition[:, 1:] == 1.0) & (condition[:, :-1] == 0.0)
    known = ~np.isnan(condition).all(axis=1, keepdims=True)
    found: Floats = np.where(known, begun.sum(axis=1, keepdims=True), np.nan)
    return found


def at_temperature(values: Floats, temperature_k: Floats, reference_k: Floats) -> Floats:
    """Return flow through a membrane as it would be at another temperature of the water.

    Flow is inversely proportional to the viscosity of water, so values are multiplied by
    eta(T)/eta(reference), eta = 1.784 - 0.0575 T + 0.0011 T2 - 1e-5 T3 mPa.s with T in °C (a fit
    that is usual for membrane bioreactors, good from 0 to 35 °C).
    """
    found: Floats = values * _viscosity(temperature_k) / _viscosity(reference_k)
    return found


def logarithm(number: Floats) -> Floats:
    """Return the decimal logarithm; NaN of what is not positive."""
    return np.log10(number, out=np.full(number.shape, np.nan), where=number > 0)


def total(*values: Floats) -> Floats:
    """Return the sum over assets; NaN where any of them is not known."""
    found: Floats = _rows(values).sum(axis=0, keepdims=True)
    return found


def mean_of(*values: Floats) -> Floats:
    """Return the mean over those assets that are known."""
    return _over_known(_rows(values).T, np.nanmean).T


def both(left: Floats, right: Floats) -> Floats:
    """Return 1 where both conditions hold, 0 where one does not, NaN where it is not known."""
    found: Floats = np.where((left == 0) | (right == 0), 0.0, left * right)
    return found


def either(left: Floats, right: Floats) -> Floats:
    """Return 1 where a condition holds, 0 where both do not, NaN where it is not known."""
    found: Floats = np.where((left == 1) | (right == 1), 1.0, left + right)
    return found


def quotient(above: Floats, below: Floats) -> Floats:
    """Return `above / below`; NaN where that divides by zero."""
    shape = np.broadcast_shapes(above.shape, below.shape)
    below = np.broadcast_to(below, shape)
    return _quotient(np.broadcast_to(above, shape), below, below != 0)


def compared(sign: str, left: Floats, right: Floats) -> Floats:
    """Return 1 where a comparison holds, 0 where it does not, NaN where a side is not known."""
    found: Floats = np.where(np.isnan(left + right), np.nan, _COMPARISONS[sign](left, right))
    return found


_COMPARISONS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
OPERATIONS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": quotient,
    "and": both,
    "or": either,
}
AT_MOMENTS: dict[str, Callable[..., Floats]] = {
    "at_temperature": at_temperature,
    "log10": logarithm,
    "sum": total,
    "mean_of": mean_of,
}
OF_VALUES: dict[str, Callable[..., Floats]] = {
    "mean": mean,
    "min": smallest,
    "max": largest,
    "last": last,
    "ratio": ratio,
    "removal": removal,
    "count": count,
}
WITH_STEP: dict[str, Callable[..., Floats]] = {
    "integral": integral,
    "load": lambda flow, concentration, step_s: integral(flow * concentration, step_s),
    "duration": duration,
}


def _viscosity(temperature_k: Floats) -> Floats:
    celsius = temperature_k - ZERO_CELSIUS_K
    return 1.784 - 0.0575 * celsius + 0.0011 * celsius**2 - 1e-5 * celsius**3


def _rows(values: tuple[Floats, ...]) -> Floats:
    steps = max(each.shape[1] for each in values)
    return np.vstack([np.broadcast_to(each, (each.shape[0], steps)) for each in values])


def _over_known(values: Floats, function: Callable[..., Floats]) -> Floats:
    """Return what `function` makes of the known steps of each row; NaN if there are none."""
    found = np.full((values.shape[0], 1), np.nan)
    rows = ~np.isnan(values).all(axis=1)
    if rows.any():
        found[rows, 0] = function(values[rows], axis=1)
    return found


def _quotient(above: Floats, below: Floats, where: NDArray[np.bool_]) -> Floats:
    where = np.broadcast_to(where, above.shape)
    found: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=where)
    return found
