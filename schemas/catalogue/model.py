"""What the catalogue holds: roles, properties, and the kinds that have them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from schemas.languages import LANGUAGES
from schemas.unit_annotations import NORMAL, STANDARD
from schemas.units import UnitError, counted_as

Names = Mapping[str, str]  # by language: fi, sv, en
RoleKind = Literal["measurement", "counter", "state", "setpoint", "laboratory"]
Section = Literal[
    "intake",
    "pumping",
    "mechanical",
    "biological",
    "treatment",
    "distribution",
    "sludge",
    "chemicals",
    "energy",
    "other",
]

# What is computed is as good as what is measured; of a counter only where the source does it.
_ALSO = {"derived": ("measurement", "counter"), "calculated": ("measurement", "state")}
_WORD = re.compile(r"[^\W\d_][^\W\d_A-ZÅÄÖ]{2}")


@dataclass(frozen=True)
class Property:
    """What an asset or stream is by its make; `unit` (UCUM) gives the quantity."""

    key: str
    name: Names
    unit: str

    def misfit(self, unit: str) -> str | None:
        """Return why values in `unit` are no values of this property; None if they are."""
        return _misfit(unit, (self.unit,))


@dataclass(frozen=True)
class Role:
    """What a point means where it stands.

    `unit` (UCUM) gives the quantity, `accepts` are units of it that differ in what stands in
    braces and are counted alike, `species` is what a mass is counted as. `kind` is the kind of
    points that can have it.
    `states` names the codes of a state, unless the point does.
    """

    key: str
    name: Names
    unit: str
    accepts: tuple[str, ...]
    species: str | None
    kind: RoleKind
    states: Mapping[str, Names] | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """The units whose numbers count alike; that of the role is the first."""
        return (self.unit, *self.accepts)

    def fits_kind(self, point_kind: str) -> bool:
        """Tell whether a point of that kind can have the role."""
        return self.kind in _ALSO.get(point_kind, (point_kind,))

    def misfit(self, unit: str) -> str | None:
        """Return why values in `unit` are no values of this role; None if they are.

        A volume of gas is one, also while nobody has stated at which conditions.
        """
        return _misfit(unit.replace(STANDARD, NORMAL), self.units)


@dataclass(frozen=True)
class Kind:
    """A kind of asset or of stream, with the roles and properties of its broader kinds.

    `lineage` begins with the kind itself and ends with the broadest. `ends` are those that it has
    itself, each with the kind of stream whose roles points have there. A stream whose kind is a
    loop may lead back to where it comes from; something flows through assets in the process.
    `section` is the part of a plant that an asset is told under.
    """

    key: str
    name: Names
    symbol: str | None
    section: Section | None
    source: str
    lineage: tuple[str, ...]
    is_stream: bool
    is_loop: bool
    is_in_process: bool
    ends: Mapping[str, str]
    roles: Mapping[str, Role]
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Catalogue:
    """All kinds, roles and properties by their keys; roles include those at the ends of kinds."""

    kinds: Mapping[str, Kind]
    roles: Mapping[str, Role]
    properties: Mapping[str, Property]

    @cached_property
    def assets(self) -> tuple[str, ...]:
        """The kinds of assets."""
        return tuple(key for key, kind in self.kinds.items() if not kind.is_stream)

    @cached_property
    def streams(self) -> tuple[str, ...]:
        """The kinds of streams."""
        return tuple(key for key, kind in self.kinds.items() if kind.is_stream)

    def narrower(self, key: str) -> frozenset[str]:
        """Return all kinds that are a `key`, itself included."""
        return frozenset(kind.key for kind in self.kinds.values() if key in kind.lineage)


def joined(first: Names, second: Names) -> dict[str, str]:
    """Return "Feed" and "Flow" as "Feed, flow" in each language; abbreviations stay as they are."""
    return {language: f"{first[language]}, {_inside(second[language])}" for language in LANGUAGES}


def _inside(name: str) -> str:
    """Return a name as it stands within a phrase."""
    return name[0].lower() + name[1:] if _WORD.match(name) else name


@cache
def _misfit(unit: str, wanted: tuple[str, ...]) -> str | None:
    try:
        counted_as(unit, wanted)
    except UnitError as error:
        return str(error)
    return None
