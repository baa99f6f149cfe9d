"""What a viewer costs the server, by the way in which live values are pushed to it.

Each variant gets a server process and a viewer process of its own. The processor time is the
server's (user and system, all threads): with viewers, less the mean of before and after them.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.stack.ports import accepts, free_port
from tests.bench import push_load as load

VIEWERS = 50
SETTLE_S = 2.0
IDLE_S = 10.0
WATCHED_S = 20.0
START_TIMEOUT_S = 60.0
# Generous, because the machine may have other work: from commit to screen in under a second.
DELAY_P99_MAX_MS = 1000.0

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Measured:
    """One variant's cost, and what its viewers saw."""

    variant: str
    idle_ms_per_s: float
    viewer_ms_per_s: float
    seen: dict[str, Any]

    @property
    def delay_median_ms(self) -> float:
        return float(statistics.median(self.seen["delays_ms"]))

    @property
    def delay_p99_ms(self) -> float:
        return float(statistics.quantiles(self.seen["delays_ms"], n=100)[98])

    def line(self, shared: "Measured") -> str:
        cells = (
            load.VARIANTS[self.variant],
            f"{self.idle_ms_per_s:.1f}",
            f"{self.viewer_ms_per_s:.3f}",
            f"{self.viewer_ms_per_s / shared.viewer_ms_per_s:.1f}",
            f"{self.delay_median_ms:.0f}",
            f"{self.delay_p99_ms:.0f}",
            f"{self.seen['bytes_per_viewer_second']:.0f}",
        )
        return "| " + " | ".join(cells) + " |"


def test_cost_of_a_viewer_by_way_of_pushing() -> None:
    variants = [name for name in load.VARIANTS if name not in load.SOCKETS or _sockets_work()]
    _say(f"\n{VIEWERS} viewers, HTTP by {_http()}, load of the machine {os.getloadavg()[0]:.1f}")
    if load.DASH_SOCKET not in variants:
        _say("WebSockets not measured: uvicorn needs `pip install websockets` to serve them")
    results = {name: _measure(name) for name in variants}
    shared = results[load.SSE_SHARED]
    _say("| way | idle ms/s | ms/s per viewer | ratio | median ms | p99 ms | bytes/s per viewer |")
    _say("|---|--:|--:|--:|--:|--:|--:|")
    for result in results.values():
        _say(result.line(shared))
    for result in results.values():
        _assert_right(result)
    # The decision rests on this order; when it no longer holds, decide again.
    events = {load.SSE_SHARED, load.SSE_OWN}
    dearest = max(results[name].viewer_ms_per_s for name in events)
    assert dearest < min(results[name].viewer_ms_per_s for name in results.keys() - events)


def _assert_right(result: Measured) -> None:
    seen, name = result.seen, result.variant
    assert not seen["broken"], f"{name}: {seen['broken']}"
    assert seen["skipped"] == 0, f"{name}: {seen['skipped']} commits reached nobody's screen"
    assert seen["backwards"] == 0, f"{name}: {seen['backwards']} messages out of order"
    assert seen["wrong"] == 0, f"{name}: {seen['wrong']} screens differed from the plant"
    polls = name == load.DASH_POLL
    interval_s = load.POLL_INTERVAL_S if polls else load.COMMIT_INTERVAL_S
    assert seen["messages_fewest"] >= 0.9 * seen["seconds"] / interval_s, name
    slack_ms = load.POLL_INTERVAL_S * 1000 if polls else 0
    assert result.delay_p99_ms <= DELAY_P99_MAX_MS + slack_ms, name


def _measure(variant: str) -> Measured:
    with _server(variant) as (server, port):
        time.sleep(SETTLE_S)
        idle = _busy_ms_per_s(server, IDLE_S)
        viewers = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.push_viewers", variant, str(port), str(VIEWERS)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with viewers:
            assert viewers.stdout is not None
            assert viewers.stdout.readline() == "ready\n", f"{variant}: the viewers did not start"
            busy = _busy_ms_per_s(server, WATCHED_S)
            told, _ = viewers.communicate()
        time.sleep(SETTLE_S)
        idle = (idle + _busy_ms_per_s(server, IDLE_S)) / 2
    return Measured(variant, idle, (busy - idle) / VIEWERS, json.loads(told))


@contextmanager
def _server(variant: str) -> Iterator[tuple[int, int]]:
    """A running server's process number and port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.push_server", variant, str(port)], cwd=ROOT
    )
    try:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not accepts(port):
            assert process.poll() is None, f"{variant}: the server ended"
            assert time.monotonic() < deadline_s, f"{variant}: the server did not start"
            time.sleep(0.1)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _busy_ms_per_s(pid: int, duration_s: float) -> float:
    busy_s, began_s = _processor_s(pid), time.monotonic()
    time.sleep(duration_s)
    return (_processor_s(pid) - busy_s) * 1000 / (time.monotonic() - began_s)


def _processor_s(pid: int) -> float:
    """User and system time of a process with all its threads, to the nanosecond.

    /proc/PID/stat tells the same in steps of 10 ms, and the cheapest variant needs a few of those
    in all. The number is what clock_getcpuclockid(3) gives on Linux; Python has no name for it.
    """
    return time.clock_gettime((~pid << 3) | 2)


def _sockets_work() -> bool:
    return importlib.util.find_spec("websockets") is not None


def _http() -> str:
    return "httptools" if importlib.util.find_spec("httptools") else "h11"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
