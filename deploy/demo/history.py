"""The demonstration's past: rows and signals of any stretch of time, loaded by ingest itself."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime

import numpy as np

from deploy.demo.demo_plant import DemoPlant, load_plant, load_works
from deploy.demo.outgoing import Outgoing
from deploy.demo.replay_clock import DAY_US, ReplayClock
from deploy.demo.show import Show
from deploy.demo.signals import Signals
from deploy.demo.spacing import STEP_US, date_spacing
from deploy.demo.stored import counter_offsets, newest_us
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill


def history(
    plant: DemoPlant,
    start: datetime,
    end: datetime,
    offset: dict[str, float] | None = None,
    shows: Collection[Show] = (),
) -> Iterator[Message]:
    """Yield the messages of [start, end) in order of time.

    Recordings have their own spacing, synthetic signals a step of 5 min or their longer interval.
    The same moments and shows always give the same messages; `offset` is added to counters.
    """
    first_us, end_us = (round(moment.timestamp() * 1e6) for moment in (start, end))
    clock = ReplayClock(start_us=end_us)
    signals = plant.signals(offset, shows)
    rows = plant.rows()
    while first_us < end_us:
        until_us = min((first_us // DAY_US + 1) * DAY_US, end_us)
        found: list[Outgoing] = _steps(signals, first_us, until_us, clock)
        found += signals.samples(first_us, until_us, clock)
        for recording in rows.values():
            found += recording.messages(first_us, until_us, clock)
        found.sort(key=lambda outgoing: outgoing.message.received_us)
        yield from (outgoing.message for outgoing in found)
        first_us = until_us


def load_history(
    dsn: str,
    days: int,
    now: datetime,
    shows: Collection[Show] = (),
    *,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Store what is missing between the newest readings of each site and `now`, at most `days`.

    The stretch is described with the spacing that it has. Returns how many readings were stored.
    Safe to repeat. Raises SourceMissing if the site file has points that nothing feeds.
    """
    stored = 0
    for plant in (load_plant(), load_works()):
        start = _start(dsn, plant, days, now)
        date_spacing(dsn, plant, start, now)
        messages = history(plant, start, now, counter_offsets(dsn, plant), shows)
        stored += backfill(dsn, messages, on_progress=on_progress).committed
    return stored


def _start(dsn: str, plant: DemoPlant, days: int, now: datetime) -> datetime:
    start_us = round(now.timestamp() * 1e6) - days * DAY_US
    stored_us = newest_us(dsn, plant.site_key, now)
    if stored_us is not None:
        start_us = max(start_us, stored_us + 1)
    return datetime.fromtimestamp(start_us / 1e6, UTC)


def _steps(signals: Signals, first_us: int, until_us: int, clock: ReplayClock) -> list[Outgoing]:
    first_step, end_step = -(-first_us // STEP_US), -(-until_us // STEP_US)
    if first_step == end_step:
        return []
    at_us = np.arange(first_step, end_step, dtype=np.int64) * STEP_US
    return signals.messages(signals.table(at_us, int(at_us[0]) - STEP_US, clock))
