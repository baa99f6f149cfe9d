"""Replays live: recordings and the plant model over real MQTT, paced by the wall clock."""

import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.demo.catalogue import RECORDINGS
from deploy.demo.demo_plant import DemoPlant, load_plant, load_works
from deploy.demo.errors import ReplaySettingWrong
from deploy.demo.live import Live
from deploy.demo.outgoing import Outgoing
from deploy.demo.publisher import Publisher
from deploy.demo.replay_clock import SECOND_US, ReplayClock
from deploy.demo.show import Show
from deploy.demo.stored import counter_offsets
from deploy.demo.storm import storm_ahead_us

MODEL, WORKS = "model", "works"
SPEED_DEFAULT = 1.0  # as a plant runs
# Beyond, rows of one minute would need stamps finer than the second that their format has.
SPEED_MAX = 60.0
WAKE_INTERVAL_S = 0.1
CATCH_UP_LIMIT_S = 3600
FLUSH_TIMEOUT_S = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReplayPlan:
    """What is replayed: `names` of the catalogue (None: all), how fast, and for how long."""

    names: Collection[str] | None = None
    speed: float = SPEED_DEFAULT
    shows: Collection[Show] = ()
    duration_s: float | None = None


@dataclass
class ReplaySummary:
    """What a replay published, and what of it the broker had not taken over at the end."""

    messages: int = 0
    readings: int = 0
    unacknowledged: int = 0
    duration_s: float = 0.0

    def __str__(self) -> str:
        """Return one line for whoever ran it."""
        text = (
            f"published {self.messages} messages with {self.readings} readings "
            f"in {self.duration_s:.0f} s"
        )
        if self.unacknowledged:
            text += f"; {self.unacknowledged} messages were not acknowledged by the broker"
        return text


def catalogue() -> dict[str, str]:
    """Return the names that can be replayed, each with what it is."""
    found = {name: spec.description for name, spec in RECORDINGS.items()}
    found[MODEL] = "synthetic signals: what no recording gives, by simple balances"
    return found | {WORKS: "the second site, a small water works: all synthetic"}


def ahead_us(
    plant: DemoPlant, shows: Collection[Show], chosen: AbstractSet[str], start_us: int
) -> int:
    """Return how far after the present virtual time goes on.

    Recordings alone begin with their first row: a rest between trials is half an hour of silence.
    """
    storm_us = storm_ahead_us(plant, start_us) if Show.STORM in shows else 0
    if chosen & {MODEL, WORKS}:
        return storm_us
    return min(plant.loops[name].next_us(start_us + storm_us) for name in chosen) - start_us


def run(mqtt_url: str, plan: ReplayPlan, *, dsn: str | None = None) -> ReplaySummary:
    """Publish until the plan's duration has passed, or SIGTERM or SIGINT arrives.

    Without a broker it waits and says so. With `dsn`, counters go on from what is stored;
    without, an accelerated replay that is started again may show a counter that fell back.
    Raises ReplaySettingWrong, or SourceMissing if the site file does not fit the recordings.
    """
    chosen = set(catalogue() if plan.names is None else plan.names)
    _check(plan.speed, chosen)
    plant = load_plant()
    modelled = {MODEL: plant, WORKS: load_works()}
    rows = [rows for name, rows in plant.rows().items() if name in chosen]
    signals = [
        each.signals(None if dsn is None else counter_offsets(dsn, each), plan.shows)
        for name, each in modelled.items()
        if name in chosen
    ]
    summary = ReplaySummary()
    with _stopping() as stopped, Publisher(mqtt_url) as publisher:
        while not publisher.connected and not stopped.wait(WAKE_INTERVAL_S):
            pass
        start_us = int(time.time()) * SECOND_US
        clock = ReplayClock(start_us, plan.speed, ahead_us(plant, plan.shows, chosen, start_us))
        began = time.monotonic()
        if not stopped.is_set():
            log.info("replay: %s at speed %g", ", ".join(sorted(chosen)), plan.speed)
        _pump(Live(clock, rows, signals), publisher, summary, stopped, plan.duration_s)
        publisher.flush(FLUSH_TIMEOUT_S)
        summary.unacknowledged = publisher.unacknowledged
        summary.duration_s = time.monotonic() - began
    return summary


def _check(speed: float, chosen: set[str]) -> None:
    if not 0 < speed <= SPEED_MAX:
        raise ReplaySettingWrong(
            f"A speed of {speed:g} is not possible: above 0 and at most {SPEED_MAX:g}, because the "
            "recordings' stamps have whole seconds."
        )
    unknown = chosen - set(catalogue())
    if unknown or not chosen:
        raise ReplaySettingWrong(
            f"Nothing to replay by the name of {', '.join(sorted(unknown)) or '(none)'}; "
            f"there are {', '.join(catalogue())}."
        )


def _pump(
    live: Live,
    publisher: Publisher,
    summary: ReplaySummary,
    stopped: threading.Event,
    duration_s: float | None,
) -> None:
    """Publish what is due until it is time to stop; hold it back while the broker is away."""
    end = None if duration_s is None else time.monotonic() + duration_s
    waiting: deque[Outgoing] = deque()
    while not stopped.is_set() and (end is None or time.monotonic() < end):
        if publisher.connected:
            now_us = time.time_ns() // 1000
            live.skip_to(now_us - CATCH_UP_LIMIT_S * SECOND_US)
            if not waiting:
                waiting.extend(live.until(now_us))
            while waiting and publisher.publish(waiting[0].message):
                summary.messages += 1
                summary.readings += waiting.popleft().readings
        stopped.wait(WAKE_INTERVAL_S)


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set, in the main thread, while inside."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {
        number: signal.signal(number, lambda *_: stopped.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
