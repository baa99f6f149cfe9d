"""Opens the spool: looks at its folder and file first, and saves what a broken file still holds.

A broken file is never deleted: what can be read moves into a new file, and the old one stays beside
it under a name that says when.
"""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ingest.decoding.senders import OWN
from ingest.errors import SpoolUnusable
from ingest.spool.lanes import LANE_BITS, Lane, lane_of
from ingest.spool.rows import (
    SQL,
    Note,
    Row,
    intact,
    lanes_of,
    message_of,
    notes_of,
    plant_in,
    sequences_of,
)
from ingest.spool.spool import LIMIT_MIN_BYTES, Spool, SpoolFull, connect

FILE = "spool.sqlite"
PARTIAL = "spool.partial"
SALVAGE_STEP_MESSAGES = 1_000

_NUMBER_MAX = 2**63 - 1
_COMPANIONS = ("", "-wal", "-shm")
_log = logging.getLogger(__name__)


class Salvage(NamedTuple):
    """What became of a broken file; `lost` is None if the file does not tell any more."""

    saved: int
    lost: int | None
    aside: Path


class Opened(NamedTuple):
    """A spool that is ready, and what was saved from a broken one before it."""

    spool: Spool
    salvage: Salvage | None


def open_spool(folder: Path, limit_bytes: int, *, now: str) -> Opened:
    """Check the folder and the file, and open the spool. `now` names a file that is set aside.

    Raises SpoolUnusable if the folder is missing or not writable, or another process has the file.
    """
    path = folder / FILE
    _check_folder(folder)
    _finish_interrupted(folder)
    salvage = None
    problem = _problem(path)
    if problem:
        _log.error("spool: %s is broken (%s); saving what can be read", path, problem)
        salvage = _salvage(path, limit_bytes, now)
        lost = "an unknown number" if salvage.lost is None else salvage.lost
        _log.error(
            "spool: %d messages saved, %s lost; the broken file is kept as %s",
            salvage.saved,
            lost,
            salvage.aside,
        )
    spool = Spool(path, limit_bytes)
    _log.info("spool: %d messages wait in %s", spool.count, path)
    _check_space(folder, limit_bytes - spool.size_bytes)
    return Opened(spool, salvage)


def _check_folder(folder: Path) -> None:
    probe = folder / "spool.probe"
    try:
        probe.write_bytes(b"\0")
        probe.unlink()
    except OSError as error:
        raise SpoolUnusable(folder, error) from error


def _check_space(folder: Path, wanted_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < wanted_bytes:
        _log.warning(
            "spool: %s has %d MiB free, and the spool may need %d MiB; a full disk ends it early",
            folder,
            free_bytes >> 20,
            wanted_bytes >> 20,
        )


def _finish_interrupted(folder: Path) -> None:
    """A salvage that was cut short is made again, or completed if only its last step is missing."""
    partial = folder / PARTIAL
    if not partial.exists():
        return
    if (folder / FILE).exists():
        for end in _COMPANIONS:
            partial.with_name(PARTIAL + end).unlink(missing_ok=True)
    else:
        partial.rename(folder / FILE)


def _problem(path: Path) -> str:
    """Return what is wrong with the file; nothing for a sound one or none."""
    if not path.exists():
        return ""
    try:
        connection = connect(path)
        try:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if verdict == "ok" else str(verdict)


def _salvage(path: Path, limit_bytes: int, now: str) -> Salvage:
    partial = path.with_name(PARTIAL)
    fresh = Spool(partial, max(limit_bytes, LIMIT_MIN_BYTES))
    saved, expected = 0, None
    try:
        source = connect(path, damaged=True)
        try:
            lanes, expected = _lanes(source)
            for lane in lanes:
                for rows in _readable(source, lane):
                    notes = _notes(source, rows)
                    messages = [message_of(row, notes.get(row[0])) for row in rows]
                    fresh.append(messages, [lane.sender] * len(rows))
                    saved += len(rows)
            fresh.append([], seen=sequences_of(source))
            if (plant := plant_in(source)) is not None:
                fresh.keep_plant(plant)
        finally:
            source.close()
    except sqlite3.DatabaseError as error:
        _log.error("spool: nothing more can be read: %s", error)
    except SpoolFull as error:
        _log.error("spool: what can be read does not fit into a new file: %s", error)
    fresh.close()
    aside = path.with_name(f"broken-{now}-{FILE}")
    for end in _COMPANIONS:
        old = path.with_name(path.name + end)
        if old.exists():
            old.rename(aside.with_name(aside.name + end))
    partial.rename(path)
    return Salvage(saved, None if expected is None else expected - saved, aside)


def _notes(source: sqlite3.Connection, rows: list[Row]) -> dict[int, Note]:
    """Return the notes that can be read; a file of an earlier version has none."""
    try:
        return notes_of(source, rows)
    except sqlite3.DatabaseError:
        return {}


def _lanes(source: sqlite3.Connection) -> tuple[list[Lane], int | None]:
    """Return the numbers that wait, by sender, and how many; None if the marks are lost."""
    for marks in (lanes_of, _lane_of_first_version):
        try:
            lanes = marks(source)
        except sqlite3.DatabaseError:
            continue
        if lanes:
            return lanes, sum(each.last - each.done for each in lanes)
    ends = range(lane_of(_highest(source, _NUMBER_MAX)) + 1)
    return [_numbers(source, lane) for lane in ends], None


def _lane_of_first_version(source: sqlite3.Connection) -> list[Lane]:
    return [Lane(*row) for row in source.execute(SQL["mark"])]


def _numbers(source: sqlite3.Connection, lane: int) -> Lane:
    """Return all numbers of a lane that the file has; whose they are is not known any more."""
    first = lane << LANE_BITS
    return Lane(lane, OWN, _highest(source, first + (1 << LANE_BITS) - 1), first)


def _highest(source: sqlite3.Connection, limit: int) -> int:
    (number,) = source.execute(SQL["highest"], (limit,)).fetchone()
    return number or 0


def _readable(source: sqlite3.Connection, lane: Lane) -> Iterator[list[Row]]:
    """Yield what can be read, in order: step by step, and one by one where a step fails."""
    for start in range(lane.done + 1, lane.last + 1, SALVAGE_STEP_MESSAGES):
        stop = min(start + SALVAGE_STEP_MESSAGES - 1, lane.last)
        try:
            rows = source.execute(SQL["between"], (start, stop)).fetchall()
        except sqlite3.DatabaseError:
            rows = []
            for number in range(start, stop + 1):
                try:
                    rows += source.execute(SQL["between"], (number, number)).fetchall()
                except sqlite3.DatabaseError:
                    continue
        if good := [row for row in rows if intact(row)]:
            yield good
