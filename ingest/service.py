"""The live service: broker to database until told to stop."""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ingest.database.session import Session
from ingest.decoding.acceptance import Limits
from ingest.decoding.site_snapshot import Plant, decode, encode
from ingest.errors import SourceFailed
from ingest.metrics import Metrics
from ingest.monitoring.gauges import Gauges
from ingest.monitoring.monitor import Monitor
from ingest.monitoring.report import Report
from ingest.mqtt.consumer import Source
from ingest.mqtt.intake import Intake
from ingest.mqtt.lane import BatchLimits
from ingest.mqtt.retained import RetainedSource
from ingest.mqtt.sources import Sources
from ingest.partitions import coverage, guests_beside_own
from ingest.pipeline.overflow import Overflow
from ingest.pipeline.pipeline import Pipeline, run_all
from ingest.pipeline.retained import Retained
from ingest.pipeline.slow_clock import SlowClock
from ingest.pipeline.store_and_forward import StoreAndForward
from ingest.reception_clock import ReceptionClock
from ingest.recheck.worker import Worker
from ingest.settings import IngestSettings
from ingest.spool.recovery import open_spool
from ingest.spool.spool import Spool, SpoolFull

CANCEL_TIMEOUT_S = 1.0

_log = logging.getLogger(__name__)


def run(settings: IngestSettings) -> None:
    """Run until SIGTERM or SIGINT, then finish the batch in hand and leave.

    An absent broker or database is waited for. Raises DatabaseRefused, SourceFailed or
    SpoolUnusable.
    """
    asyncio.run(_run(settings))


async def _run(settings: IngestSettings) -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    clock = ReceptionClock()
    limits = replace(settings.limits, later_us=clock.later_us)
    session = _session(settings, limits)
    guest_session = _session(settings, limits, beside=session)
    spool = _open_spool(settings)
    if spool is not None:
        session.sequences.restore(spool.sequences())
    metrics = Metrics()
    gauges = Gauges(session, guest_session, spool)
    monitor = Monitor(settings, metrics, gauges)
    await monitor.start()
    tasks = [
        asyncio.create_task(told.wait(), name="stop"),
        asyncio.create_task(_open(settings, limits, session, spool), name="open"),
        asyncio.create_task(monitor.run(), name="monitor"),
    ]
    stop, opening, monitoring = tasks
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            await opening
            gc.freeze()  # a look at all that is there by now would hold up every message
            await _carry(settings, metrics, gauges, clock, (stop, monitoring))
    finally:
        monitor.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await guest_session.close()
        await session.close()
        if spool is not None:
            spool.close()
    _log.info("stop: done")


def _session(settings: IngestSettings, limits: Limits, beside: Session | None = None) -> Session:
    return Session(
        settings.database_url.get_secret_value(),
        limits,
        timeout_s=settings.ingest_database_timeout_s,
        retry_limit_s=settings.ingest_retry_limit_s,
        beside=beside,
    )


def _worker(settings: IngestSettings) -> Worker:
    return Worker(
        settings.database_url.get_secret_value(),
        timeout_s=settings.ingest_database_timeout_s,
        retry_limit_s=settings.ingest_retry_limit_s,
    )


def _open_spool(settings: IngestSettings) -> Spool | None:
    folder = settings.ingest_spool_folder
    if folder is None:
        _log.warning("spool: there is none; without the database messages stay at the broker")
        return None
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return open_spool(folder, settings.ingest_spool_limit_bytes, now=now).spool


async def _open(
    settings: IngestSettings, limits: Limits, session: Session, spool: Spool | None
) -> None:
    """Wait for the database; only as long as a batch does if the spool remembers the site."""
    remembered = _remembered_plant(limits, spool)
    if remembered is None:
        await session.open()
        return
    try:
        async with asyncio.timeout(settings.ingest_spool_after_s):
            await session.open()
    except TimeoutError:
        session.assume(remembered)


def _remembered_plant(limits: Limits, spool: Spool | None) -> Plant | None:
    raw = None if spool is None else spool.plant()
    if raw is None:
        return None
    try:
        return decode(raw, limits)
    except ValueError as error:  # of another version, or damaged
        _log.error("start: the site that the spool remembers cannot be read: %s", error)
        return None


async def _carry(
    settings: IngestSettings,
    metrics: Metrics,
    gauges: Gauges,
    clock: ReceptionClock,
    others: Sequence[asyncio.Future[Any]],
) -> None:
    """Carry messages until one of `others` ends, or something that is needed does."""
    loop = asyncio.get_running_loop()
    session, guest_session, spool = gauges.session, gauges.guest_session, gauges.spool
    intake = Intake(
        settings.ingest_intake_limit_messages,
        settings.ingest_intake_limit_bytes,
        loop,
        settings.ingest_intake_guest_limit_percent,
    )
    intake.guest_of = session.guest_of
    failure: asyncio.Future[None] = loop.create_future()
    hands = (settings, intake, metrics.of_source(), clock.now_us, partial(_fail, loop, failure))
    source = Source(*hands)
    sources = Sources(source)
    of_retained = (*hands[:2], metrics.of_source(), *hands[3:])
    retained = Retained(settings, session, sources, partial(RetainedSource, *of_retained))
    source.on_subscribed = retained.subscribed
    forwarder = StoreAndForward(session, guest_session, spool, metrics, settings)
    of_own, of_guests = _batch_limits(settings)
    pipelines = [
        Pipeline(of_own, intake.own, session, forwarder, sources),
        Pipeline(of_guests, intake.guests, guest_session, forwarder, sources),
    ]
    overflow = Overflow(of_own, intake, guest_session, forwarder, sources)
    gauges.intake, gauges.forwarder, gauges.carriers = intake, forwarder, [*pipelines, overflow]
    working = asyncio.create_task(run_all(pipelines), name="pipelines")
    worker, report = _worker(settings), Report(settings, source.outage, spool, metrics)
    needed: list[asyncio.Future[Any]] = [
        working,
        asyncio.create_task(worker.run(), name="recheck"),
        asyncio.create_task(_subscribe(settings, gauges, source), name="site"),
        asyncio.create_task(retained.run(), name="retained"),
        asyncio.create_task(report.run(), name="report"),
        asyncio.create_task(SlowClock(settings, clock).run(), name="clock"),
        failure,
    ]
    if spool is not None:
        needed.append(asyncio.create_task(forwarder.drain(), name="drain"))
        needed.append(asyncio.create_task(overflow.run(), name="overflow"))
    try:
        await asyncio.wait((*needed, *others), return_when=asyncio.FIRST_COMPLETED)
        _log.info("stop: finishing the batch in hand")
        sources.pause()
        for each in pipelines:
            each.stop()
        await _finished(working, failure, settings.ingest_stop_timeout_s)
    finally:
        await asyncio.to_thread(sources.stop)
        _log.info("count: %s", metrics)
        await _end(needed, (session, guest_session, worker))


async def _finished(
    working: asyncio.Future[Any], failure: asyncio.Future[None], timeout_s: float
) -> None:
    """Wait for the batch in hand, as long as that may take."""
    await asyncio.wait((working, failure), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        _log.warning("stop: the batch in hand could not be written; the broker keeps it")


async def _end(
    needed: Sequence[asyncio.Future[Any]], connected: Sequence[Session | Worker]
) -> None:
    """Cancel what still runs; raise what ended the rest."""
    ended = [task for task in needed if task.done()]
    for task in needed:
        task.cancel()
    await asyncio.wait(needed, timeout=CANCEL_TIMEOUT_S)
    if not all(task.done() for task in needed):
        for each in connected:
            each.drop()  # a database that does not answer is not waited for
    await asyncio.gather(*needed, return_exceptions=True)
    for task in ended:
        task.result()


def _batch_limits(settings: IngestSettings) -> tuple[BatchLimits, BatchLimits]:
    """Return how much is written together of the plant's own, and of guests."""
    own = BatchLimits(
        settings.ingest_batch_limit_messages,
        settings.ingest_batch_limit_bytes,
        settings.ingest_flush_interval_s,
    )
    return own, own._replace(
        messages=settings.ingest_guest_batch_limit_messages,
        size_bytes=settings.ingest_guest_batch_limit_bytes,
    )


async def _subscribe(settings: IngestSettings, gauges: Gauges, source: Source) -> None:
    """Start the source, and subscribe anew whenever the site changes."""
    session = gauges.session
    started = session.assuming
    if started:
        source.subscribe(_filters(settings, session.plant))
        source.start()
        await session.plant_changed()
    while True:
        filters = _filters(settings, session.plant)
        gone = await session.replace_subscriptions(settings.ingest_client_id, filters)
        source.subscribe(filters, gone)
        if not started:
            source.start()
            started = True
        await _remember(session.plant, gauges.spool)
        await session.plant_changed()


async def _remember(plant: Plant, spool: Spool | None) -> None:
    """Keep the plant on the disk, for a start while the database is away."""
    if spool is None:
        return
    try:
        await asyncio.to_thread(spool.keep_plant, encode(plant))
    except SpoolFull as error:
        _log.warning("spool: the site cannot be remembered: %s", error)


def _filters(settings: IngestSettings, plant: Plant) -> Sequence[str]:
    """Return what this process subscribes to; tell how that fits the site."""
    shares = settings.ingest_partitions
    now_us = _now_us()
    guests = guests_beside_own(
        shares, plant.topics, lambda sender: plant.guests.is_guest(sender, now_us)
    )
    if guests:
        _log.info(
            "partition: %s share a session at the broker with the plant's own; a partition for "
            "guests would keep apart there what they flood (docs/mosquitto.md)",
            ", ".join(guests),
        )
    if not shares:
        return plant.topics.filters()
    for problem in coverage(shares, plant.topics).problems():
        _log.error("subscribe: %s", problem)
    return shares[settings.ingest_partition - 1]


def _fail(
    loop: asyncio.AbstractEventLoop, failure: "asyncio.Future[None]", error: BaseException
) -> None:
    """Hand the error of another thread to the loop."""
    loop.call_soon_threadsafe(failure.set_exception, SourceFailed(error))


def _now_us() -> int:
    return time.time_ns() // 1000
