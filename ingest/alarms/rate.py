"""How fast a value rises or falls, over the readings of a while (pure).

Readings are kept as plain numbers, at most SAMPLES_MAX of them: there are thousands of windows.
"""

from array import array

HOUR_US = 3_600_000_000
SAMPLES_MAX = 512


class Rate:
    """The change by the hour within the last `over_s`."""

    def __init__(self, over_s: float) -> None:
        self._over_us = round(over_s * 1e6)
        self._times_us = array("q")
        self._values = array("d")

    def add(self, at_us: int, value: float) -> float | None:
        """Take a reading; return the change by the hour, None if too little is known."""
        times_us, since_us = self._times_us, at_us - self._over_us
        times_us.append(at_us)
        self._values.append(value)
        # The newest one that is old enough stays: from it on the change is counted.
        while len(times_us) > SAMPLES_MAX or (len(times_us) > 1 and times_us[1] <= since_us):
            del times_us[0], self._values[0]
        if times_us[0] > since_us and len(times_us) < SAMPLES_MAX:
            return None
        span_us = at_us - times_us[0]
        return (value - self._values[0]) * HOUR_US / span_us if span_us else None
