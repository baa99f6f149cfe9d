"""Windows: stretches of time in which readings are marked, whatever they say themselves."""

from collections.abc import Mapping
from enum import StrEnum

from schemas.quality import Check


class WindowKind(StrEnum):
    """What goes on at an instrument or a part of the plant, or what a person thinks of readings."""

    CALIBRATION = "calibration"
    CLEANING = "cleaning"
    SERVICE = "service"
    CLEANING_IN_PLACE = "cleaning_in_place"
    TRIAL_CHANGE = "trial_change"
    SUSPECT = "suspect"
    BAD = "bad"


CHECKS: Mapping[WindowKind, Check] = {
    WindowKind.CALIBRATION: Check.CALIBRATION,
    WindowKind.CLEANING: Check.CLEANING,
    WindowKind.SERVICE: Check.SERVICE,
    WindowKind.CLEANING_IN_PLACE: Check.CLEANING_IN_PLACE,
    WindowKind.TRIAL_CHANGE: Check.TRIAL_CHANGE,
    WindowKind.SUSPECT: Check.JUDGED_SUSPECT,
    WindowKind.BAD: Check.JUDGED_BAD,
}
VERDICTS = (WindowKind.SUSPECT, WindowKind.BAD)
WORK = tuple(kind for kind in WindowKind if kind not in VERDICTS)
"""The kinds during which a point is being worked on, so that its alarms call nobody."""
