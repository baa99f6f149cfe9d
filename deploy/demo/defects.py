"""Faults that the model makes on purpose, so that the quality features have something to show.

Each returns after a fixed period of present time: a function of time like everything else.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from deploy.demo.replay_clock import SECOND_US, Times

GOOD = 0
UNCERTAIN_LAST_USABLE_VALUE = 0x4090_0000
BAD_SENSOR_FAILURE = 0x808C_0000


class Fault(Enum):
    """What happens to a point while its defect lasts."""

    SILENT = "nothing is sent: the value grows old"
    FROZEN = "the value stands still, status good"
    CLEANING = "the last value is held and called uncertain"
    BROKEN = "no value, status bad"
    STUCK = "a value that cannot be right, status good"


@dataclass(frozen=True)
class Defect:
    """A fault of one point that lasts `length_s` and returns every `every_s`."""

    point: str
    fault: Fault
    every_s: int
    length_s: int
    lag_s: int = 0
    stuck_at: float = 0.0

    def begin_us(self, at_us: Times) -> Times:
        """Return when the defect that holds at moments [n] began; -1 where none holds."""
        since = (at_us - self.lag_s * SECOND_US) % (self.every_s * SECOND_US)
        return np.where(since < self.length_s * SECOND_US, at_us - since, -1)

    @property
    def status(self) -> int:
        """OPC UA status code that is sent while it holds."""
        by_fault = {
            Fault.CLEANING: UNCERTAIN_LAST_USABLE_VALUE,
            Fault.BROKEN: BAD_SENSOR_FAILURE,
        }
        return by_fault.get(self.fault, GOOD)


# Staggered over two hours, so that whoever asks for faults sees one within minutes.
EVERY_S = 2 * 3600
DEFECTS: tuple[Defect, ...] = (
    Defect("il2-qt-429", Fault.SILENT, EVERY_S, length_s=900),
    Defect("lv-qt-605", Fault.CLEANING, EVERY_S, length_s=1200, lag_s=900),
    Defect("lv-qt-606", Fault.CLEANING, EVERY_S, length_s=1200, lag_s=900),
    Defect("lv-qt-607", Fault.FROZEN, EVERY_S, length_s=2400, lag_s=2100),
    Defect("jv-qt-212", Fault.BROKEN, EVERY_S, length_s=600, lag_s=4500),
    # A dirty window reads beyond the instrument's range; a probe in air reads next to nothing.
    Defect("jv-qt-209", Fault.STUCK, EVERY_S, length_s=900, lag_s=5100, stuck_at=2150.0),
    Defect("jv-qt-208", Fault.STUCK, EVERY_S, length_s=1200, lag_s=6000, stuck_at=14.0),
)


def held(defect: Defect) -> bool:
    """Return whether the defect repeats the value with which it began."""
    return defect.fault in (Fault.FROZEN, Fault.CLEANING)


def replaced(
    defect: Defect, values: npt.NDArray[np.float64], begin_us: Times
) -> npt.NDArray[np.float64]:
    """Return values [n] with those of a BROKEN or STUCK defect in place."""
    instead = np.nan if defect.fault is Fault.BROKEN else defect.stuck_at
    return np.where(begin_us >= 0, instead, values)
