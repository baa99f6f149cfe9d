"""Which points a recheck is about, and from when to when, as somebody typed it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from deploy.errors import PointUnknown, SeveralSites
from ingest.recheck.command import NamedPoint
from schemas.local_time import to_utc


def chosen_points(
    points: Sequence[NamedPoint], site: str | None, patterns: Sequence[str]
) -> list[NamedPoint]:
    """Return the points of a site that are called so (LINE/KEY; all without a pattern).

    Raises PointUnknown if there is none for a pattern, SeveralSites if none was named of several.
    """
    sites = sorted({point.site for point in points})
    if site is None and len(sites) > 1:
        raise SeveralSites(sites)
    own = [point for point in points if site in (None, point.site)]
    if not own:
        raise PointUnknown(f'The database has no points of "{site or "any site"}".')
    for pattern in patterns:
        if not any(fnmatchcase(point.path, pattern) for point in own):
            near = ", ".join(point.path for point in own[:3])
            raise PointUnknown(
                f'No point is called "{pattern}". Points are called LINE/KEY, such as {near}.'
            )
    if not patterns:
        return own
    return [point for point in own if any(fnmatchcase(point.path, each) for each in patterns)]


def moment_of(text: str, zone: str) -> datetime:
    """Return the moment of ISO 8601 text, without an offset in local time.

    A date is its begin. Raises ValueError with a sentence.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no time: write 2026-11-24 or 2026-11-24T13:30') from None
    return at if at.tzinfo else to_utc(at, ZoneInfo(zone)).at
