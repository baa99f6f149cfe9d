"""What a point means by the words of its name: an asset or a stream, and a role. Pure.

The catalogue's own names, in all its languages, are looked for in the name of the point and in the
title above it. Only roles whose kind of point and unit fit are proposed, each once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from deploy.onboarding.element_proposal import ElementProposal
from deploy.onboarding.guess import Guess
from deploy.onboarding.proposal import NO_AREA, PlantProposal, PointProposal
from deploy.onboarding.unit_guess import OPEN
from deploy.onboarding.words import words
from schemas.catalogue import Kind, Role, catalogue

STEM_MIN_CHARACTERS = 4
ENDING_MAX_CHARACTERS = 3  # "Ilmastusallas" stands as "ilmastusaltaan", "Pump" as "pumpens"
INFLECTED_WEIGHT = 0.6
MISSING_WEIGHT = 0.1
PLANT, WATER_WORKS = "treatment_plant", "water_works"

# Shares of a gas, or of the mass of water, of which a litre weighs a kilogram.
DISSOLVED = {"[ppm]": "mg/L", "[ppb]": "ug/L"}

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<![\w.,])(\d{1,2})(?![\w.,])")


@dataclass
class Roles:
    """The plant with roles at its points, and the elements that they are at."""

    plant: PlantProposal
    elements: dict[str, ElementProposal] = field(default_factory=dict)


def with_roles(plant: PlantProposal) -> Roles:
    """Return the plant with roles proposed; where a point is of help, so is its area."""
    found = Roles(plant)
    held: set[str] = set()
    points = []
    for point in plant.points:
        role = _role(point, held, found.elements)
        points.append(_in_unit_of(role, point))
    found.plant = replace(plant, points=points)
    return _with_only_ones(found, held)


def _in_unit_of(role: Guess[str] | None, point: PointProposal) -> PointProposal:
    """Return a point with its role, in the unit that its number has in that role."""
    dissolved = DISSOLVED.get(point.unit.value)
    if dissolved is None:
        return replace(point, role=role)
    if role is not None and _is_share(catalogue().roles[role.value.partition(".")[2]]):
        return replace(point, role=role)
    said = point.unit.reason or f'the list says "{point.unit.value}"'
    if role is None:
        unit = Guess(point.unit.value, f"{said}; in water it would be {dissolved}")
    else:
        unit = Guess(dissolved, f"{said}, which is that in water")
    return replace(point, role=role, unit=unit)


def _is_share(role: Role) -> bool:
    return role.unit in DISSOLVED


def _with_only_ones(found: Roles, held: set[str]) -> Roles:
    """Return the plant in which "Digester" is "Digester 1" where there is no other digester."""
    same = {
        key: numbered[0]
        for key, each in found.elements.items()
        if key == each.kind and len(numbered := _numbered(each.kind, found.elements)) == 1
    }
    points = [_renamed(point, same, held) for point in found.plant.points]
    left = {point.role.value.partition(".")[0] for point in points if point.role is not None}
    elements = {key: each for key, each in found.elements.items() if key not in same or key in left}
    return Roles(replace(found.plant, points=points), elements)


def _numbered(kind: str, elements: Mapping[str, ElementProposal]) -> list[str]:
    return [key for key, each in elements.items() if each.kind == kind and key != kind]


def _renamed(point: PointProposal, same: Mapping[str, str], held: set[str]) -> PointProposal:
    if point.role is None:
        return point
    element, _, role = point.role.value.partition(".")
    full = f"{same.get(element, element)}.{role}"
    if element not in same or full in held:
        return point
    return replace(point, role=Guess(full, f"{point.role.reason}, and there is no other"))


def _role(
    point: PointProposal, held: set[str], elements: dict[str, ElementProposal]
) -> Guess[str] | None:
    if point.unit.value == OPEN:
        return None
    name = " ".join(dict.fromkeys(point.names.value.values())).casefold()
    area = "" if point.area == NO_AREA else point.area.value.casefold()
    places = [*_kinds_in(name), *_kinds_in(area)]
    for kind, said in places:
        if (likely := _role_of(kind, point, name)) is None:
            continue
        role, role_said = likely
        number = _NUMBER.search(f"{name} {area}") if not kind.is_stream else None
        element = f"{kind.key}_{number[1]}" if number else kind.key
        full = f"{element}.{role.key}"
        if full in held:
            return None
        held.add(full)
        elements.setdefault(element, _element(element, kind, elements))
        return Guess(full, f'"{said}" and "{role_said}"')
    return None


@cache  # areas are those of many points
def _kinds_in(text: str) -> list[tuple[Kind, str]]:
    """Return the kinds that a text names, the longest name first, with the words it has."""
    found: dict[str, str] = {}
    for key, name, stem in _kind_names():
        if stem in text and len(name) > len(found.get(key, "")) and _stands_in(name, text):
            found[key] = name
    kinds = [(catalogue().kinds[key], name) for key, name in found.items()]
    return sorted(kinds, key=lambda each: -len(each[1]))


@cache
def _kind_names() -> list[tuple[str, str, str]]:
    """Return the names of all kinds that say something: (kind, name, stem of its first word)."""
    more = words()["kind_says"]
    return [
        (key, name, _stem(_WORD.findall(name)[0]))
        for key, kind in catalogue().kinds.items()
        if key not in words()["too_broad"]["kinds"]
        for name in (*(name.casefold() for name in kind.name.values()), *more.get(key, ()))
    ]


def _role_of(kind: Kind, point: PointProposal, name: str) -> tuple[Role, str] | None:
    """Return the role of a kind that a point has most likely, and the word that says so."""
    scored = [
        (score, role, said)
        for role in kind.roles.values()
        if _fits(role, point)
        for score, said in [_likeness(role, name)]
        if score > 0
    ]
    best = [each for each in scored if each[0] == max(scored, key=lambda each: each[0])[0]]
    return (best[0][1], best[0][2]) if len(best) == 1 else None


def _fits(role: Role, point: PointProposal) -> bool:
    return (
        point.species in {None, role.species}
        and role.fits_kind(point.kind.value)
        and _is_in(role.key, point.unit.value)
    )


@cache  # a list has few units and many rows
def _is_in(role_key: str, unit: str) -> bool:
    role = catalogue().roles[role_key]
    if unit in DISSOLVED:
        return _is_share(role) or role.misfit(DISSOLVED[unit]) is None
    return role.misfit(unit) is None


def _likeness(role: Role, name: str) -> tuple[float, str]:
    """Return how much of a role's name a name has, and the longest word of it."""
    best = (0.0, "")
    for text in (*role.name.values(), *words()["role_says"].get(role.key, ())):
        parts = list(dict.fromkeys(_WORD.findall(text.casefold())))
        there = [part for part in parts if _has(part, name)]
        score = sum(len(part) * (1.0 if part in name else INFLECTED_WEIGHT) for part in there)
        score -= MISSING_WEIGHT * sum(len(part) for part in parts if part not in there)
        if there and score > best[0]:
            best = (score, max(there, key=len))
    return best


def _stands_in(name: str, text: str) -> bool:
    """Tell whether a text has all words of a name, whatever their endings."""
    return all(_has(part, text) for part in _WORD.findall(name))


def _has(word: str, text: str) -> bool:
    """Tell whether a word, less an ending, stands in a text; a short one must be a whole word."""
    if len(word) <= STEM_MIN_CHARACTERS:
        return word in _WORD.findall(text)
    return _stem(word) in text


def _stem(word: str) -> str:
    return word[: max(STEM_MIN_CHARACTERS + 1, len(word) - ENDING_MAX_CHARACTERS)]


def _element(key: str, kind: Kind, elements: dict[str, ElementProposal]) -> ElementProposal:
    if not kind.is_stream:
        return ElementProposal(key, kind.key, is_stream=False)
    end = WATER_WORKS if {"raw_water", "drinking_water"} & set(kind.lineage) else PLANT
    elements.setdefault(end, ElementProposal(end, end, is_stream=False))
    if set(words()["comes_in"]["kinds"]) & set(kind.lineage):
        return ElementProposal(key, kind.key, is_stream=True, target=end)
    return ElementProposal(key, kind.key, is_stream=True, source=end)
