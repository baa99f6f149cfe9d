"""What is stored and how long it is kept, as lines for a terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from deploy.operations.storage import Chunk, Storage, StorageClass, kept_text

_COLUMNS = ("class", "size", "since", "kept", "columnstore", "apply would drop")
_UNITS = ("kB", "MB", "GB", "TB")


def storage_lines(
    storage: Storage,
    sizes: Mapping[str, Mapping[datetime, int]],
    days: tuple[int, datetime | None],
    now: datetime,
    *,
    has_columnstore: bool,
) -> list[str]:
    """Return a table of the classes, and below it what must be known beside.

    `sizes` are the bytes of the chunks of each class by their start; `days` are the bytes of the
    rollup by days, and its oldest day.
    """
    going = storage.going(now)
    rows = [_COLUMNS]
    for each in storage.classes:
        chunks, of_chunk = storage.chunks[each.name], sizes[each.name]
        rows.append(
            (
                each.name,
                size_text(sum(of_chunk.values())),
                day_text(chunks[0].start if chunks else None),
                kept_text(each.keep_days),
                _columnstore_text(each, has_columnstore=has_columnstore),
                going_text(going[each.name], of_chunk),
            )
        )
    rows.append(("rollup_1d", size_text(days[0]), day_text(days[1]), "always", "never", "nothing"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    gone = [
        f"{each.name} before {day_text(each.dropped_before)} was dropped."
        for each in storage.classes
        if each.dropped_before is not None
    ]
    return [*table, *gone, *held_lines(storage, now)]


def held_lines(storage: Storage, now: datetime) -> list[str]:
    """Return why readings stay that would go otherwise, if any do."""
    held = storage.held
    if held is None or not storage.holds_back(now):
        return []
    return [
        f"HELD BACK: everything since {day_text(held.starts_at)} stays, because the company or a "
        f"guest of the trial {held.trial} may read it until {day_text(held.access_until)}."
    ]


def going_text(chunks: Sequence[Chunk], size_bytes: Mapping[datetime, int]) -> str:
    """Return what of a class would be dropped."""
    if not chunks:
        return "nothing"
    size = size_text(sum(size_bytes.get(each.start, 0) for each in chunks))
    plural = "" if len(chunks) == 1 else "s"
    return f"{len(chunks)} chunk{plural} before {day_text(chunks[-1].end)}, {size}"


def day_text(moment: datetime | None) -> str:
    """Return the UTC day of a moment; a dash for None."""
    return "-" if moment is None else moment.astimezone(UTC).date().isoformat()


def size_text(size_bytes: float) -> str:
    """Return bytes in the unit that fits, powers of 1 000: "12.3 GB"."""
    for unit in _UNITS:
        size_bytes /= 1_000.0
        if size_bytes < 1_000.0 or unit == _UNITS[-1]:
            break
    return f"{size_bytes:.{0 if size_bytes >= 100 else 1}f} {unit}"


def _columnstore_text(each: StorageClass, *, has_columnstore: bool) -> str:
    if not has_columnstore:
        return "not in this edition"
    days = each.columnstore_after_days
    return "never" if days is None else f"after {days} days"
