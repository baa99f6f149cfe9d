"""Since when points deviate: asked once for each deviation, and kept until it is over."""

from collections.abc import Callable, Sequence

from dashboard.live.events import Latest, Snapshot
from schemas.quality import Qc

ASKED_MAX = 100  # points in one question; the others follow with the next commit
DEVIATING = frozenset({Qc.SUSPECT, Qc.FAIL, Qc.MISSING})

Since = dict[int, float | None]


class Deviations:
    """Keeps since when the points of one viewer deviate."""

    def __init__(self) -> None:
        self._since: Since = {}

    def told(self, latest: Snapshot, ask: Callable[[Sequence[int]], Since]) -> dict[int, Latest]:
        """Return `latest` with `since_ms` where points deviate; `ask` is asked for new ones."""
        deviating = {point for point, one in latest.items() if one.qc in DEVIATING}
        self._since = {point: at for point, at in self._since.items() if point in deviating}
        new = sorted(deviating - self._since.keys())[:ASKED_MAX]
        if new:
            self._since |= ask(new)
        return {
            point: one._replace(since_ms=self._since.get(point)) for point, one in latest.items()
        }
