"""The text of a site file, with a mark at everything that was guessed. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from deploy.onboarding.element_proposal import ElementProposal
from deploy.onboarding.guess import Guess
from deploy.onboarding.proposal import PlantProposal, PointProposal
from deploy.onboarding.unit_guess import OPEN

GUESS = "# guess"
TO_FILL_IN = "# TO FILL IN"


def quoted(text: str) -> str:
    """Return a text as TOML writes it; a JSON string is one, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def inline_names(names: Mapping[str, str]) -> str:
    """Return a table of names on one line."""
    return "{ " + ", ".join(f"{key} = {quoted(text)}" for key, text in names.items()) + " }"


@dataclass(frozen=True)
class Head:
    """What stands in `[site]`."""

    key: Guess[str]
    name: Guess[str]
    zone: Guess[str]
    language: Guess[str]


def site_text(head: Head, plant: PlantProposal) -> str:
    """Return site.toml: the head and the lines."""
    names = inline_names(dict.fromkeys(("fi", "en", "sv"), head.name.value))
    return "\n".join(
        [
            "# Written from a list of tags. What was guessed is marked so: look at it, and delete",
            "# the mark. docs/site-file.md describes every key. Keys are parts of MQTT topics:",
            "# choose them for ever.",
            "",
            "[site]",
            _said("key", head.key),
            _line("name", names, head.name.reason),
            _said("time_zone", head.zone),
            _said("language", head.language),
            *(line for key, name in plant.lines.items() for line in ("", *line_table(key, name))),
            "",
        ]
    )


def points_text(plant: PlantProposal) -> str:
    """Return points.toml."""
    lines = [
        "# The points. A value is sent to <site>/<line>/<key>; docs/mqtt.md says how.",
        f"# {TO_FILL_IN[2:]} marks what the list did not say or what was not understood.",
    ]
    for point in plant.points:
        lines += ["", *point_lines(point)]
    return "\n".join([*lines, ""])


def elements_text(elements: Iterable[ElementProposal]) -> str:
    """Return assets.toml."""
    lines = [
        "# What the plant consists of, as far as the names of its points tell, and what usually",
        "# leads where. `role` of a point begins with one; docs/catalogue.md has the kinds.",
    ]
    for element in sorted(elements, key=lambda each: each.is_stream):
        lines += ["", "[[stream]]" if element.is_stream else "[[asset]]"]
        lines += [f"kind = {quoted(element.kind)}  {GUESS}"]
        if element.key != element.kind:
            lines.append(f"key = {quoted(element.key)}")
        if element.names is not None:
            lines.append(f"name = {inline_names(element.names)}")
        ends = {"within": element.within, "from": element.source, "to": element.target}
        lines += [f"{key} = {quoted(end)}  {GUESS}" for key, end in ends.items() if end is not None]
    return "\n".join([*lines, ""])


def point_lines(point: PointProposal) -> Iterator[str]:
    """Yield the lines of one point."""
    yield "[[point]]"
    yield f"key = {quoted(point.key)}"
    yield f"line = {quoted(point.line)}"
    yield f"tag = {quoted(point.tag)}"
    yield _said("area", point.area)
    yield _line("name", inline_names(point.names.value), point.names.reason)
    yield _said("kind", point.kind)
    if point.unit.value == OPEN:
        yield f"unit = {quoted(OPEN)}  {TO_FILL_IN}: {point.unit.reason}"
    else:
        yield _said("unit", point.unit)
    if point.role is not None:
        yield _line("role", quoted(point.role.value), f"the names have {point.role.reason}")
    if point.unit_display is not None:
        yield f"unit_display = {quoted(point.unit_display)}"
    if point.species is not None:
        yield f"species = {quoted(point.species)}  {GUESS}: the unit says so"
    if point.interval_s is not None:
        yield f"expected_interval_s = {point.interval_s:g}"
    if point.range is not None:
        yield f"range = [{point.range[0]:.15g}, {point.range[1]:.15g}]"
    if point.note is not None:
        yield f"note = {quoted(point.note)}"


def line_table(key: str, name: str) -> list[str]:
    """Return a `[[line]]`."""
    names = inline_names(dict.fromkeys(("fi", "en", "sv"), name))
    return ["[[line]]", f"key = {quoted(key)}", f'kind = "main"  {GUESS}', f"name = {names}"]


def _said(key: str, guess: Guess[str]) -> str:
    return _line(key, quoted(guess.value), guess.reason)


def _line(key: str, value: str, reason: str | None) -> str:
    return f"{key} = {value}" + (f"  {GUESS}: {reason}" if reason else "")
