"""The assets and streams that the points of a list are at, and the roles that are given. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from deploy.onboarding.called import Called
from deploy.onboarding.element_proposal import ElementProposal
from deploy.onboarding.guess import Guess
from deploy.onboarding.kind_words import NamedKind
from deploy.onboarding.role_words import LikelyRole
from deploy.onboarding.words import words
from schemas.catalogue import Kind, catalogue

PLANT, WATER_WORKS = "treatment_plant", "water_works"


@dataclass
class FoundElements:
    """What is found so far. `is_water_works`: what comes and leaves is drinking water."""

    is_water_works: bool = False
    elements: dict[str, ElementProposal] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def meant(self, kinds: Iterable[NamedKind]) -> Iterator[NamedKind]:
        """Yield the kinds that are meant at a plant of this sort."""
        means = words()["water_works"]["means"] if self.is_water_works else {}
        for kind, said in kinds:
            yield catalogue().kinds[means.get(kind.key, kind.key)], said

    def give(self, what: Called, kind: Kind, likely: LikelyRole, said: str) -> Guess[str] | None:
        """Return a role at what is called so, or None if another point has it."""
        role, role_said = likely
        full = f"{what.key}.{role.key}"
        if full in self.held:
            return None
        self.held.add(full)
        self.add(what, kind)
        return Guess(full, f'"{said}" and {role_said}')

    def add(self, what: Called, kind: Kind) -> None:
        """Add an element, unless it is there."""
        if what.key not in self.elements:
            self.elements[what.key] = replace(self._element(what.key, kind), names=what.names)

    def put(self, key: str, within: str) -> None:
        """Say in which asset an asset stands."""
        self.elements[key] = replace(self.elements[key], within=within)

    def _element(self, key: str, kind: Kind) -> ElementProposal:
        if not kind.is_stream:
            return ElementProposal(key, kind.key, is_stream=False)
        is_supply = self.is_water_works or {"raw_water", "drinking_water"} & set(kind.lineage)
        end = WATER_WORKS if is_supply else PLANT
        self.elements.setdefault(end, ElementProposal(end, end, is_stream=False))
        if set(words()["comes_in"]["kinds"]) & set(kind.lineage):
            return ElementProposal(key, kind.key, is_stream=True, target=end)
        return ElementProposal(key, kind.key, is_stream=True, source=end)
