"""The plausible pair: two points of one site that should read the same. Pure."""

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.quality.around import usable_rows
from ingest.quality.range_checks import usable
from schemas.check_rule import Beside

US_PER_S = 1_000_000


def disagrees(rows: Rows, other: Rows, name: str, points: Points) -> NDArray[np.bool_]:
    """Mark readings of a point that were for long not what another point read.

    Both are sorted by time; `name` is what the other one is called in the rules. A reading that is
    no neighbour says nothing, here as there. The whole time is marked, from its first reading.
    """
    found = usable_rows(rows, points)
    ts_us = rows.ts_us[found.place]
    value = points.in_newest_unit(rows.value[found.place], found.definition)
    differs = np.zeros(len(ts_us), bool)
    after_us = np.full(len(ts_us), np.inf)
    for definition in np.unique(found.definition).tolist():
        beside = points.rules.beside[definition]
        if beside is None or beside.point != name:
            continue
        own = found.definition == definition
        after_us[own] = beside.after_s * US_PER_S
        scale = points.scale_of(definition)
        differs[own] = _differs(ts_us[own], value[own], _read(other, points), beside, scale)
    return _spread(len(rows), found.place, _lasting(ts_us, differs, found.is_linked, after_us))


def _read(other: Rows, points: Points) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    definition = points.definition(other.point_id, other.ts_us)
    can = usable(other, points, definition)
    return other.ts_us[can], points.in_newest_unit(other.value[can], definition[can])


def _differs(
    ts_us: NDArray[np.int64],
    value: NDArray[np.float64],
    read: tuple[NDArray[np.int64], NDArray[np.float64]],
    beside: Beside,
    scale: float,
) -> NDArray[np.bool_]:
    """Mark what is too far from the other's reading that stands."""
    other_us, other = read
    if not len(other_us):
        return np.zeros(len(ts_us), bool)
    place = np.searchsorted(other_us, ts_us, side="right") - 1
    stands = (place >= 0) & (ts_us - other_us[place] <= beside.stands_s * US_PER_S)
    allowed = beside.within * scale + beside.within_share * np.abs(other[place])
    found: NDArray[np.bool_] = stands & (np.abs(value - other[place]) > allowed)
    return found


def _lasting(
    ts_us: NDArray[np.int64],
    differs: NDArray[np.bool_],
    is_linked: NDArray[np.bool_],
    after_us: NDArray[np.float64],
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
