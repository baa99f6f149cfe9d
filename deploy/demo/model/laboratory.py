"""Laboratory results: flow-weighted composites of the day before, and grab samples."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from deploy.demo import noise
from deploy.demo.model.scene import HOUR_US, Values
from deploy.demo.replay_clock import SECOND_US, Times

COMPOSITE_HOURS = 24
SAMPLING_TIME = time(8)
WEEKLY_ON = 1  # Tuesday
MONTHLY_WEEKS = 4

# Point -> (value of the model, factor, addend, deviation of the method as a share).
_INFLUENT = {
    "lab-in-bod7": ("_bod7", 1.0, 0.0, 0.06),
    "lab-in-cod": ("jv-qt-211", 1.0, 0.0, 0.04),
    "lab-in-tp": ("_total_p", 1.0, 0.0, 0.04),
    "lab-in-tn": ("_total_n", 1.0, 0.0, 0.04),
    "lab-in-nh4n": ("jv-qt-210", 1.0, 0.0, 0.03),
    "lab-in-ss": ("jv-qt-209", 1.0, 0.0, 0.06),
}
_EFFLUENT = {
    "lab-out-bod7": ("lv-qt-604", 10.0, 0.9, 0.1),
    "lab-out-cod": ("lv-qt-608", 1.5, 7.0, 0.05),
    "lab-out-tp": ("lv-qt-607", 1.0, 0.02, 0.06),
    "lab-out-tn": ("lv-qt-606", 1.0, 2.2, 0.04),
    "lab-out-nh4n": ("lv-qt-605", 1.0, 0.0, 0.05),
    "lab-out-ss": ("lv-qt-604", 5.0, 0.3, 0.1),
}
_GRAB_DAILY = ("lab-ml-svi", "il-qt-442")
_GRAB_MONTHLY = ("lab-out-ecoli",)
POINTS = (*_INFLUENT, *_EFFLUENT, *_GRAB_DAILY, *_GRAB_MONTHLY)


def sampling_times(first_us: int, until_us: int, zone: ZoneInfo) -> list[tuple[date, int]]:
    """Return day and moment of the samples in [first, until): every local day at 8 h."""
    day = datetime.fromtimestamp(first_us / 1e6, UTC).astimezone(zone).date()
    found: list[tuple[date, int]] = []
    while True:
        moment = datetime.combine(day, SAMPLING_TIME, zone)
        moment_us = round(moment.timestamp()) * SECOND_US
        if moment_us >= until_us:
            return found
        if moment_us >= first_us:
            found.append((day, moment_us))
        day += timedelta(days=1)


def composite_times(sample_us: int) -> Times:
    """Return the hours [24] that the composite of a sample is made of."""
    return sample_us - np.arange(COMPOSITE_HOURS, 0, -1, dtype=np.int64) * HOUR_US


def results(day: date, day_before: Values) -> dict[str, float]:
    """Return what the laboratory reports for a sample; `day_before` holds 24 hourly values."""
    number = day.toordinal()
    found: dict[str, float] = {}
    if day.weekday() == WEEKLY_ON:
        for table, flow in ((_INFLUENT, "_flow_in"), (_EFFLUENT, "_flow_out")):
            weight = np.maximum(day_before[flow], 1.0)
            for point, (source, factor, addend, deviation) in table.items():
                mean = float(np.average(day_before[source], weights=weight))
                found[point] = (mean * factor + addend) * (1 + deviation * _error(point, number))
        if number // 7 % MONTHLY_WEEKS == 0:
            found["lab-out-ecoli"] = float(round(4 + 3.9 * _error("lab-out-ecoli", number)))
    found["lab-ml-svi"] = 112 + 14 * _error("lab-ml-svi", number // 5)
    found["il-qt-442"] = float(day_before["il-qt-442"][-1]) + 0.05 * _error("il-qt-442", number)
    return found


def _error(point: str, number: int) -> float:
    """Return a number within -1 to 1 that belongs to a sample."""
    return float(2 * noise.uniform(point, np.array([number]))[0] - 1)
