"""What a site has, as formulas need it: assets and streams, and points by their role."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

NO_POINTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Item:
    """An asset or a stream: its kind with all broader ones, and the values of its properties.

    The narrowest kind comes first. Each value of a property has a unit (UCUM). `within` is the
    asset that contains it.
    """

    kinds: tuple[str, ...]
    properties: Mapping[str, tuple[float, str]]
    within: str | None = None


@dataclass(frozen=True)
class SiteRoles:
    """What a site has: its assets and streams by id, and points (`line/point`) by (id, role).

    `units` are those of the points (UCUM); a point that is not there has that of its role.
    """

    items: Mapping[str, Item]
    points: Mapping[tuple[str, str], str]
    units: Mapping[str, str] = field(default_factory=dict)

    def at(self, item: str) -> Mapping[str, str]:
        """Return the points of an asset or a stream by their role."""
        return self._by_item.get(item, NO_POINTS)

    def of_kind(self, kind: str) -> Sequence[str]:
        """Return the assets or streams of a kind or of one that is narrower."""
        return self._by_kind.get(kind, ())

    def outermost(self, kind: str) -> Sequence[str]:
        """Return those of a kind that are not within another one of it."""
        every = set(self.of_kind(kind))
        return [item for item in self.of_kind(kind) if self.items[item].within not in every]

    def inside(self, item: str) -> Sequence[str]:
        """Return the assets that an asset contains, without those inside of them."""
        return self._by_outer.get(item, ())

    @cached_property
    def _by_item(self) -> Mapping[str, Mapping[str, str]]:
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for (item, role), path in self.points.items():
            found[item][role] = path
        return found

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for item, described in self.items.items():
            for kind in described.kinds:
                found[kind].append(item)
        return found

    @cached_property
    def _by_outer(self) -> Mapping[str, Sequence[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for item, described in self.items.items():
            if described.within is not None:
                found[described.within].append(item)
        return found

    def members(self, name: str) -> list[tuple[str, str]]:
        """Return id and point of all assets or streams of a kind that have `kind.role`."""
        kind, _, role = name.partition(".")
        return [
            (item, self.points[item, role])
            for item in self.of_kind(kind)
            if (item, role) in self.points
        ]

    def numbers(self) -> dict[str, dict[str, int]]:
        """Return for each point its number among all of each `kind.role` that it is one of."""
        counts: Counter[str] = Counter()
        found: dict[str, dict[str, int]] = {}
        order = {item: place for place, item in enumerate(self.items)}
        for item, role in sorted(self.points, key=lambda key: order[key[0]]):
            names = [f"{kind}.{role}" for kind in self.items[item].kinds]
            found[self.points[item, role]] = {name: counts[name] for name in names}
            counts.update(names)
        return found

    def paths(self, *names: str) -> list[str]:
        """Return the points of some `kind.role`, in this order, each once."""
        return list(dict.fromkeys(path for name in names for _, path in self.members(name)))
