"""What a site file may leave out: names, kinds and lines that the catalogue and the plant give."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from schemas.catalogue import Kind, Role, catalogue
from schemas.catalogue.model import joined
from schemas.languages import LANGUAGES
from schemas.site.part import Part
from schemas.site.standard_gas import conditions_of, with_conditions

ELEMENTS = ("asset", "stream")

_NUMBER = re.compile(r"_?(\d+)$")
_AREA = re.compile(r"([^-]+)-.")


def completed(parts: Iterable[Part]) -> list[Part]:
    """Return the parts with what they left out, as far as it follows from others.

    Of wrong parts too: whoever refers to them would seem wrong otherwise.
    """
    drafts = _with_standard_gas(list(parts))
    plant = _Plant(drafts)
    return [
        replace(part, content={**dict(plant.left_out(part)), **part.content}) for part in drafts
    ]


def _with_standard_gas(parts: list[Part]) -> list[Part]:
    """Return the parts with units of gas as `[site]` explains them, if it does."""
    heads = (conditions_of(part.content) for part in parts if part.path[0] == "site")
    stated = next(filter(None, heads), None)
    if stated is None:
        return parts
    return [replace(part, content=with_conditions(part.content, stated)) for part in parts]


class _Plant:
    def __init__(self, parts: list[Part]) -> None:
        lines = [part.content for part in parts if part.path[0] == "line"]
        main = [line for line in lines if line.get("kind") == "main"]
        self._lines = [line.get("key") for line in [*main, *lines]]
        self._elements = {
            str(part.content.get("key", part.content.get("kind"))): part.content
            for part in reversed(parts)
            if part.path[0] in ELEMENTS
        }

    def left_out(self, part: Part) -> Iterator[tuple[str, Any]]:
        """Yield the keys that a part may leave out, with their values."""
        if part.path[0] == "site":
            yield from _of_site(part.content)
        elif part.path[0] in ELEMENTS:
            yield from self._of_element(part.content)
        elif part.path[0] == "point":
            yield from self._of_point(part.content)

    def _of_element(self, content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        kind = content.get("kind")
        if isinstance(kind, str):
            yield "key", kind
        yield from self._line_of(content)
        yield "name", _element_name(content)

    def _of_point(self, content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        is_calculated = isinstance(content.get("formula"), str)
        has_role = isinstance(content.get("role"), str)
        if not has_role and not is_calculated:
            return
        element, _, role_key = content["role"].partition(".") if has_role else ("", "", "")
        of = self._elements.get(element, {})
        tag = content.get("tag", str(content.get("key", "")).upper())
        yield "tag", tag
        area = _AREA.match(tag) if isinstance(tag, str) else None
        yield "area", area[1] if area else tag
        yield from self._line_of(of)
        kind = _kind(of)
        role = kind.roles.get(role_key) if kind else None
        if has_role:
            yield from _of_role(role, _in_languages(of.get("name")) or _element_name(of))
            if role and role.states and content.get("kind", role.kind) == role.kind:
                yield "states", role.states
        if is_calculated:
            yield "kind", "calculated"

    def _line_of(self, content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield the line of an element, of what contains it, of where it leads, or the main one."""
        seen: list[object] = []
        while content.get("line") not in self._lines:
            near = next((content[key] for key in ("within", "from", "to") if key in content), None)
            if near in seen or not isinstance(near, str) or near not in self._elements:
                content = {"line": line} if (line := next(iter(self._lines), None)) else {}
                break
            seen.append(near)
            content = self._elements[near]
        if "line" in content:
            yield "line", content["line"]


def _of_site(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the language of a site: the first in which it is named; of a wrong name, some one.

    A name that is one text has none.
    """
    name = content.get("name")
    if isinstance(name, str):
        return
    named = [key for key in name if key in LANGUAGES] if isinstance(name, dict) else []
    yield "language", next(iter(named), LANGUAGES[0])


def _of_role(role: Role | None, element_name: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a role says of its point; of none, what keeps that from being told twice."""
    yield "kind", role.kind if role else "measurement"
    if role and role.species is not None:
        yield "species", role.species
    if not isinstance(element_name, dict) or element_name.keys() != set(LANGUAGES):
        element_name = dict.fromkeys(LANGUAGES, "…")
    yield "name", joined(element_name, role.name) if role else element_name


def _in_languages(name: Any) -> Any:
    """Return a name that is one text as one in each language."""
    return dict.fromkeys(LANGUAGES, name) if isinstance(name, str) and name else name


def _kind(content: dict[str, Any]) -> Kind | None:
    return catalogue().kinds.get(str(content.get("kind")))


def _element_name(content: dict[str, Any]) -> dict[str, str]:
    """Return the name of the kind, with the number at the end of the key: "Membrane tank 3"."""
    kind = _kind(content)
    key = str(content.get("key", content.get("kind")))
    number = _NUMBER.search(key)
    if kind is None:
        return dict.fromkeys(LANGUAGES, key)
    return {
        language: f"{name} {number[1]}" if number else name for language, name in kind.name.items()
    }
