"""How far apart the readings of the demonstration's past are: thinner than what is sent live.

Coverage and gaps are judged by the interval in force at a time, and checks by what fits it. So the
stretch that history fills is described with the spacing that it has, and what comes after it as the
site file declares it.
"""

from datetime import datetime

from psycopg.types.json import Jsonb

from deploy.demo.demo_plant import DemoPlant
from deploy.demo.replay_clock import SECOND_US
from schemas.connection import connect
from schemas.queries import queries
from schemas.site.formulas import intervals
from schemas.site.rows import checks

STEP_US = 300 * SECOND_US
HOLE_MIN_S = 900.0  # a shorter standstill stays a gap in what is sent live

_SQL = queries("demo")


def spacing_s(plant: DemoPlant) -> dict[str, float]:
    """Return the seconds between readings of history, by "<line>/<point>".

    A recording has its own spacing, a signal the step of history or its longer interval, and so has
    what is calculated from them. Signals that are sent on change are absent.
    """
    step_s = STEP_US / SECOND_US
    signals = {
        f"{point.line}/{point.key}": max(float(point.interval_s), step_s)
        for point in plant.sources.synthetic
        if point.interval_s is not None
    }
    replayed = {
        path: float(plant.recordings[feed.recording].spec.step_s)
        for path, feed in plant.sources.feeds.items()
    }
    points = plant.site.points
    calculated = {
        path: max(interval_s, step_s)
        for path, interval_s in intervals(plant.site).items()
        if points[path].formula is not None and interval_s is not None
    }
    return signals | replayed | calculated


def date_spacing(dsn: str, plant: DemoPlant, since: datetime, until: datetime) -> None:
    """Describe the points of a loaded site with the spacing of history in [since, until).

    Only adds dated rows: a stretch that is described already keeps what was said of it. Points
    that the site sends on change keep having no interval. Raises psycopg.Error.
    """
    if (until - since).total_seconds() < HOLE_MIN_S:
        return
    spacing = spacing_s(plant)
    points = plant.site.points
    parameters = {
        "site": plant.site_key,
        "paths": list(spacing),
        "intervals_s": list(spacing.values()),
        "checks": [Jsonb(checks(points[path], spacing[path])) for path in spacing],
        "since": since,
        "until": until,
    }
    with connect(dsn) as connection:
        connection.execute(_SQL["date_spacing"], parameters)
