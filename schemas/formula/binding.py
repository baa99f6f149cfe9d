"""Finds what a formula needs at a site: the points that have its roles, the values of properties.

A role of a kind stands for all assets or streams of that kind, and all of them must have it: a sum
that leaves one out would be a wrong number. Where several meet in one operation, they are paired by
asset: the flow of a stream with the concentration of the same stream.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.formula.dimension import to_base
from schemas.formula.errors import FormulaError
from schemas.formula.functions import COUNTED, OVER_ASSETS
from schemas.formula.meaning import Scope
from schemas.formula.tree import (
    Call,
    Group,
    Member,
    Negative,
    Node,
    Number,
    Operation,
    Point,
    Role,
    parts,
)
from schemas.units import Conversion


@dataclass(frozen=True)
class Item:
    """An asset or a stream: its kind with all broader ones, and the values of its properties.

    The narrowest kind comes first. Each value of a property has a unit (UCUM).
    """

    kinds: tuple[str, ...]
    properties: Mapping[str, tuple[float, str]]


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


@dataclass(frozen=True)
class Need:
    """A role or property that a formula needs and a site does not have.

    `item` is the asset or stream that lacks it; None if the site has none of the kind.
    """

    kind: str
    role: str
    item: str | None = None


@dataclass(frozen=True)
class Input:
    """A point that a formula uses, and whether it is counted or read.

    `unit` (UCUM) has its dimension.
    """

    path: str
    unit: str
    is_counted: bool


@dataclass(frozen=True)
class Bound:
    """A formula of one site: its tree with points in it, and its inputs in the order of the text.

    `way` leads from the stated unit to base units.
    """

    tree: Node
    inputs: tuple[Input, ...]
    way: Conversion


class MissingRoleError(LookupError):
    """The site does not have what a formula needs."""

    def __init__(self, need: Need) -> None:
        super().__init__(f"{need.kind}.{need.role}")
        self.need = need


def bind(tree: Node, unit: str, scope: Scope, site: SiteRoles, own: str | None = None) -> Bound:
    """Return a formula that `check` found right in `unit` (UCUM) as `site` has it.

    `own` is the asset or stream that it is about.

    Raises MissingRoleError if a need is missing, FormulaError where one value is needed and several
    assets or streams give one each.
    """
    bound = _Binder(scope, site, own).bound(tree)
    family = _family(bound)
    if len(family.items) > 1:
        raise FormulaError(
            f"{family.kind} is there {len(family.items)} times; write sum(...) or mean_of(...)",
            tree.at,
        )
    inputs = dict.fromkeys(_inputs(bound, is_counted=False))
    return Bound(bound, tuple(inputs), to_base(unit))


def _inputs(node: Node, *, is_counted: bool) -> Iterator[Input]:
    if isinstance(node, Group):
        for member in node.members:
            if isinstance(member.source, str):
                yield Input(member.source, node.unit, is_counted)
        return
    is_counted = isinstance(node, Call) and node.name in COUNTED
    for part in parts(node):
        yield from _inputs(part, is_counted=is_counted)


@dataclass(frozen=True)
class _Family:
    """The assets or streams of which a part has one value each; no kind if it has only one."""

    kind: str | None
    items: tuple[str | None, ...]


_SINGLE = _Family(None, (None,))


@dataclass(frozen=True)
class _Binder:
    scope: Scope
    site: SiteRoles
    own: str | None

    def bound(self, node: Node) -> Node:
        """Return a part with points in place of its roles, and numbers in base units."""
        found = node
        match node:
            case Number(unit=str(unit)):
                way = to_base(unit)
                found = replace(node, value=node.value * way.scale + way.offset, unit=None)
            case Role():
                found = self._group(node)
            case Point():
                unit = (self.scope.points or {})[node.path].unit
                found = Group(node.at, None, node.path, unit, (Member(None, node.path),))
            case Call(name="first"):
                found = self._first(node.arguments)
            case Call(name=name) if name in OVER_ASSETS:
                found = replace(node, arguments=self._present(node.arguments))
            case Call():
                found = replace(node, arguments=tuple(map(self.bound, node.arguments)))
            case Operation():
                found = replace(node, left=self.bound(node.left), right=self.bound(node.right))
            case Negative():
                found = replace(node, of=self.bound(node.of))
        return found

    def _group(self, role: Role) -> Group:
        kind = role.kind or self.scope.own or ""
        ids = [one for one, item in self.site.items.items() if kind in item.kinds]
        if role.kind is None:
            ids = [one for one in ids if one == self.own]
        if not ids:
            raise MissingRoleError(Need(kind, role.role))
        members = [self._member(one, kind, role.role) for one in ids]
        unit = self.scope.kinds[kind][role.role].unit
        return Group(role.at, role.kind, role.role, unit, tuple(members))

    def _member(self, item: str, kind: str, role: str) -> Member:
        """Return what has a role on one asset: a sum that leaves out an asset would be wrong."""
        if (item, role) in self.site.points:
            return Member(item, self.site.points[item, role])
        if role in self.site.items[item].properties:
            value, unit = self.site.items[item].properties[role]
            way = to_base(unit)
            return Member(item, value * way.scale + way.offset)
        raise MissingRoleError(Need(kind, role, item))

    def _first(self, arguments: Sequence[Node]) -> Node:
        """Return the first argument that the site has all of."""
        missing: list[MissingRoleError] = []
        for argument in arguments:
            try:
                return self.bound(argument)
            except MissingRoleError as error:
                missing.append(error)
        raise missing[0]

    def _present(self, arguments: Sequence[Node]) -> tuple[Node, ...]:
        """Return those arguments whose kinds the site has, at least one of them."""
        found: list[Node] = []
        missing: list[MissingRoleError] = []
        for argument in arguments:
            try:
                found.append(self.bound(argument))
            except MissingRoleError as error:
                if error.need.item is not None:
                    raise
                missing.append(error)
        if not found:
            raise missing[0]
        return tuple(found)


def _family(node: Node) -> _Family:
    """Return of which assets or streams a bound part has values. Raises FormulaError."""
    match node:
        case Group():
            return _Family(node.kind, tuple(member.item for member in node.members))
        case Call(name=name) if name in OVER_ASSETS:
            for argument in node.arguments:
                _family(argument)
            return _SINGLE
        case _:
            found = _SINGLE
            for part in parts(node):
                found = _paired(found, _family(part), node)
            return found


def _paired(one: _Family, other: _Family, node: Node) -> _Family:
    if len(other.items) == 1 or one == other:
        return one
    if len(one.items) == 1:
        return other
    raise FormulaError(
        f"{one.kind} and {other.kind} are both there several times and cannot be paired; "
        "write sum(...) or mean_of(...) of one of them",
        node.at,
    )
