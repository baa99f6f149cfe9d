"""Reads from the database what arrived and is described nowhere."""

from dashboard.store.unknown_topics import UnknownTopics
from deploy.errors import SeveralSites
from deploy.onboarding.arrived import PointName, Unknown, arrived
from deploy.onboarding.suggestions import UnreadPlace, suggestions
from schemas.connection import connect
from schemas.queries import queries

MESSAGES_LIMIT_ROWS = 20_000
PAYLOAD_LIMIT_BYTES = 65_536
PAGE_NAMES_MAX = 1_000

_SQL = queries("suggest")


def suggested(found: UnknownTopics) -> list[str]:
    """Return the lines of a site file for what the dashboard found, of one site.

    A page has a few names at a time, however many a gateway invents.
    """
    waiting = [Unknown(*row) for row in found.waiting]
    unread = [UnreadPlace(*row) for row in found.unread]
    described = {PointName(*row) for row in found.points}
    gathered = arrived(waiting, {found.site}, described, PAGE_NAMES_MAX)
    return list(suggestions(gathered, unread, found.lines))


def suggest(dsn: str, site: str | None = None) -> list[str]:
    """Return the lines of a site file for what arrived and is unknown.

    The newest MESSAGES_LIMIT_ROWS messages in quarantine are looked at. Raises SeveralSites if
    the database has several and none was named, psycopg.Error.
    """
    limits = {"limit_rows": MESSAGES_LIMIT_ROWS, "payload_limit_bytes": PAYLOAD_LIMIT_BYTES}
    with connect(dsn) as connection:
        lines = set(connection.execute(_SQL["lines"]).fetchall())
        described = {PointName(*row) for row in connection.execute(_SQL["points"])}
        waiting = [Unknown(*row) for row in connection.execute(_SQL["unknown"], limits)]
        places = [UnreadPlace(*row) for row in connection.execute(_SQL["unread_places"])]
    sites = {of for of, _ in lines}
    if site is not None:
        of_others = sites - {site}
        waiting = [each for each in waiting if each.topic.split("/")[0] not in of_others]
        places = [place for place in places if place.site == site]
    elif len(sites) > 1:
        raise SeveralSites(sorted(sites))
    return list(suggestions(arrived(waiting, sites, described), places, lines))
