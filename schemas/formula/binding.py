"""Finds what a formula needs at a site: the points that have its roles, the values of properties.

A role of a kind stands for all assets or streams of that kind, and all of them must have it: a sum
that leaves one out would be a wrong number. What is within another asset of the kind is a part of
it, and counts only where the whole does not have the role. Where several meet in one operation,
they are paired by asset: the flow of a stream with the concentration of the same stream.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from schemas.formula.dimension import to_base
from schemas.formula.errors import FormulaError
from schemas.formula.functions import COUNTED, OVER_ASSETS
from schemas.formula.meaning import Scope
from schemas.formula.site_roles import SiteRoles
from schemas.formula.tree import (
    Call,
    Group,
    Member,
    Negative,
    Node,
    Not,
    Number,
    Operation,
    Point,
    Role,
    parts,
    walk,
)
from schemas.units import Conversion


@dataclass(frozen=True)
class Need:
    """A role or property that a formula needs and a site does not have.

    `item` is the asset or stream that lacks it; None if the site has none of the kind. `unit` is
    that of its point, if it has one in a unit that cannot be computed with.
    """

    kind: str
    role: str
    item: str | None = None
    unit: str | None = None


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
    by_parts: bool = False  # whether parts stand for the whole although the whole has the role

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
                found = self._paired(node, found)
            case Operation():
                found = replace(node, left=self.bound(node.left), right=self.bound(node.right))
                found = self._paired(node, found)
            case Negative() | Not():
                found = replace(node, of=self.bound(node.of))
        return found

    def _paired(self, node: Node, bound: Node) -> Node:
        """Return a bound operation; by parts where the wholes do not fit each other."""
        families = [_family(part) for part in parts(bound)]
        kinds = {family.kind for family in families if family.kind is not None}
        alike = all(
            len({family.items for family in families if family.kind == kind}) == 1 for kind in kinds
        )
        if alike:
            return bound
        if not self.by_parts:
            return replace(self, by_parts=True).bound(node)
        raise MissingRoleError(_lacking(bound, families))

    def _group(self, role: Role) -> Group:
        kind = role.kind or self.scope.own or ""
        if role.kind is None:
            tops = [self.own] if self.own in self.site.items else []
        else:
            tops = list(self.site.outermost(kind))
        if not tops:
            raise MissingRoleError(Need(kind, role.role))
        members = [m for top in tops if top for m in self._members(top, kind, role)]
        unit = self.scope.kinds[kind][role.role].unit
        return Group(role.at, role.kind, role.role, unit, tuple(members))

    def _members(self, item: str, kind: str, role: Role) -> list[Member]:
        """Return what has a role on an asset, or on each of its parts."""
        own = self._member(item, kind, role.role)
        if own is not None and (role.kind is None or not self.by_parts):
            return [own]
        below = [] if role.kind is None else self._inside(item, kind)
        if own is not None and not below:
            return [own]
        if not below:
            raise MissingRoleError(Need(kind, role.role, item))
        return [member for part in below for member in self._members(part, kind, role)]

    def _inside(self, item: str, kind: str) -> list[str]:
        inside = self.site.inside(item)
        return [key for key in inside if kind in self.site.items[key].kinds]

    def _member(self, item: str, kind: str, role: str) -> Member | None:
        if (item, role) in self.site.points:
            path = self.site.points[item, role]
            unit = self.site.units.get(path)
            if unit is not None and not self.scope.kinds[kind][role].fits(unit):
                raise MissingRoleError(Need(kind, role, item, unit))
            return Member(item, path)
        if role not in self.site.items[item].properties:
            return None
        value, unit = self.site.items[item].properties[role]
        way = to_base(unit)
        return Member(item, value * way.scale + way.offset)

    def _first(self, arguments: Sequence[Node]) -> Node:
        """Return the first argument that the site has all of.

        If it has none of them, the one of which it has most says what is missing.
        """
        missing: list[tuple[int, MissingRoleError]] = []
        for argument in arguments:
            try:
                return self.bound(argument)
            except MissingRoleError as error:
                missing.append((self._lacks(argument), error))
        raise min(missing, key=lambda each: each[0])[1]

    def _lacks(self, node: Node) -> int:
        """Return how many of the roles of a part the site does not have."""
        return sum(isinstance(each, Role) and not self._has(each) for each in walk(node))

    def _has(self, role: Role) -> bool:
        try:
            self._group(role)
        except MissingRoleError:
            return False
        return True

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


def _lacking(node: Node, families: Sequence[_Family]) -> Need:
    """Return a role below `node` that an asset lacks which has another one there."""
    items = {item for family in families for item in family.items}
    for group in (each for each in walk(node) if isinstance(each, Group)):
        lonely = items - {member.item for member in group.members}
        if group.kind is not None and lonely:
            return Need(group.kind, group.role, min(map(str, lonely)))
    raise AssertionError("families that differ come of groups that differ")
