"""Whether the causes of an alarm are alarms, and none suppresses itself (pure)."""

from collections.abc import Collection, Iterator, Mapping

from schemas.catalogue.alarms import default_alarms
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.surroundings import Fault, Surroundings


def cause_faults(alarm: Alarm, around: Surroundings) -> Iterator[Fault]:
    """Yield causes that are no alarms, or by which the alarm would suppress itself."""
    causes = {**around.causes, alarm.key: alarm.causes}
    for number, cause in enumerate(alarm.causes):
        keys = ("causes", number)
        if cause == alarm.key or around.renamed.get(cause) == alarm.key:
            yield Fault(keys, "own_cause", {"cause": cause})
        elif cause in around.renamed:
            yield Fault(keys, "renamed_cause", {"cause": cause, "key": around.renamed[cause]})
        elif cause not in causes and not _is_of_catalogue(cause, around):
            of_many = next((key for key in causes if key.startswith(f"{cause}:")), None)
            if of_many is not None:
                yield Fault(keys, "cause_of_many", {"cause": cause, "example": of_many})
            else:
                yield Fault(keys, "no_alarm", {"cause": cause}, cause, list(causes))
        elif way := _way(cause, alarm.key, causes):
            yield Fault(keys, "circle", {"circle": " → ".join((alarm.key, *way))})


def _is_of_catalogue(key: str, around: Surroundings) -> bool:
    """Tell whether a key can be that of an alarm of the catalogue at this site."""
    name, _, ref = key.partition(":")
    default = default_alarms().get(name)
    return default is not None and (ref in around.refs if default.roles else not ref)


def _way(start: str, end: str, causes: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the keys that lead from one alarm to another by their causes; none if none do."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while waiting:
        way = waiting.pop()
        for cause in causes.get(way[-1], ()):
            if cause == end:
                return (*way, cause)
            if cause not in seen:
                seen.add(cause)
                waiting.append((*way, cause))
    return ()
