"""How many decimals a value deserves."""

import math


def decimals(low: float | None, high: float | None) -> int:
    """Return the decimals that make about three digits of values between `low` and `high`."""
    size = max((abs(end) for end in (low, high) if end is not None), default=10.0)
    if size <= 0:
        return 2
    return min(max(2 - math.floor(math.log10(size)), 0), 4)
