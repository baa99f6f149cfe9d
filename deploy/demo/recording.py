"""A recording read into memory: original cells, moments in UTC, and a report of what was odd."""

import csv
import lzma
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from deploy.demo.catalogue import RecordingSpec
from deploy.demo.errors import RecordingUnreadable
from deploy.demo.recording_report import GAP_STEPS, Gap, RecordingReport
from schemas.local_time import LocalKind, to_utc

Cell = float | str | None


@dataclass(frozen=True)
class Recording:
    """A recording in order of time.

    `rows[i]` maps the named columns but the time to the original cell: a number, a text, or None
    where the cell was empty. `at_us[i]` is its moment, microseconds since 1970 UTC, strictly
    rising. `run[i]` counts the runs from 0 in order of time.
    """

    spec: RecordingSpec
    rows: list[dict[str, Cell]]
    at_us: npt.NDArray[np.int64]
    run: npt.NDArray[np.int64]
    report: RecordingReport

    def numbers(self, column: str) -> npt.NDArray[np.float64]:
        """Return a column as float64 [row]; NaN where there is no number."""
        cells = (row[column] for row in self.rows)
        return np.array([cell if isinstance(cell, float) else math.nan for cell in cells])


def read(spec: RecordingSpec) -> Recording:
    """Read a recording. Raises RecordingUnreadable if a column or a stamp is not as described."""
    with lzma.open(spec.path, "rt", encoding="utf-8", newline="") as text:
        return parse(spec, list(csv.reader(text)))


def parse(spec: RecordingSpec, lines: list[list[str]]) -> Recording:
    """Turn the lines of a CSV file, its heading first, into a recording (pure)."""
    if not lines:
        raise RecordingUnreadable(f"Recording {spec.name} ({spec.file}) is empty.")
    heading, *body = lines
    wanted = {spec.time_column, spec.run_column} - {None}
    if not wanted <= set(heading):
        raise RecordingUnreadable(
            f"Recording {spec.name} ({spec.file}) has no column {', '.join(map(str, wanted))}."
        )
    report = RecordingReport(spec.name, spec.zone)
    moments = _moments(spec, [line[heading.index(spec.time_column)] for line in body], report)
    order = _order(moments, report)
    columns = [
        (place, name) for place, name in enumerate(heading) if name and name != spec.time_column
    ]
    rows = [{name: _cell(body[i][place]) for place, name in columns} for i in order]
    at = [moments[i] for i in order]
    run = _runs(spec, rows)
    _describe(report, rows, at, run, spec.step_s)
    at_us = np.array([moment.timestamp() * 1e6 for moment in at]).round().astype(np.int64)
    return Recording(spec, rows, at_us, run, report)


def _moments(spec: RecordingSpec, stamps: list[str], report: RecordingReport) -> list[datetime]:
    """Convert naive stamps to UTC in the order of the rows: the row before settles an overlap."""
    zone = ZoneInfo(spec.zone)
    moments: list[datetime] = []
    near: datetime | None = None
    for number, stamp in enumerate(stamps, start=2):
        try:
            local = datetime.strptime(stamp, spec.time_format)  # noqa: DTZ007 - naive by nature
        except ValueError as error:
            raise RecordingUnreadable(
                f"Recording {spec.name} ({spec.file}), line {number}: {stamp!r} is not a stamp "
                f"like {spec.time_format}."
            ) from error
        # Where the row before stands in the overlap too, this one comes a step after it.
        expected = None if near is None else near + timedelta(seconds=spec.step_s)
        near, kind = to_utc(local, zone, expected)
        report.rows_in_gap += kind is LocalKind.GAP
        report.rows_in_overlap += kind is LocalKind.OVERLAP
        moments.append(near)
    return moments


def _order(moments: list[datetime], report: RecordingReport) -> list[int]:
    """Return the row numbers in order of time, the first of each moment only."""
    report.out_of_order = sum(later < earlier for earlier, later in pairwise(moments))
    kept: list[int] = []
    for i in sorted(range(len(moments)), key=moments.__getitem__):
        if kept and moments[kept[-1]] == moments[i]:
            report.duplicates += 1
        else:
            kept.append(i)
    return kept


def _cell(text: str) -> Cell:
    if text == "":
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _runs(spec: RecordingSpec, rows: list[dict[str, Cell]]) -> npt.NDArray[np.int64]:
    if spec.run_column is None or not rows:
        return np.zeros(len(rows), np.int64)
    names = [row[spec.run_column] for row in rows]
    changes = [0, *(later != earlier for earlier, later in pairwise(names))]
    return np.cumsum(np.array(changes, np.int64))


def _describe(
    report: RecordingReport,
    rows: list[dict[str, Cell]],
    at: list[datetime],
    run: npt.NDArray[np.int64],
    step_s: int,
) -> None:
    if not rows:
        raise RecordingUnreadable(f"Recording {report.name} has no rows.")
    zone = ZoneInfo(report.zone)
    report.rows, report.first, report.last = len(rows), at[0], at[-1]
    report.runs = int(run[-1]) + 1
    offsets = [moment.astimezone(zone).utcoffset() or timedelta() for moment in at]
    report.clock_forward = sum(later > earlier for earlier, later in pairwise(offsets))
    report.clock_back = sum(later < earlier for earlier, later in pairwise(offsets))
    longest = timedelta(seconds=step_s * GAP_STEPS)
    report.gaps = [Gap(a.astimezone(UTC), b) for a, b in pairwise(at) if b - a > longest]
    for name in rows[0]:
        cells = [row[name] for row in rows]
        texts = sum(isinstance(cell, str) for cell in cells)
        numbers = [cell for cell in cells if isinstance(cell, float)]
        counts = {"missing": sum(cell is None for cell in cells)}
        if texts and not numbers:
            report.text_columns.append(name)
        else:
            counts["unreadable"] = texts
        counts["negative"] = sum(number < 0 for number in numbers)
        for kind, count in counts.items():
            if count:
                getattr(report, kind)[name] = count
