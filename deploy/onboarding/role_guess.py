"""What a point means by the words of its name: an asset or a stream, and a role. Pure.

The catalogue's own names, in all its languages, are looked for in the name of the point and in the
title above it. Only roles whose kind of point and unit fit are proposed, each once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from deploy.onboarding.called import Called, called, has_number_behind, is_machine, owner_key
from deploy.onboarding.element_proposal import ElementProposal
from deploy.onboarding.found_elements import FoundElements
from deploy.onboarding.guess import Guess
from deploy.onboarding.kind_words import NamedKind, kinds_in
from deploy.onboarding.plain import plain, stands_in, without
from deploy.onboarding.proposal import NO_AREA, PlantProposal, PointProposal
from deploy.onboarding.role_words import DISSOLVED, is_share, only_role, role_of
from deploy.onboarding.unit_guess import OPEN
from deploy.onboarding.words import words
from schemas.catalogue import Kind, catalogue

MEMBRANES = "membrane_treatment"
WATER, FILTER, CHEMICAL, CHEMICAL_TANK = "water", "filter", "chemical", "chemical_tank"


@dataclass
class Roles:
    """The plant with roles at its points, and the elements that they are at."""

    plant: PlantProposal
    elements: dict[str, ElementProposal] = field(default_factory=dict)


def with_roles(plant: PlantProposal) -> Roles:
    """Return the plant with roles proposed; where a point is of help, so is its area."""
    found = FoundElements(_is_water_works(plant.points))
    points = [_in_unit_of(_role(point, found), point) for point in plant.points]
    return _with_only_ones(Roles(replace(plant, points=points), found.elements), found.held)


def _is_water_works(points: Iterable[PointProposal]) -> bool:
    """Tell whether a list is that of a water works, by what its points are about."""
    about = (_machine_first(kinds_in(name), name)[:1] for name in map(_name, points))
    named = {key for kinds in about for kind, _ in kinds for key in kind.lineage}
    said = words()["water_works"]
    return bool(named & set(said["has"])) and not named & set(said["lacks"])


def _names(point: PointProposal) -> list[str]:
    return [plain(text) for text in dict.fromkeys(point.names.value.values())]


def _name(point: PointProposal) -> str:
    return " ".join(_names(point))


def _in_unit_of(role: Guess[str] | None, point: PointProposal) -> PointProposal:
    """Return a point with its role, in the unit that its number has in that role."""
    dissolved = DISSOLVED.get(point.unit.value)
    if dissolved is None:
        return replace(point, role=role)
    if role is not None and is_share(catalogue().roles[role.value.partition(".")[2]]):
        return replace(point, role=role)
    said = point.unit.reason or f'the list says "{point.unit.value}"'
    if role is None:
        unit = Guess(point.unit.value, f"{said}; in water it would be {dissolved}")
    else:
        unit = Guess(dissolved, f"{said}, which is that in water")
    return replace(point, role=role, unit=unit)


def _with_only_ones(found: Roles, held: set[str]) -> Roles:
    """Return the plant in which "Digester" is "Digester 1" where there is no other digester."""
    same = {
        key: numbered[0]
        for key, each in found.elements.items()
        if key == each.kind and len(numbered := _numbered(each.kind, found.elements)) == 1
    }
    points = [_renamed(point, same, held) for point in found.plant.points]
    left = {point.role.value.partition(".")[0] for point in points if point.role is not None}
    elements = {
        key: replace(each, within=same.get(each.within or "", each.within))
        for key, each in found.elements.items()
        if key not in same or key in left
    }
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


def _role(point: PointProposal, found: FoundElements) -> Guess[str] | None:
    if point.unit.value == OPEN:
        return None
    name = _name(point)
    area = "" if point.area == NO_AREA else plain(point.area.value)
    by_name = _chemical_first(_machine_first(kinds_in(name), name))
    if (at_end := _at_an_end(by_name, point, name, area, found)) is not None:
        return at_end
    for place, (kind, said) in enumerate(found.meant([*by_name, *kinds_in(area)])):
        is_named = place < len(by_name)
        likely = role_of(kind, point, name) or (only_role(kind, point) if is_named else None)
        if likely is None and is_named and CHEMICAL in kind.lineage:
            guess = _of_what_holds_it([(kind, said)], point, name, found)
            if guess is not None:
                return guess
        if likely is None:
            continue
        what = called(kind, said, _names(point), area)
        guess = found.give(what, kind, likely, said)
        if guess is not None and is_named and is_machine(kind):
            _put_into_owner(what, (kind, said), by_name, found, name)
        return guess
    return _of_what_holds_it(list(found.meant(by_name)), point, name, found)


def _at_an_end(
    by_name: Sequence[NamedKind], point: PointProposal, name: str, area: str, found: FoundElements
) -> Guess[str] | None:
    """Return a role at an end of an asset that is named with it: "filter 1 effluent turbidity"."""
    ends = words()["end_says"]
    end = next(((ends[kind.key], said) for kind, said in by_name if kind.key in ends), None)
    assets = (each for each in by_name if end and f"{end[0]}_flow" in each[0].roles)
    kind, said = next(assets, (None, ""))
    if end is None or kind is None:
        return None
    is_alone = {FILTER, MEMBRANES} & set(kind.lineage)
    is_own_word = stands_in(end[1], without(said, name))  # no "filtrate" of an ultrafiltration
    if not is_own_word or not (is_alone or has_number_behind(said, name)):
        return None
    likely = role_of(catalogue().kinds[WATER], point, name)
    role = kind.roles.get(f"{end[0]}_{likely[0].key}") if likely else None
    if likely is None or role is None:
        return None
    what = called(kind, said, _names(point), area)
    return found.give(what, kind, (role, f'"{end[1]}" and {likely[1]}'), said)


def _of_what_holds_it(
    by_name: Sequence[NamedKind], point: PointProposal, name: str, found: FoundElements
) -> Guess[str] | None:
    """Return a role of the tank or structure of a stream that a name names."""
    for kind, said in by_name:
        instead = _instead(kind)
        if instead is None:
            continue
        holder = catalogue().kinds[instead["kind"]]
        likely = role_of(holder, point, name)
        if likely is not None and likely[0].key in instead["roles"]:
            what = _holder_of(kind, holder) if instead.get("each") else Called(holder.key)
            return found.give(what, holder, likely, said)
    return None


def _instead(kind: Kind) -> Mapping[str, Any] | None:
    known: Mapping[str, Any] = words()["instead"]
    return next((known[key] for key in kind.lineage if key in known), None)


def _holder_of(kind: Kind, holder: Kind) -> Called:
    """Return what the tank of a stream is called."""
    names = {
        language: f"{text}, {holder.name[language].lower()}" for language, text in kind.name.items()
    }
    return Called(f"{kind.key}_{holder.key.rpartition('_')[2]}", names)


def _put_into_owner(
    what: Called,
    machine: NamedKind,
    by_name: Sequence[NamedKind],
    found: FoundElements,
    name: str,
) -> None:
    """Put a machine into the asset that its name names beside it."""
    kind, said = machine
    owner = next((each for each, _ in by_name if each != kind and not each.is_stream), None)
    if owner is None or is_machine(owner) or kind.key in owner.lineage:
        return
    key = owner_key(owner, said, name)
    found.add(Called(key), owner)
    found.put(what.key, within=key)


def _chemical_first(kinds: Sequence[NamedKind]) -> Sequence[NamedKind]:
    """Return the kinds with a chemical before what it is for: polymer of a dewatering."""
    chemical = next((each for each in kinds if CHEMICAL in each[0].lineage), None)
    if chemical is None or kinds[0][0].is_stream or is_machine(kinds[0][0]):
        return kinds
    if kinds[0][0].key == CHEMICAL_TANK:
        return kinds
    return [chemical, *(each for each in kinds if each != chemical)]


def _machine_first(kinds: Sequence[NamedKind], name: str) -> Sequence[NamedKind]:
    """Return the kinds with a machine before what it belongs to: the pump of a balance tank.

    Its word is one of its own, and beside a stream it has a number: "influent pump 1 pressure".
    """
    if not kinds:
        return kinds
    first, said = kinds[0]
    narrower = next((each for each in kinds[1:] if first.key in each[0].lineage), None)
    if is_machine(first) and narrower is not None:  # the pump of a well is the well
        return [narrower, *(each for each in kinds if each != narrower)]
    for machine in kinds[1:]:
        kind, word = machine
        is_own_word = stands_in(word, without(said, name))
        if not is_machine(kind) or kind.key in first.lineage or not is_own_word:
            continue
        if not first.is_stream or has_number_behind(word, name):
            return [machine, *(each for each in kinds if each != machine)]
    return kinds
