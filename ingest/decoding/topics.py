"""Topics: from a topic to how its payload is read. Compiled once from the site, then immutable."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.decoding.acceptance import Limits
from ingest.decoding.mapped_timestamps import StampReader, stamp_reader
from ingest.decoding.point import Point
from ingest.decoding.values import status_reader
from schemas.pointer import Steps, any_named, any_place, steps_of
from schemas.site.mapping import Form, TopicMapping, ValueMapping

TAG = "{tag}"


@dataclass(frozen=True)
class ForeignValue:
    """One value of a mapping, ready to be looked up; `point` None: the site lost the point."""

    point: Point | None
    steps: Steps
    mapping: ValueMapping
    time_steps: Steps | None
    status_steps: Steps | None
    finds_by_name: bool
    finds_by_place: bool

    def in_unit_at(self, number: float, ts_us: int) -> float:
        """Return a converted number in the unit that the point had at the time of the reading."""
        if self.point is None or not self.point.earlier or not self.mapping.has_own_unit:
            return number
        return self.point.at(ts_us).from_newest(number)


@dataclass(frozen=True)
class ForeignRoute:
    """How a foreign payload is read. Pointers are split into their steps."""

    site: str
    key: str
    form: Form
    values: tuple[ForeignValue, ...]
    time_of_day_steps: Steps | None
    other_time_steps: Steps | None
    reception_if_missing: bool
    read_stamp: StampReader
    read_status: Callable[[object], int]
    ignored: tuple[Steps, ...]

    @cached_property
    def whole(self) -> tuple[ValueMapping, ...]:
        """The mappings of values that are the payload as a whole."""
        return tuple(value.mapping for value in self.values if not value.steps)

    def with_tag(self, tag: str) -> "ForeignRoute":
        """Return the route with only the values whose tag is `tag`."""
        values = tuple(value for value in self.values if value.mapping.tag == tag)
        return replace(self, values=values)


@dataclass(frozen=True)
class TopicTable:
    """All topics of all sites, and the limits that hold for every message.

    `points` and `lines` have the native topics of contract v1, `points` without those that a
    mapping claims; `problems` says what is wrong with mappings that had to be left out.
    """

    limits: Limits
    sites: frozenset[str]
    points: Mapping[str, int]
    lines: Mapping[str, Mapping[str, int]]
    foreign: Mapping[str, tuple[ForeignRoute, ...]]
    tagged: tuple[tuple[str, str, ForeignRoute], ...]
    problems: tuple[str, ...]

    def foreign_routes(self, topic: str) -> tuple[ForeignRoute, ...] | None:
        """Return the mappings of a foreign topic; None if it is none of theirs."""
        routes = self.foreign.get(topic)
        if routes is not None:
            return routes
        found = []
        for head, tail, route in self.tagged:
            tag = topic[len(head) : len(topic) - len(tail)]
            fits = topic.startswith(head) and topic.endswith(tail)
            if fits and len(topic) > len(head) + len(tail) and "/" not in tag:
                found.append(route.with_tag(tag))
        return tuple(found) or None

    def filters(self) -> list[str]:
        """Return the MQTT filters to subscribe to, none of which repeats a part of another."""
        sites = [f"{site}/#" for site in sorted(self.sites)]
        tagged = sorted({f"{head}+{tail}" for head, tail, _ in self.tagged})
        tagged = [wild for wild in tagged if wild.split("/")[0] not in self.sites]
        plain = [topic for topic in sorted(self.foreign) if topic.split("/")[0] not in self.sites]
        covered = {topic for topic in plain for wild in tagged if _covers(wild, topic)}
        return [*sites, *tagged, *(topic for topic in plain if topic not in covered)]


def compile_topics(
    points: Iterable[Point], mappings: Iterable[tuple[str, TopicMapping]], limits: Limits
) -> TopicTable:
    """Build the table from the points and from the mappings, each with the key of its site."""
    named: dict[str, Point] = {}
    lines: dict[str, dict[str, int]] = {}
    sites = set()
    for point in points:
        sites.add(point.site)
        of_line = lines.setdefault(f"{point.site}/{point.line}", {})
        if not point.is_calculated:
            named[f"{point.site}/{point.line}/{point.key}"] = point
            of_line[point.key] = point.point_id
    foreign: dict[str, tuple[ForeignRoute, ...]] = {}
    tagged, problems = [], []
    for site, mapping in mappings:
        try:
            route = _compile(site, mapping, named)
        except ValueError as error:
            problems.append(f"The mapping {mapping.key} of {site} is left out: {error}.")
            continue
        if TAG in mapping.topic.split("/"):
            head, _, tail = mapping.topic.partition(TAG)
            tagged.append((head, tail, route))
        else:
            foreign[mapping.topic] = (*foreign.get(mapping.topic, ()), route)
    ids = {topic: point.point_id for topic, point in named.items()}
    table = TopicTable(
        limits, frozenset(sites), ids, lines, foreign, tuple(tagged), tuple(problems)
    )
    native = {topic: id_ for topic, id_ in ids.items() if table.foreign_routes(topic) is None}
    return replace(table, points=native)


def _compile(site: str, mapping: TopicMapping, named: Mapping[str, Point]) -> ForeignRoute:
    if not mapping.topic or any(sign in mapping.topic for sign in "+#\0"):
        raise ValueError(f"{mapping.topic!r} is no topic")
    values = tuple(
        ForeignValue(
            point=named.get(f"{site}/{value.point}"),
            steps=steps,
            mapping=value,
            time_steps=_steps(value.time_pointer or mapping.time_pointer),
            status_steps=_steps(value.status_pointer or mapping.status_pointer),
            finds_by_name=any_named(steps),
            finds_by_place=any_place(steps),
        )
        for value in mapping.values
        for steps in (steps_of(value.pointer),)
    )
    return ForeignRoute(
        site=site,
        key=mapping.key,
        form=mapping.form,
        values=values,
        time_of_day_steps=_steps(mapping.time_of_day_pointer),
        other_time_steps=_steps(mapping.other_time_pointer),
        reception_if_missing=mapping.reception_if_missing,
        read_stamp=stamp_reader(mapping.time_format, mapping.time_zone),
        read_status=status_reader(mapping),
        ignored=tuple(map(steps_of, mapping.ignore)),
    )


def _steps(pointer: str | None) -> Steps | None:
    return None if pointer is None else steps_of(pointer)


def _covers(wild: str, topic: str) -> bool:
    """Tell whether a filter with `+` segments matches a plain topic."""
    ours, theirs = wild.split("/"), topic.split("/")
    return len(ours) == len(theirs) and all(
        our in ("+", their) for our, their in zip(ours, theirs, strict=True)
    )
