"""The sources of one process end once each."""

from typing import cast

from ingest.mqtt.consumer import Source
from ingest.mqtt.retained import RetainedSource
from ingest.mqtt.sources import Sources


class _Stopped:
    times = 0

    def stop(self) -> None:
        self.times += 1


def test_a_stop_while_what_was_retained_ends_stops_it_once() -> None:
    """Whoever stopped an ingest just after its start got a ValueError and the exit code 1."""
    live, retained = _Stopped(), _Stopped()
    sources = Sources(cast("Source", live))
    sources.retained = cast("RetainedSource", retained)
    sources.end_retained()
    sources.stop()
    assert (live.times, retained.times) == (1, 1)
