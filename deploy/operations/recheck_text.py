"""What a recheck would change, and how far one has come, as text for a terminal. Pure."""

from collections.abc import Mapping, Sequence

from ingest.recheck.command import Progress
from ingest.recheck.tally import Change, Tally


def tally_lines(tally: Tally, names: Mapping[int, str]) -> list[str]:
    """Return a line for each point, check and change of the verdict, and what it comes to.

    `names` are of the points that were asked for; with them others of their device may change.
    """
    if not tally.changed:
        return [f"{tally.looked_at} readings: none would be judged otherwise."]
    rows = sorted(
        (_name(change, names), (change.check.name or "").lower(), _verdict(change), str(count))
        for change, count in tally.changes.items()
    )
    return [
        *_table([("point", "check", "verdict", "readings"), *rows]),
        f"{tally.changed} of {tally.looked_at} readings would be judged otherwise. Nothing was "
        "changed: --apply --reason TEXT does.",
    ]


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def progress_text(progress: Progress) -> str:
    """Return how far a recheck has come."""
    at = "" if progress.next_ts is None else f", {progress.next_ts:%Y-%m-%d}"
    return (
        f"point {min(progress.place, progress.points)} of {progress.points}{at}: "
        f"{progress.looked_at} readings, {progress.changed} judged otherwise"
    )


def _name(change: Change, names: Mapping[int, str]) -> str:
    return names.get(change.point_id, "(same device)")


def _verdict(change: Change) -> str:
    fires = "now" if change.fires else "no more"
    before, after = change.before.name.lower(), change.after.name.lower()
    return f"{fires}: {before if before == after else f'{before} -> {after}'}"
