"""The hour of autumn that clocks show twice: which of the two a local stamp means.

A stream is what comes on one topic, in the order of reception. The second hour is known by the step
back between two stamps that otherwise follow each other; the first hour is certain only as long as
the second has not come yet. Everything else is a guess: the earlier hour, unless the stream has
been there already or the later one is now. Of a stream with a stamp each hour the second one is the
same as the first. A guess is told as one, never called good.
"""

from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

from ingest.decoding.timestamps import DAY_US, aware, microseconds

# A reading of now is not older than this, and not further ahead.
NOW_LIMIT_US = 300_000_000
# How long before the hour a stream is followed; its steps may be an hour.
BEFORE = timedelta(hours=3)
STEP_LIMIT_US = 90 * 60_000_000
MARKS_LIMIT = 4


class Mark(NamedTuple):
    """How far a stream had come; `step_us` is its last step forward, 0 if there was none."""

    last_us: int
    step_us: int = 0


class Order(NamedTuple):
    """How far a stream has come, in device time.

    `sure`: the last stamp was no guess. `delay_us` is what lay between it and its reception.
    `marks` are where the last batches began: what a broker delivers again goes on from there, at
    the beginning of a batch (`begins`). `repeats`: a stamp of the day came more than once.
    `crc` is that of the last message; `is_other`: the one that begins the batch has other bytes, so
    that it is not the last one again.
    """

    here: Mark
    sure: bool
    delay_us: int
    marks: tuple[Mark, ...] = ()
    begins: bool = False
    repeats: bool = False
    crc: int = 0
    is_other: bool = False

    @property
    def received_us(self) -> int:
        """When the last stamp was received."""
        return self.here.last_us + self.delay_us

    def after(self, payload: bytes) -> "Order":
        """Return the order as the one after a message."""
        return self._replace(crc=crc32(payload))

    def marked(self, payload: bytes) -> "Order":
        """Return the order at the beginning of a batch, before its first message."""
        marks = (self.here, *(mark for mark in self.marks if mark != self.here))
        is_other = crc32(payload) != self.crc
        return self._replace(marks=marks[:MARKS_LIMIT], begins=True, is_other=is_other)


class Meant(NamedTuple):
    """The moment of a stamp, whether that is certain, and how far the stream has come.

    `order` is None far from any repeated hour: there is nothing to follow.
    """

    ts_us: int
    sure: bool
    order: Order | None


def meant(local: datetime, zone: ZoneInfo, received_us: int, order: Order | None) -> Meant | None:
    """Return the moment that a naive stamp means; None if clocks skip it in spring.

    Raises OverflowError outside of the calendar.
    """
    early_us = microseconds(local.replace(tzinfo=zone, fold=0))
    late_us = microseconds(local.replace(tzinfo=zone, fold=1))
    if local.year in (MINYEAR, MAXYEAR):
        aware(early_us)
    if early_us > late_us:
        return None
    if early_us == late_us:
        if not _falls_back_soon(local, zone):
            return Meant(early_us, True, None)
        return Meant(early_us, True, _moved(order, early_us, received_us, sure=True))
    if late_us > received_us + NOW_LIMIT_US:
        ts_us, sure = early_us, True
    else:
        ts_us, sure = _chosen(early_us, late_us, received_us, order, zone)
    return Meant(ts_us, sure, _moved(order, ts_us, received_us, sure=sure))


def _chosen(
    early_us: int, late_us: int, received_us: int, order: Order | None, zone: ZoneInfo
) -> tuple[int, bool]:
    is_now = abs(received_us - late_us) <= NOW_LIMIT_US
    if order is None:
        return (late_us if is_now else early_us), False
    marks = order.marks if order.begins else ()
    again = any(_follows(early_us, mark, late_us - early_us) for mark in marks)
    is_live = is_now and abs(order.delay_us) <= NOW_LIMIT_US
    if _is_hourly(early_us, order, late_us - early_us):
        return (late_us, is_live) if is_live or order.is_other or not again else (early_us, False)
    if order.here.last_us in (early_us, late_us):
        is_earlier = again and order.is_other
        return (early_us, False) if is_earlier else (order.here.last_us, order.sure)
    if _follows(early_us, order.here, late_us - early_us):
        return early_us, False
    if _follows(late_us, order.here, late_us - early_us):
        went_on = aware(order.here.last_us).astimezone(zone).fold == 1
        is_close = late_us - order.here.last_us <= (late_us - early_us) // 3
        sure = order.sure if went_on else is_close or is_live
        return late_us, sure and (is_live or not again)
    return _guessed(early_us, late_us, order, is_now), False


def _guessed(early_us: int, late_us: int, order: Order, is_now: bool) -> int:
    shift_us = late_us - early_us
    if is_now:
        return late_us
    for mark in order.marks:
        for ts_us in (early_us, late_us):
            if _follows(ts_us, mark, shift_us):
                return ts_us
    back_us = order.here.last_us - late_us
    return late_us if 0 <= back_us <= shift_us // 2 else early_us


def _follows(ts_us: int, mark: Mark, shift_us: int) -> bool:
    """Tell whether a moment can be the stream's next one: a few are missing at most."""
    step_us = mark.step_us or shift_us // 3
    limit_us = max(step_us * 3 // 2, min(step_us * 5, shift_us // 6))
    return 0 < ts_us - mark.last_us <= limit_us


def _is_hourly(early_us: int, order: Order, shift_us: int) -> bool:
    """Tell whether a stream that goes on by the hour would be where it is already."""
    near_us = shift_us // 12
    steps_so = abs(order.here.step_us - shift_us) <= near_us
    return steps_so and not order.repeats and abs(early_us - order.here.last_us) <= near_us


def _moved(order: Order | None, ts_us: int, received_us: int, *, sure: bool) -> Order:
    delay_us = received_us - ts_us
    if order is None:
        return Order(Mark(ts_us), sure, delay_us)
    gap_us = ts_us - order.here.last_us
    step_us = order.here.step_us
    if 0 < gap_us <= STEP_LIMIT_US:
        step_us = min(gap_us, 2 * step_us) if step_us else gap_us
    is_again = order.begins and not order.is_other  # the last message, delivered once more
    repeats = (gap_us == 0 and not is_again) or (order.repeats and gap_us < DAY_US)
    return Order(Mark(ts_us, step_us), sure, delay_us, order.marks, repeats=repeats)


def _falls_back_soon(local: datetime, zone: ZoneInfo) -> bool:
    try:
        later = local + BEFORE
    except OverflowError:
        return False
    now, then = zone.utcoffset(local), zone.utcoffset(later.replace(fold=1))
    return now is not None and then is not None and then < now
