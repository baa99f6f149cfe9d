"""Makes plans of what is described: formulas, roles, properties and units, all dated. Pure."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from ingest.calculation.plan import END_US, Period, Plan, PlannedInput, held_us, in_circles, joined
from ingest.decoding.point import BEGINNING_US
from schemas.catalogue import catalogue
from schemas.catalogue.key_figures import signals
from schemas.formula.binding import Bound, MissingRoleError, bind
from schemas.formula.checking import check_moment
from schemas.formula.dimension import to_base
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope, Signal
from schemas.formula.parser import parse
from schemas.formula.site_roles import Item, SiteRoles
from schemas.units import UnitError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PointVersion:
    """What a point was from a moment on: kind, unit (UCUM), interval, and formula if it has one."""

    since_us: int
    kind: str
    unit: str
    interval_s: float | None
    formula: str | None


@dataclass(frozen=True)
class ElementVersion:
    """An asset or stream from a moment on; no kind: it is gone."""

    since_us: int
    kind: str | None
    within: str | None


@dataclass(frozen=True)
class PropertyVersion:
    """A property of an asset or stream from a moment on; no unit: it is gone."""

    since_us: int
    value: float | None
    unit: str | None


@dataclass(frozen=True)
class RoleVersion:
    """What a point meant from a moment on: the key of an asset or stream and a role, or nothing."""

    since_us: int
    element: str | None
    role: str | None


_V = TypeVar("_V", PointVersion, ElementVersion, PropertyVersion, RoleVersion)


@dataclass
class SiteHistory:
    """One site through time; versions are in order of time.

    Args:
        paths: The points by `line/point`, with their number.
        points: Versions of each point, by number.
        elements: Versions of each asset and stream, by key, in the order of the site file.
        properties: Versions of each property, by key of the element and name.
        roles: Versions of what each point means, by number.
        retired_us: From when on a point is no longer there, by number.
    """

    paths: dict[str, int] = field(default_factory=dict)
    points: dict[int, list[PointVersion]] = field(default_factory=dict)
    elements: dict[str, list[ElementVersion]] = field(default_factory=dict)
    properties: dict[tuple[str, str], list[PropertyVersion]] = field(default_factory=dict)
    roles: dict[int, list[RoleVersion]] = field(default_factory=dict)
    retired_us: dict[int, int] = field(default_factory=dict)


def plans_of(site: SiteHistory) -> dict[int, Plan]:
    """Return the plans of all calculated points of a site, by point.

    What cannot be calculated at some time has no period then; a circle is left out and logged.
    """
    planner = _Planner(site)
    plans = {
        point_id: Plan(point_id, joined(list(planner.periods(point_id))))
        for point_id, versions in site.points.items()
        if any(version.formula for version in versions)
    }
    for point_id in in_circles(plans):
        _log.error("plan: point %d is calculated from itself and left out", point_id)
        plans[point_id] = Plan(point_id, ())
    return plans


class _Planner:
    def __init__(self, site: SiteHistory) -> None:
        self._site = site
        self._paths = {point_id: path for path, point_id in site.paths.items()}
        histories: Iterable[Sequence[ElementVersion | PropertyVersion | RoleVersion]] = (
            *site.elements.values(),
            *site.properties.values(),
            *site.roles.values(),
        )
        moments = {each.since_us for history in histories for each in history}
        self._moments = sorted(moments | set(_unit_changes(site)))
        self._models: dict[int, SiteRoles] = {}
        self._signals: dict[int, dict[str, Signal]] = {}

    def periods(self, point_id: int) -> Iterator[Period]:
        versions = self._site.points[point_id]
        retired_us = self._site.retired_us.get(point_id, END_US)
        ends = [min(version.since_us, retired_us) for version in versions[1:]] + [retired_us]
        for number, (version, end_us) in enumerate(zip(versions, ends, strict=True)):
            if version.formula is None:
                continue
            begin_us = version.since_us if number else BEGINNING_US
            for from_us, to_us in _parts(begin_us, end_us, self._moments):
                yield from self._bound_periods(point_id, version, from_us, to_us)

    def _bound_periods(
        self, point_id: int, version: PointVersion, from_us: int, to_us: int
    ) -> Iterator[Period]:
        """Yield the periods of a time in which no role, no property and no unit changes."""
        try:
            formula = self._bound(point_id, version, from_us)
        except (FormulaError, MissingRoleError, UnitError) as error:
            _log.warning("plan: %s is not calculated: %s", self._paths[point_id], error)
            return
        ids = [self._site.paths[each.path] for each in formula.inputs]
        moments = sorted({v.since_us for each in ids for v in self._site.points[each]})
        for begin_us, end_us in _parts(from_us, to_us, moments):
            try:
                inputs = tuple(
                    self._input(formula, number, point, begin_us)
                    for number, point in enumerate(ids)
                )
            except UnitError as error:
                _log.warning("plan: %s is not calculated: %s", self._paths[point_id], error)
                continue
            yield Period(begin_us, end_us, formula, inputs)

    def _input(self, formula: Bound, number: int, point_id: int, at_us: int) -> PlannedInput:
        version = self._version(point_id, at_us)
        return PlannedInput(
            formula.inputs[number], point_id, to_base(version.unit), held_us(version.interval_s)
        )

    def _bound(self, point_id: int, version: PointVersion, at_us: int) -> Bound:
        model = self._model(at_us)
        meant = _in_force(self._site.roles.get(point_id, []), at_us)
        own = (meant.element if meant else None) or ""
        kind = model.items[own].kinds[0] if own in model.items else None
        if at_us not in self._signals:
            self._signals[at_us] = {
                path: self._signal(number, at_us) for path, number in self._site.paths.items()
            }
        scope = Scope(signals(), kind, self._signals[at_us])
        tree = parse(version.formula or "")
        check_moment(tree, scope, version.unit)
        return bind(tree, version.unit, scope, model, own)

    def _signal(self, point_id: int, at_us: int) -> Signal:
        version = self._version(point_id, at_us)
        return Signal(version.unit, is_counter=version.kind == "counter")

    def _model(self, at_us: int) -> SiteRoles:
        if at_us not in self._models:
            self._models[at_us] = self._model_of(at_us)
        return self._models[at_us]

    def _model_of(self, at_us: int) -> SiteRoles:
        site = self._site
        properties: dict[str, dict[str, tuple[float, str]]] = {}
        for (element, name), quantities in site.properties.items():
            quantity = _in_force(quantities, at_us)
            if quantity and quantity.value is not None and quantity.unit is not None:
                properties.setdefault(element, {})[name] = (quantity.value, quantity.unit)
        items: dict[str, Item] = {}
        for key, versions in site.elements.items():
            element_now = _in_force(versions, at_us)
            if element_now and element_now.kind and element_now.kind in catalogue().kinds:
                lineage = catalogue().kinds[element_now.kind].lineage
                items[key] = Item(lineage, properties.get(key, {}), element_now.within)
        points: dict[tuple[str, str], str] = {}
        units: dict[str, str] = {}
        for point_id, meanings in site.roles.items():
            meant = _in_force(meanings, at_us)
            if meant and meant.role and meant.element in items:
                path = self._paths[point_id]
                points[str(meant.element), meant.role] = path
                units[path] = self._version(point_id, at_us).unit
        return SiteRoles(items, points, units)

    def _version(self, point_id: int, at_us: int) -> PointVersion:
        """Return what a point is at a moment; before its first version it is that."""
        versions = self._site.points[point_id]
        return _in_force(versions, at_us) or versions[0]


def _unit_changes(site: SiteHistory) -> Iterator[int]:
    """Yield the moments from which on a point is in another unit."""
    for versions in site.points.values():
        for before, after in pairwise(versions):
            if before.unit != after.unit:
                yield after.since_us


def _in_force(versions: Sequence[_V], at_us: int) -> _V | None:
    """Return the version in force at a moment."""
    found = None
    for version in versions:
        if version.since_us <= at_us:
            found = version
    return found


def _parts(from_us: int, to_us: int, moments: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield [from, to) cut at those moments that lie within it."""
    if from_us < to_us:
        yield from pairwise([from_us, *(each for each in moments if from_us < each < to_us), to_us])
