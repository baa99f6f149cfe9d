"""Who sends: the line or the mapping that a topic belongs to. A broker does not tell more."""

from collections.abc import Iterable

from ingest.decoding.point import Point, TrialTime
from ingest.decoding.topics import TopicTable

OTHERS = "other"
OWN = ""  # the plant's own senders together: they keep the order in which they came


def sender_of(topic: str, topics: TopicTable) -> str:
    """Return the line or the mapping that a topic belongs to, else OTHERS."""
    site_and_line = "/".join(topic.split("/")[:2])
    if site_and_line in topics.lines:
        return site_and_line
    routes = topics.foreign_routes(topic)
    return routes[0].key if routes else OTHERS


class Guests:
    """Senders that are not the plant's own: a line or mapping with points of a trial that runs.

    Topics that the site does not describe are a guest's too.
    """

    def __init__(self, points: Iterable[Point], topics: TopicTable) -> None:
        self._trials: dict[str, set[TrialTime]] = {}
        of_point: dict[int, tuple[TrialTime, ...]] = {}
        for point in points:
            if point.trials:
                of_point[point.point_id] = point.trials
                self._add(f"{point.site}/{point.line}", point.trials)
        routes = [*topics.foreign.values(), *((route,) for _, _, route in topics.tagged)]
        for route in (route for together in routes for route in together):
            for value in route.values:
                if value.point is not None and value.point.point_id in of_point:
                    self._add(route.key, of_point[value.point.point_id])

    def is_guest(self, sender: str, at_us: int) -> bool:
        """Tell whether a sender is a guest at a moment, in microseconds since 1970 UTC."""
        trials = self._trials.get(sender, ())
        return sender == OTHERS or any(each.starts_us <= at_us < each.ends_us for each in trials)

    def _add(self, sender: str, trials: Iterable[TrialTime]) -> None:
        self._trials.setdefault(sender, set()).update(trials)
