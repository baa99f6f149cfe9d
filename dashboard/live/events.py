"""What travels to the browser: server-sent events with compact JSON.

    event: values   {"now": ms, "whole": bool,
                     "points": {"<point_id>": [ts_ms, value, qc, checks, since_ms]}}
    event: beat     {"now": ms, "database": bool}
    event: alarms   {"counts": {"<priority>": [standing, unacknowledged]}, "urgent": n,
                     "state": text, "points": {"<point_id>": "<priority>"},
                     "names": {"<point_id>": {"<language>": text}}}
    event: crowded  {}: the viewer has too many pages open, and this one gets no more values
    event: end      {}: whoever reads may not any more

`value` is null where the source sent none, `since_ms` unless the point deviates.
`urgent` counts alarms of high priority that nobody has acknowledged, `state` changes with what a
list of alarms shows, `points` holds the highest priority that stands at a point, and `names` what
that alarm is called, of the most urgent ones.
`now` is the server's clock, by which ages are shown.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from dashboard.store.alarms import Summary, alarm_facts


class Latest(NamedTuple):
    """The newest reading of a point: device time in ms since 1970, value, verdict, fired checks.

    `since_ms` is the device time of the first reading since the last good one, if this one is bad.
    """

    ts_ms: float
    value: float | None
    qc: int
    checks: int
    since_ms: float | None = None


Snapshot = Mapping[int, Latest]
CROWDED_FRAME = b"event: crowded\ndata: {}\n\n"
END_FRAME = b"event: end\ndata: {}\n\n"


def changes(before: Snapshot, after: Snapshot) -> dict[int, Latest]:
    """Return what is new or different in `after`."""
    return {point: latest for point, latest in after.items() if before.get(point) != latest}


def values_frame(points: Snapshot, now_ms: float, *, whole: bool) -> bytes:
    """Return the event that carries values; `whole` replaces all that the page knows."""
    return _event("values", {"now": round(now_ms), "whole": whole, "points": points})


def beat_frame(now_ms: float, *, database: bool) -> bytes:
    """Return the event that says: we are here, and whether the database is."""
    return _event("beat", {"now": round(now_ms), "database": database})


def alarms_frame(summary: Summary) -> bytes:
    """Return the event that says how many alarms stand."""
    return _event("alarms", alarm_facts(summary))


def _event(name: str, content: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(content))
