"""Judges stored readings of one series from scratch, as if they came now. Pure."""

from dataclasses import replace

import numpy as np

from ingest.decoding.columns import Rows
from ingest.decoding.points import Points
from ingest.quality.around import bands, mark_runs, neighbour_checks, usable_rows
from ingest.quality.range_checks import checked
from ingest.quality.verdicts import bit, with_checks
from schemas.quality import OF_WINDOWS, Check

OF_MESSAGE = Check.SERVER_TIME | Check.AMBIGUOUS_LOCAL_TIME | Check.BELOW_LIMIT | Check.ABOVE_LIMIT
KEPT = OF_MESSAGE | OF_WINDOWS
"""What the message itself told, and people: no reading tells it."""


def judged(rows: Rows, points: Points) -> Rows:
    """Return rows, sorted by (point_id, ts_us), with the masks and verdicts of all checks.

    All but the one of dead values, which depends on other points. At either end the rows must reach
    further than those that are wanted, by what `Points.reach_us` says.
    """
    rows = checked(replace(rows, checks=rows.checks & np.int32(KEPT)), points)
    found = usable_rows(rows, points)
    checks = rows.checks | neighbour_checks(rows, found, points)
    all_of_them = np.ones(len(rows), bool)
    for band in bands(points.rules):
        marked = mark_runs(rows, found, band, {}, all_of_them)
        checks[found.place] |= bit(marked.is_marked, band.check)
    return with_checks(rows, checks)
