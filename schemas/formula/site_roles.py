"""What a site has, as formulas need it: assets and streams, and points by their role."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


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
    """What a site has: its assets and streams by id, and points (`line/point`) by (id, role)."""

    items: Mapping[str, Item]
    points: Mapping[tuple[str, str], str]

    def members(self, name: str) -> list[tuple[str, str]]:
        """Return id and point of all assets or streams of a kind that have `kind.role`."""
        kind, _, role = name.partition(".")
        return [
            (item, self.points[item, role])
            for item, described in self.items.items()
            if kind in described.kinds and (item, role) in self.points
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
