"""The way of readings to us: processes of the ingest, senders of lines, clocks of devices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dashboard.analysis.clock_offsets import ClockOffset
from dashboard.analysis.ingest_health import ToldState
from dashboard.pages.context import PageContext
from dashboard.store.clock_offsets import clock_offsets
from dashboard.store.connections import Sender, ingest_states, senders
from dashboard.store.instruments import Instrument, instrument_names


@dataclass(frozen=True)
class Way:
    """How it is, as far as the viewer sees it; `names` are what people call devices and lines."""

    states: Sequence[ToldState]
    senders: Sequence[Sender]
    clocks: Sequence[ClockOffset]
    names: Mapping[str, str]


def read_way(
    connection: psycopg.Connection[Any], devices: Sequence[Instrument], context: PageContext
) -> Way:
    """Ask how it is now; `devices` are the instruments of the site."""
    site, points = context.plant.key, context.plant.points.values()
    lines = {point.line: context.display.name(point.line_name) for point in points}
    return Way(
        ingest_states(connection),
        senders(connection, site),
        clock_offsets(connection, site, context.now),
        lines | instrument_names(devices),
    )
