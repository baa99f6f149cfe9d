"""From the states of a machine to windows: while it is in one of some states, one is open. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID


class StateReading(NamedTuple):
    """A state that was read; `value` is None where the source had none."""

    at_us: int
    value: float | None


class OpenWindow(NamedTuple):
    """A window with its number, [starts, ends) in microseconds since 1970 UTC; END_US: open."""

    window_id: UUID | None
    starts_us: int
    ends_us: int


def on_spans(
    readings: Sequence[StateReading], codes: Collection[int], until_us: int
) -> list[tuple[int, int]]:
    """Return when the state was one of `codes`; what was read holds until the next reading.

    A reading without a value says nothing. Readings are in order of time, `until_us` is after all.
    """
    known = [each for each in readings if each.value is not None]
    ends_us = [each.at_us for each in known[1:]] + [until_us]
    spans = [
        (each.at_us, end_us)
        for each, end_us in zip(known, ends_us, strict=False)
        if each.value is not None and round(each.value) in codes
    ]
    return list(_merged(spans))


def corrected(
    stored: Sequence[OpenWindow], spans: Sequence[tuple[int, int]], from_us: int, to_us: int
) -> list[OpenWindow]:
    """Return what must be written so that windows are open in [from, to) exactly in `spans`.

    Outside of it they stay as they are. A window that goes keeps its number and has no length; a
    new one has no number.
    """
    outside = [
        piece
        for each in stored
        for piece in (
            (each.starts_us, min(each.ends_us, from_us)),
            (max(each.starts_us, to_us), each.ends_us),
        )
        if piece[0] < piece[1]
    ]
    wanted = list(_merged([*outside, *spans]))
    free = list(stored)
    found = []
    for starts_us, ends_us in wanted:
        own = next((each for each in free if each.starts_us == starts_us), None) or next(
            (each for each in free if each.starts_us < ends_us and starts_us < each.ends_us), None
        )
        window = OpenWindow(own.window_id if own else None, starts_us, ends_us)
        if own is not None:
            free.remove(own)
        if own != window:
            found.append(window)
    return found + [each._replace(ends_us=each.starts_us) for each in free]


def _merged(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield spans in order; those that touch are one."""
    current: tuple[int, int] | None = None
    for starts_us, ends_us in sorted(spans):
        if current is not None and starts_us <= current[1]:
            current = (current[0], max(current[1], ends_us))
            continue
        if current is not None:
            yield current
        current = (starts_us, ends_us)
    if current is not None:
        yield current
