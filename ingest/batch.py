"""A batch: messages, the readings in them that can be written, and what was wrong with the rest."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.columns import Rows, joined, rows_of
from ingest.decoding.contract import decode
from ingest.decoding.contract_fast import decode_plain
from ingest.decoding.message import Message
from ingest.decoding.rejection import Reason, Rejection
from ingest.decoding.repeated_hour import Order
from ingest.decoding.senders import sender_of
from ingest.decoding.site_snapshot import Plant
from ingest.decoding.streams import Streams
from ingest.decoding.timestamps import DAY_US, moment
from ingest.decoding.unread import Unread
from ingest.quality.range_checks import checked

# A span is as wide as a usual chunk of readings. A transaction holds locks on every chunk that it
# touches, so its rows lie in a few spans, however old they are.
SPAN_US = 7 * DAY_US
TRANSACTION_LIMIT_SPANS = 16


@dataclass(frozen=True)
class Batch:
    """`rows` are sorted by (point_id, ts_us), and no key occurs twice.

    `rejected` pairs the index of a message with what was wrong with a part of it; `duplicates`
    counts the readings that were left out because another one of the batch says the same.
    `unread` counts what mappings do not read, with one topic each; `orders` is how far the streams
    of local stamps have come.
    """

    messages: Sequence[Message]
    plant: Plant
    rows: Rows
    rejected: Sequence[tuple[int, Rejection]]
    duplicates: int
    unread: Counter[Unread] = field(default_factory=Counter)
    unread_topics: Mapping[Unread, str] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)


def prepare(messages: Sequence[Message], plant: Plant, streams: Streams | None = None) -> Batch:
    """Decode, check, sort and deduplicate.

    Pure but for `streams`, which moves on: the same messages give the same batch, and those of the
    result know how far their streams had come.
    """
    streams = streams or Streams()
    streams.begin_batch()
    messages = list(messages)
    rows, others = decode_plain(messages, plant.topics)
    rejected: list[tuple[int, Rejection]] = []
    unread: Counter[Unread] = Counter()
    topics: dict[Unread, str] = {}
    moved: set[str] = set()
    if others:
        readings = []
        sources: list[int] = []
        for index in others:
            message = streams.placed(messages[index])
            found = decode(message, plant.topics)
            if found.orders:
                messages[index] = message
                moved.add(message.topic)
                order = found.orders[-1].after(message.payload)
                streams.moved(message.topic, order, sender_of(message.topic, plant.topics))
            unread.update(found.unread)
            topics.update(dict.fromkeys(found.unread, message.topic))
            readings += found.readings
            sources += [index] * len(found.readings)
            rejected += [(index, rejection) for rejection in found.rejections]
        rows = joined(rows, rows_of(readings, sources))
    rows, too_old = plant.earliest.judged(rows)
    rejected += too_old
    rows = checked(rows, plant.points)
    # The source decides which of two readings with one key came first.
    rows = rows.take(np.lexsort((rows.source, rows.ts_us, rows.point_id)))
    rows, duplicates, conflicts = _unique(rows)
    rejected += conflicts
    return Batch(messages, plant, rows, rejected, duplicates, unread, topics, streams.of(moved))


def divided(batch: Batch, parts: Sequence[Rows]) -> list[Batch]:
    """Return a batch for each part of the rows; what is no row goes with the first one."""
    first, *others = parts
    return [
        replace(batch, rows=first),
        *(replace(batch, rows=rows, rejected=(), duplicates=0) for rows in others),
    ]


def cut_by_time(batch: Batch) -> list[Batch]:
    """Return batches whose rows lie in at most TRANSACTION_LIMIT_SPANS spans each."""
    span = spans(batch.rows)
    if not len(span) or span.max() - span.min() < TRANSACTION_LIMIT_SPANS:
        return [batch]
    part = np.unique(span, return_inverse=True)[1] // TRANSACTION_LIMIT_SPANS
    return divided(batch, [batch.rows.take(part == number) for number in range(part.max() + 1)])


def cut_by_stretch(batch: Batch, least_us: int = 0) -> list[Batch]:
    """Return batches in which no reading of a point is further than `least_us` from the next one,
    unless it decides about it; in order of time.
    """
    rows = batch.rows
    is_far = far_apart(batch) & (np.diff(rows.ts_us) > least_us)
    if not is_far.any():
        return [batch]
    stretch = np.append(0, np.cumsum(is_far))
    first = np.append(0, np.flatnonzero(np.diff(rows.point_id)) + 1)
    number = stretch - np.repeat(stretch[first], np.diff(first, append=len(rows)))
    places = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    return divided(batch, [rows.take(place) for place in places])


def far_apart(batch: Batch) -> NDArray[np.bool_]:
    """Mark the rows, but for the last one, whose next one is of the same point and decides nothing
    about them.
    """
    rows, points = batch.rows, batch.plant.points
    if not len(rows):
        return np.zeros(0, bool)
    reach_us = points.rules.reach_us[points.definition(rows.point_id, rows.ts_us)]
    found: NDArray[np.bool_] = np.diff(rows.ts_us) > 2 * np.maximum(reach_us[1:], reach_us[:-1])
    found &= (np.diff(rows.point_id) == 0) & points.looks_around(rows.point_id[1:])
    return found


def spans(rows: Rows) -> NDArray[np.int64]:
    """Return for each row the number of its span, counted from 1970 UTC."""
    return rows.ts_us // SPAN_US


def conflict(rows: Rows, row: int, kept: float | None) -> tuple[int, Rejection]:
    """Return the rejection of a row whose key is taken by the value `kept` (None: no value)."""
    value = float(rows.value[row])
    came = "no value" if np.isnan(value) else repr(value)
    sentence = (
        f"point {rows.point_id[row]} at {moment(int(rows.ts_us[row]))}: "
        f"kept {'no value' if kept is None else repr(kept)}, came {came}"
    )
    return int(rows.source[row]), Rejection(Reason.CONFLICT, sentence)


def _unique(rows: Rows) -> tuple[Rows, int, Iterable[tuple[int, Rejection]]]:
    """Keep the first row of each key; count its repeats, and reject what contradicts it."""
    repeats = np.zeros(len(rows), bool)
    repeats[1:] = (rows.point_id[1:] == rows.point_id[:-1]) & (rows.ts_us[1:] == rows.ts_us[:-1])
    if not repeats.any():
        return rows, 0, []
    kept = np.flatnonzero(~repeats)
    first = kept[np.cumsum(~repeats) - 1]
    value, first_value = rows.value, rows.value[first]
    same = (value == first_value) | (np.isnan(value) & np.isnan(first_value))
    same &= rows.status == rows.status[first]
    against = np.flatnonzero(repeats & ~same)
    conflicts = [conflict(rows, row, _none(rows.value[first[row]])) for row in against.tolist()]
    return rows.take(kept), int(np.count_nonzero(repeats & same)), conflicts


def _none(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
