"""The load of the push measurement: a plant whose every commit follows from its number.

Server and viewers compute it independently, so a viewer can tell whether what it holds is right.
A row is [point, value, ts ms, qc, status, received ms].
"""

import random
from functools import lru_cache

POINTS = 200
POINTS_SHOWN = 60
CHANGES_PER_COMMIT = 40
COMMIT_INTERVAL_S = 0.5
POLL_INTERVAL_S = 1.0
# A poll is late by up to a second, which is two commits; twice that is told.
STAMPS_TOLD = 4

SSE_SHARED = "sse-shared"
SSE_OWN = "sse-own"
DASH_SOCKET = "dash-websocket"
DASH_SOCKET_LEAN = "dash-websocket-lean"
DASH_POLL = "dash-interval"
VARIANTS = {
    SSE_SHARED: "(a) server-sent events, one encoding for all",
    DASH_SOCKET: "(b) Dash WebSocket callback, as it comes",
    DASH_SOCKET_LEAN: "(b) Dash WebSocket callback, encoded once, no compression",
    SSE_OWN: "(c) server-sent events, encoded for each viewer",
    DASH_POLL: "(d) dcc.Interval polling once a second",
}
SOCKETS = frozenset({DASH_SOCKET, DASH_SOCKET_LEAN})

Row = list[float | int]

_EPOCH_MS = 1_790_000_000_000


@lru_cache(maxsize=4096)
def changes(commit: int) -> tuple[Row, ...]:
    """What commit number `commit` changes; commit 0 sets every point."""
    draw = random.Random(commit)
    points = range(POINTS) if commit == 0 else draw.sample(range(POINTS), CHANGES_PER_COMMIT)
    ts_ms = _EPOCH_MS + commit * round(COMMIT_INTERVAL_S * 1000)
    return tuple([p, round(draw.uniform(0, 1000), 3), ts_ms, 1, 0, ts_ms + 120] for p in points)


@lru_cache(maxsize=4096)
def snapshot(commit: int) -> tuple[Row, ...]:
    """Every point's row after commit number `commit`, by point."""
    rows = list(snapshot(commit - 1)) if commit else [[]] * POINTS
    for row in changes(commit):
        rows[int(row[0])] = row
    return tuple(rows)


def shown_by(viewer: int) -> list[int]:
    """The points on the screen of viewer number `viewer`."""
    return sorted(random.Random(f"viewer {viewer}").sample(range(POINTS), POINTS_SHOWN))
