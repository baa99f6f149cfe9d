"""What arrived and is unknown, as the text of a site file with what was seen. Pure."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from deploy.onboarding.arrived import Arrived, ForeignTopic, PointName, Seen
from deploy.onboarding.keys import key_of, unused
from deploy.onboarding.proposal import propose_point
from deploy.onboarding.site_text import GUESS, line_table, point_lines, quoted
from deploy.onboarding.tag_list import Entry
from deploy.operations.quarantine_text import printable

VALUE_LIMIT_CHARS = 40


class UnreadPlace(NamedTuple):
    """What the payloads of a mapping hold and the mapping neither reads nor ignores."""

    site: str
    mapping: str
    pointer: str
    topic: str
    times: int
    last_seen: datetime


def suggestions(
    arrived: Arrived, unread: Sequence[UnreadPlace], lines: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield the lines of TOML that describe what arrived; `lines` are those that exist.

    The text is a part of a site file as it stands. What belongs into a table that is there already,
    and what cannot be described, stands in comments.
    """
    new = dict.fromkeys((name.site, name.line) for name in arrived.points)
    for site, line in new:
        if (site, line) not in lines:
            yield from ["", f"# a line that site {site} does not have", *line_table(line, line)]
    for name, seen in sorted(arrived.points.items()):
        yield from ["", _told("/".join(name), seen), *_point(name, seen)]
    for topic, foreign in sorted(arrived.foreign.items()):
        yield from _mapping(topic, foreign, lines)
    for topic, tagged in sorted(arrived.tagged.items()):
        yield from _tagged(topic, tagged)
    yield from _unread(unread)
    for text, seen in sorted(arrived.no_keys.items()):
        yield from ["", _told(text, seen), f"# {_no_key(text)}"]
    if arrived.described:
        yield ""
        yield f"# {arrived.described} values of points that are described by now wait, too:"
        yield "# `virtaama quarantine replay` stores them."
    if arrived.beyond:
        yield ""
        yield f"# {arrived.beyond} values came under further names. Describe these first; what is"
        yield "# not to be described leaves by `virtaama quarantine purge --sender`."


def _point(name: PointName, seen: Seen) -> Iterator[str]:
    numbers = [value for value in seen.values if value is not None]
    is_state = bool(numbers) and all(value in (0, 1) for value in numbers) and not seen.unit
    entry = Entry("", name.key, {}, unit=seen.unit, kind="bool" if is_state else "")
    yield from point_lines(propose_point(entry, name.key, name.line, {}, None))


def _mapping(
    topic: str, foreign: ForeignTopic, lines: Collection[tuple[str, str]]
) -> Iterator[str]:
    site = topic.split("/", maxsplit=1)[0]
    line = next((line for of, line in sorted(lines) if of == site), "main")
    key = key_of(topic.partition("/")[2]) or "foreign"
    points: list[tuple[PointName, Seen]] = []
    rows = []
    for pointer, seen in foreign.values.items():
        taken = {name.key for name, _ in points}
        name = PointName(site, line, unused(key_of(f"{key}-{pointer}") or key, taken))
        points.append((name, seen))
        rows += ["", "[[mapping.value]]", f"point = {quoted(f'{line}/{name.key}')}"]
        rows += [f"pointer = {quoted(pointer)}"]
        if (own := foreign.own_time(pointer)) is not None:
            rows += [f"time = {quoted(own)}  {GUESS}"]
    yield from ["", f"# {printable(topic)}: payloads of another shape", "[[mapping]]"]
    yield f"key = {quoted(key)}"
    yield f"topic = {quoted(topic)}"
    if (time := foreign.time_pointer) is not None:
        stamp = f"pointer = {quoted(time)}, format = {quoted(foreign.times[time])}"
        yield f"time = {{ {stamp} }}  {GUESS}"
    yield from rows
    for name, seen in points:
        yield from ["", _told("/".join(name), seen), *_point(name, seen)]


def _tagged(topic: str, foreign: ForeignTopic) -> Iterator[str]:
    for pointer, seen in foreign.values.items():
        yield from ["", _told(topic, seen)]
        yield "# A mapping reads such topics and has no value with this tag. Below it:"
        yield from _mapped_value(pointer, tag="THE TAG IN THE TOPIC")


def _mapped_value(pointer: str, *, tag: str | None = None) -> Iterator[str]:
    """Yield a table that belongs below a mapping which is there, so in comments."""
    yield "#     [[mapping.value]]"
    yield '#     point = "LINE/POINT"'
    if tag is not None:
        yield f"#     tag = {quoted(tag)}"
    yield f"#     pointer = {quoted(pointer)}"


def _unread(places: Sequence[UnreadPlace]) -> Iterator[str]:
    for place in places:
        at = f"{place.last_seen.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        yield ""
        yield (
            f"# mapping {place.mapping} of site {place.site} does not read "
            f"{printable(place.pointer)} of {printable(place.topic)}:"
        )
        yield f"# {place.times} times, the last {at} UTC. Below that mapping, name a point for it"
        yield from _mapped_value(place.pointer)
        yield f"# or leave it out: ignore = [{quoted(place.pointer)}]"


def _told(name: str, seen: Seen) -> str:
    values = ", ".join(_shown(value) for value in seen.values)
    newest = "" if seen.newest is None else f"{seen.newest.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    times = "once" if seen.count == 1 else f"{seen.count} times"
    return f"# {printable(name)}: {times}, the last {newest}; {values}"


def _shown(value: object) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else json.dumps(value)
    return printable(text[:VALUE_LIMIT_CHARS])


def _no_key(name: str) -> str:
    better = "/".join(key_of(part) or "…" for part in name.split("/"))
    if better == name:
        return (
            "No topic of the contract, no object of numbers: docs/site-file.md, forms of payloads."
        )
    return f"Keys have a-z, 0-9, - and _: let the sender publish to {better}"
