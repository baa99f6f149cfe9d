"""The plausible pair: a point held against another one of its site. Pure."""

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.quality.around import usable_rows
from ingest.quality.range_checks import usable
from schemas.check_rule import Beside, Contradiction

US_PER_S = 1_000_000


def disagrees(rows: Rows, other: Rows, name: str, points: Points) -> NDArray[np.bool_]:
    """Mark readings of a point that another point contradicted for long.

    Both are sorted by time; `name` is what the other one is called in the rules. A reading that is
    no neighbour says nothing, here as there. The whole time is marked, from its first reading.
    """
    found = usable_rows(rows, points)
    ts_us = rows.ts_us[found.place]
    value = points.in_newest_unit(rows.value[found.place], found.definition)
    marked = np.zeros(len(ts_us), bool)
    read = _read(other, points)
    for definition in np.unique(found.definition).tolist():
        own = found.definition == definition
        for rule in points.rules.others[definition]:
            if rule.point != name:
                continue
            differs = np.zeros(len(ts_us), bool)
            scale = points.scale_of(definition)
            differs[own] = _differs(ts_us[own], value[own], read, rule, scale)
            marked |= _lasting(ts_us, differs, found.is_linked, rule.after_s * US_PER_S)
    return _spread(len(rows), found.place, marked)


def _read(other: Rows, points: Points) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    definition = points.definition(other.point_id, other.ts_us)
    can = usable(other, points, definition)
    return other.ts_us[can], points.in_newest_unit(other.value[can], definition[can])


def _differs(
    ts_us: NDArray[np.int64],
    value: NDArray[np.float64],
    read: tuple[NDArray[np.int64], NDArray[np.float64]],
    rule: Beside | Contradiction,
    scale: float,
) -> NDArray[np.bool_]:
    """Mark what the other's reading that stands contradicts."""
    other_us, other = read
    if not len(other_us):
        return np.zeros(len(ts_us), bool)
    place = np.searchsorted(other_us, ts_us, side="right") - 1
    stands = (place >= 0) & (ts_us - other_us[place] <= rule.stands_s * US_PER_S)
    contradicts: NDArray[np.bool_] = other[place] != 0.0
    if isinstance(rule, Beside):
        allowed = rule.within * scale + rule.within_share * np.abs(other[place])
        contradicts = np.abs(value - other[place]) > allowed
    return stands & contradicts


def _lasting(
    ts_us: NDArray[np.int64],
    differs: NDArray[np.bool_],
    is_linked: NDArray[np.bool_],
    after_us: float,
) -> NDArray[np.bool_]:
    """Mark the stretches of readings that differ, each linked with the one before, for so long."""
    goes_on = differs & is_linked
    goes_on[1:] &= differs[:-1]
    stretch = np.cumsum(~goes_on) - 1
    begins = np.flatnonzero(~goes_on)
    ends = np.append(begins[1:], len(ts_us)) - 1
    lasts_us = ts_us[ends] - ts_us[begins] if len(ts_us) else ts_us
    found: NDArray[np.bool_] = differs & (lasts_us[stretch] >= after_us)
    return found


def _spread(count: int, place: NDArray[np.intp], marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = np.zeros(count, bool)
    found[place] = marked
    return found
