"""What a point means by the words of its name: an asset or a stream, and a role. Pure.

The catalogue's own names, in all its languages, are looked for in the name of the point and in the
title above it. Only roles whose kind of point and unit fit are proposed, each once.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from deploy.onboarding.element_proposal import ElementProposal
from deploy.onboarding.guess import Guess
from deploy.onboarding.keys import key_of
from deploy.onboarding.proposal import LANGUAGES, NO_AREA, PlantProposal, PointProposal
from deploy.onboarding.unit_guess import OPEN
from deploy.onboarding.words import words
from schemas.catalogue import Kind, Names, Role, catalogue

STEM_MIN_CHARACTERS = 4
ENDING_MAX_CHARACTERS = 3  # "Ilmastusallas" stands as "ilmastusaltaan", "Pump" as "pumpens"
INFLECTED_MAX_CHARACTERS = 6  # behind a stem: "jälkiselkeytyksen"
SHORTENED_MAX_CHARACTERS = 1  # by an ending: "temperatur" is one of "temperature"
INFLECTED_WEIGHT = 0.6
MISSING_WEIGHT = 0.1
PLANT, WATER_WORKS = "treatment_plant", "water_works"

# Shares of a gas, or of the mass of water, of which a litre weighs a kilogram.
DISSOLVED = {"[ppm]": "mg/L", "[ppb]": "ug/L"}

_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_][^\W_]*")  # with the number that makes it another: "bod5", "bod7"
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
    name = _plain(" ".join(dict.fromkeys(point.names.value.values())))
    area = "" if point.area == NO_AREA else _plain(point.area.value)
    by_name = _kinds_in(name)
    for place, (kind, said) in enumerate([*by_name, *_kinds_in(area)]):
        is_named = place < len(by_name)
        likely = _role_of(kind, point, name) or (_only_role(kind, point) if is_named else None)
        if likely is None:
            continue
        role, role_said = likely
        element, names = _called(kind, said, name, area)
        full = f"{element}.{role.key}"
        if full in held:
            return None
        held.add(full)
        if element not in elements:
            elements[element] = replace(_element(element, kind, elements), names=names)
        return Guess(full, f'"{said}" and {role_said}')
    return None


def _plain(text: str) -> str:
    """Return a text in small letters, its raised and lowered digits as others: "bod7"."""
    return unicodedata.normalize("NFKC", text).casefold()


def _called(kind: Kind, said: str, name: str, area: str) -> tuple[str, Names | None]:
    """Return the key of what a name is about. A machine has that of its duty, and its name."""
    if kind.is_stream:
        return kind.key, None
    number = _NUMBER.search(f"{name} {area}")
    duty = _duty(said, name) if kind.key in words()["has_a_duty"]["kinds"] else ""
    key = "_".join(filter(None, (key_of(duty.replace(" ", "_")) or kind.key, number and number[1])))
    if not duty:
        return key, None
    text = " ".join(filter(None, (duty.capitalize(), number and number[1])))
    return key, dict.fromkeys(LANGUAGES, text)


def _duty(said: str, name: str) -> str:
    """Return what a name calls a machine, if more than `said`: "return sludge pump"."""
    before, found, after = name.partition(_stem(said))
    ending = _LETTERS.match(after)
    called = _LETTERS.findall(f"{before}{found}{ending[0] if ending else ''}")
    is_more = bool(found) and (len(called) > 1 or before[-1:].isalpha())
    duty = " ".join(called)
    is_a_key = re.fullmatch(r"[a-z][a-z0-9_]*", key_of(duty.replace(" ", "_"))) is not None
    return duty if is_more and is_a_key else ""


@cache  # areas are those of many points
def _kinds_in(text: str) -> list[tuple[Kind, str]]:
    """Return the kinds that a text names, with the words it has: the longest name first.

    Of equal ones the narrower, for the pump of a well is the well.
    """
    found: dict[str, str] = {}
    for key, name, stem in _kind_names():
        if stem in text and len(name) > len(found.get(key, "")) and _stands_in(name, text):
            found[key] = name
    kinds = [(catalogue().kinds[key], name) for key, name in found.items()]
    return sorted(kinds, key=lambda each: (-len(each[1]), -len(each[0].lineage)))


@cache
def _kind_names() -> list[tuple[str, str, str]]:
    """Return the names of all kinds that say something: (kind, name, stem of its first word)."""
    more = words()["kind_says"]
    return [
        (key, name, _stem(_LETTERS.findall(name)[0]))
        for key, kind in catalogue().kinds.items()
        if key not in words()["too_broad"]["kinds"]
        for name in (*map(_plain, kind.name.values()), *more.get(key, ()))
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
    return (best[0][1], f'"{best[0][2]}"') if len(best) == 1 else None


def _only_role(kind: Kind, point: PointProposal) -> tuple[Role, str] | None:
    """Return the role of a kind that a unit leaves no choice of: t of a sludge cake is its mass."""
    unit = point.unit.value
    if unit in words()["says_nothing"]["units"]:
        return None
    fitting = [role for role in kind.roles.values() if _fits(role, point)]
    return (fitting[0], f'"{unit}"') if len(fitting) == 1 else None


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
    more = words()["role_says"]
    online = role.key.removeprefix("lab_")
    for text in (*role.name.values(), *more.get(role.key, ()), *more.get(online, ())):
        parts = list(dict.fromkeys(_WORD.findall(_plain(text))))
        there = [part for part in parts if _has(part, name)]
        score = sum(len(part) * (1.0 if part in name else INFLECTED_WEIGHT) for part in there)
        score -= MISSING_WEIGHT * sum(len(part) for part in parts if part not in there)
        if there and score > best[0]:
            best = (score, max(there, key=len))
    return best


def _stands_in(name: str, text: str) -> bool:
    """Tell whether a text has all words of a name, whatever their endings."""
    return all(_has(part, text) for part in _LETTERS.findall(name))


def _has(word: str, text: str) -> bool:
    """Tell whether a word, less an ending, stands in a text; a short one must be a whole word.

    Of four letters, it may end another: "inloppspump".
    """
    if len(word) <= STEM_MIN_CHARACTERS:
        found = {*_WORD.findall(text), *_LETTERS.findall(text)}
        is_ending = len(word) == STEM_MIN_CHARACTERS and any(one.endswith(word) for one in found)
        return word in found or is_ending
    stem, least = _stem(word), len(word) - SHORTENED_MAX_CHARACTERS
    return any(
        len(found) >= least and (word in found or _is_ended(found, stem))
        for found in _LETTERS.findall(text)
        if stem in found
    )


def _is_ended(found: str, stem: str) -> bool:
    """Tell whether behind a stem only an ending follows: "Rohwassertemperatur" is no Wasserturm."""
    return len(found.partition(stem)[2]) <= INFLECTED_MAX_CHARACTERS


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
