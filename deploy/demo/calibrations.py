"""Calibrations of the demonstration's past, as its operator would have entered them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.connection import connect
from schemas.queries import queries

_SQL = queries("demo")


@dataclass(frozen=True)
class Calibration:
    """Who worked on which instrument of a site, so long ago and for how long."""

    instrument: str
    ago: timedelta
    length: timedelta
    reason: str


CALIBRATIONS = (
    Calibration(
        "ph-lv-603", timedelta(days=9, hours=3), timedelta(minutes=25), "Puskurit pH 4 ja pH 7"
    ),
    Calibration(
        "nh4-jv-210", timedelta(days=3, hours=5), timedelta(minutes=45), "Standardit 5 ja 50 mg/l"
    ),
    Calibration(
        "nh4-lv-605", timedelta(days=16, hours=2), timedelta(minutes=40), "Standardit 1 ja 10 mg/l"
    ),
    Calibration(
        "do-il2-422", timedelta(days=33, hours=4), timedelta(minutes=15), "Ilmassa, puhdistettu"
    ),
)


def provide_calibrations(dsn: str, site: str, login: str, now: datetime) -> None:
    """Enter them for a person, but for instruments of which somebody entered one already.

    Raises psycopg.Error.
    """
    with connect(dsn) as connection:
        for one in CALIBRATIONS:
            starts = now - one.ago
            row = {"instrument": one.instrument, "starts": starts, "ends": starts + one.length}
            shared = {"site": site, "login": login, "reason": one.reason}
            connection.execute(_SQL["enter_calibration"], row | shared)
