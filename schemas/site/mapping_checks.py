"""Checks of the topic mappings: topics that clash, values that do not fit their points."""

from collections.abc import Iterator
from typing import Any

from schemas.pointer import EVERY, Every, is_place, steps_of
from schemas.site.draft import Draft
from schemas.site.mapping_tables import MappedValue, Mapping
from schemas.site.model import Point
from schemas.site.part import Part, Problem
from schemas.site.toml_lines import Path
from schemas.site.value_rules import EPOCH_FORMATS, TAG
from schemas.units import UnitError

_Written = tuple[Path, str]  # where in the file a pointer stands, and the pointer
_END = "/"  # no segment of a topic; marks where a topic ends


def mapping_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the mappings beside the points, the lines and each other."""
    yield from _topic_clashes(draft)
    points = draft.points()
    mapped: dict[str, str] = {}
    for part, mapping in draft.pairs(Mapping):
        yield from _time(part, mapping)
        yield from _places(part, mapping)
        yield from _elements(part, mapping)
        for number, value in enumerate(mapping.value):
            path = ("value", number)
            if value.point in mapped:
                sentence = f"{value.point} is mapped in {mapped[value.point]} already"
                yield part.problem((*path, "point"), sentence)
            mapped.setdefault(value.point, f"{part.file}, mapping {mapping.key}")
            yield from _tag(part, number, value, mapping.topic)
            yield from _own(part, number, value, mapping)
            if value.point in points and points[value.point].formula is not None:
                sentence = f"{value.point} is calculated here, and nothing is read into it"
                yield part.problem((*path, "point"), sentence)
            elif value.point in points:
                yield from _fit(part, number, value, points[value.point])


def _time(part: Part, mapping: Mapping) -> Iterator[Problem]:
    time = mapping.time
    if time is None:
        return
    is_epoch = time.format in EPOCH_FORMATS
    if is_epoch and time.zone is not None:
        yield part.problem(("time", "zone"), f'is of no use with "{time.format}"; leave it out')
    if is_epoch and time.time_of_day is not None:
        sentence = f'is of no use with "{time.format}", which holds the time of day; leave it out'
        yield part.problem(("time", "time_of_day"), sentence)
    elif time.time_of_day is not None and not _holds_hours(time.format):
        sentence = f'has no place in "{time.format}": the format of date, blank and time'
        yield part.problem(("time", "time_of_day"), sentence)
    if not is_epoch and time.format != "rfc3339" and "%z" not in time.format and time.zone is None:
        sentence = 'is missing: stamps of this format have no offset; give one such as "UTC"'
        yield part.problem(("time", "zone"), sentence)


def _holds_hours(time_format: str) -> bool:
    return time_format == "rfc3339" or any(f"%{letter}" in time_format for letter in "HIcXT")


def _places(part: Part, mapping: Mapping) -> Iterator[Problem]:
    """A place in a list is no name."""
    for path, pointer in _pointers(mapping):
        steps = steps_of(pointer)
        at = next((at for at, step in enumerate(steps) if is_place(step)), None)
        if at is None or mapping.positional:
            continue
        parts = pointer.split("/")
        named, every = (
            "/".join([*parts[: at + 1], step, *parts[at + 2 :]]) for step in ("[id=…]", EVERY)
        )
        sentence = (
            f'"{pointer}" asks for place {steps[at]} of a list, and places move; find the element '
            f'by its name, "{named}", or read every one, "{every}". Where the list has no names '
            "and never changes, or the number is a key, say `positional = true`"
        )
        yield part.problem(path, sentence)


def _elements(part: Part, mapping: Mapping) -> Iterator[Problem]:
    """What time and status look for in a list is the element that the value is in."""
    for number, (path, pointer) in _beside(mapping):
        steps = steps_of(pointer)
        deep = max((at for at, step in enumerate(steps) if type(step) is Every), default=-1)
        for value in mapping.value if number is None else mapping.value[number : number + 1]:
            if number is None and _has_own(value, path):
                continue
            theirs = steps_of(value.pointer)[: deep + 1]
            same = len(theirs) == deep + 1 and all(
                type(other) is Every if type(step) is Every else other == step
                for step, other in zip(steps[: deep + 1], theirs, strict=True)
            )
            if not same:
                sentence = (
                    f'"{pointer}" is in the element of a list that the value is in, '
                    f'and "{value.pointer}" of {value.point} is in none of that list'
                )
                yield part.problem(path, sentence)
                break


def _pointers(mapping: Mapping) -> list[_Written]:
    """Return all pointers with their keys: those of the values, of the time and the status."""
    values: list[_Written] = [
        (("value", number, "pointer"), value.pointer) for number, value in enumerate(mapping.value)
    ]
    return values + [written for _, written in _beside(mapping)]


def _beside(mapping: Mapping) -> Iterator[tuple[int | None, _Written]]:
    """Yield the pointers of time and status, with the number of the value whose own they are."""
    time, status = mapping.time, mapping.status
    for key in ("pointer", "time_of_day", "other_pointer"):
        pointer = None if time is None else getattr(time, key)
        if pointer is not None:
            yield None, (("time", "missing" if key == "other_pointer" else key), pointer)
    if status is not None:
        yield None, (("status", "pointer"), status.pointer)
    for number, value in enumerate(mapping.value):
        for key, own in (("time", value.time), ("status", value.status)):
            if own is not None:
                yield number, (("value", number, key), own)


def _has_own(value: MappedValue, path: Path) -> bool:
    """Tell whether a value has a pointer of its own in place of one of the mapping."""
    return (value.time if path[0] == "time" else value.status) is not None


def _own(part: Part, number: int, value: MappedValue, mapping: Mapping) -> Iterator[Problem]:
    """A value with a time or a status of its own has the form of those of the mapping."""
    for key in ("time", "status"):
        if getattr(value, key) is not None and getattr(mapping, key) is None:
            sentence = f"needs a table [mapping.{key}], which says how it is written"
            yield part.problem(("value", number, key), sentence)
    if value.time is not None and mapping.time is not None and mapping.time.time_of_day is not None:
        sentence = "cannot stand beside time_of_day: of which of the two it would be, nothing says"
        yield part.problem(("value", number, "time"), sentence)


def _tag(part: Part, number: int, value: MappedValue, topic: str) -> Iterator[Problem]:
    if value.tag is not None and (not value.tag or set(value.tag) & set("/+#\0")):
        sentence = f'"{value.tag}" can never match: it stands for one whole segment of a topic'
        yield part.problem(("value", number, "tag"), sentence)
    has_place = TAG in topic.split("/")
    if has_place and value.tag is None:
        sentence = f'is missing: what stands for "{TAG}" in the topic of this value'
        yield part.problem(("value", number, "tag"), sentence)
    elif not has_place and value.tag is not None:
        sentence = f'has no place in the topic "{topic}", which has no "{TAG}"'
        yield part.problem(("value", number, "tag"), sentence)


def _fit(part: Part, number: int, value: MappedValue, point: Point) -> Iterator[Problem]:
    try:
        conversion = value.conversion(point.unit)
    except UnitError as error:
        sentence = f"{error}, the unit of {value.point}"
        if "braces" in str(error):
            sentence += "; say with `factor` how they relate"
        yield part.problem(("value", number, "unit"), sentence)
        return
    for text, code in (value.states or {}).items():
        stored = code * conversion.scale + conversion.offset
        if point.states is not None and f"{stored:.15g}" not in point.states:
            known = ", ".join(point.states)
            sentence = f"{stored:.15g} is not a state of {value.point}, which has {known}"
            yield part.problem(("value", number, "states", text), sentence)


def _topic_clashes(draft: Draft) -> Iterator[Problem]:
    site = next(iter(draft.names("site")), None)
    seen = _Topics()
    for line in draft.names("line"):
        for rest in ("", f"/{TAG}"):
            seen.add(f"{site}/{line}{rest}", "the plant's own topics")
    for part, mapping in draft.pairs(Mapping):
        other = seen.overlapping(mapping.topic)
        if other is not None:
            topic, whose = other
            yield part.problem(("topic",), f'"{mapping.topic}" clashes with {whose}, "{topic}"')
        seen.add(mapping.topic, f"mapping {mapping.key}")


class _Topics:
    """Topics by their segments, so that each is held against thousands; `{tag}` is any segment."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self._topics: dict[str, str] = {}

    def add(self, topic: str, whose: str) -> None:
        """Add a topic; the first who had it keeps it."""
        self._topics.setdefault(topic, whose)
        node = self._root
        for segment in topic.split("/"):
            node = node.setdefault(segment, {})
        node.setdefault(_END, (len(self._topics), topic))

    def overlapping(self, topic: str) -> tuple[str, str] | None:
        """Return the first topic that can be the same as another, and whose it is."""
        nodes = [self._root]
        for segment in topic.split("/"):
            nodes = [
                node[key]
                for node in nodes
                for key in (node.keys() - {_END} if segment == TAG else {segment, TAG})
                if key in node
            ]
        _, first = min((node[_END] for node in nodes if _END in node), default=(0, None))
        return None if first is None else (first, self._topics[first])
