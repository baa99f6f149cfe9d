"""What belongs to an asset or a stream: its parts, its points, the streams at it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.store.plant import Plant, SitePoint
from dashboard.store.plant_model import Element
from dashboard.web.trend_url import POINTS_MAX
from schemas.catalogue import LABORATORY, catalogue

UNITS_MAX = 3  # each has a panel of the chart
DRAWN_KINDS = frozenset({"measurement", "derived", "calculated"})


@dataclass(frozen=True)
class RolePoint:
    """A point with what it means at an element."""

    element: str
    role: str
    point: SitePoint


@dataclass(frozen=True)
class Contents:
    """An element with its own points, the assets inside of it, and the streams at it."""

    element: Element
    own: Sequence[RolePoint]
    parts: Sequence[str]
    of_parts: Sequence[RolePoint]
    coming: Sequence[Element]
    leaving: Sequence[Element]

    @property
    def points(self) -> list[RolePoint]:
        """Its own points, then those of its parts."""
        return [*self.own, *self.of_parts]

    @property
    def measured(self) -> list[SitePoint]:
        """What its trend could show: what is measured online, else what there is."""
        return online(self.points) or [one.point for one in self.points]

    @property
    def drawn(self) -> list[str]:
        """The points (`line/key`) of its trend: as many, of as few units as can be read."""
        units = list(dict.fromkeys(point.unit_display for point in self.measured))[:UNITS_MAX]
        return [p.path for p in self.measured if p.unit_display in units][:POINTS_MAX]


def contents(key: str, plant: Plant) -> Contents | None:
    """Return what belongs to an element; None if the viewer's plant has none of that key."""
    element = plant.model.elements.get(key)
    if element is None:
        return None
    parts = parts_of(key, plant)
    streams = plant.model.streams.values()
    return Contents(
        element,
        role_points(key, plant),
        parts,
        [one for part in parts for one in role_points(part, plant)],
        [each for each in streams if each.target == key],
        [each for each in streams if each.source == key],
    )


def role_points(key: str, plant: Plant) -> list[RolePoint]:
    """Return the points that have a role at an element, in the order of the roles of its kind.

    So what is alike reads alike, one below the other.
    """
    element = plant.model.elements.get(key)
    kind = element and catalogue().kinds.get(element.kind)
    ranks = {role: place for place, role in enumerate(kind.roles if kind else ())}
    found = sorted(
        plant.roles.at(key).items(), key=lambda one: (ranks.get(one[0], len(ranks)), one[0])
    )
    return [
        RolePoint(key, role, plant.points[path]) for role, path in found if path in plant.points
    ]


def online(points: Sequence[RolePoint]) -> list[SitePoint]:
    """Return those of some points that are measured online."""
    return [
        one.point
        for one in points
        if one.point.kind in DRAWN_KINDS and not one.role.startswith(LABORATORY)
    ]


def parts_of(key: str, plant: Plant) -> list[str]:
    """Return the assets inside of an asset, those inside of them too, in the order of the plant."""
    inside: set[str] = set()
    waiting = [key]
    while waiting:
        new = set(plant.roles.inside(waiting.pop())) - inside
        inside |= new
        waiting += new
    return [one for one in plant.model.assets if one in inside and one != key]
