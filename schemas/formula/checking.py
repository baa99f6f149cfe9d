"""Computes what a formula means: shape and dimension of each part, against what is stated."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from schemas.formula.dimension import NUMBER, Dimension, to_base
from schemas.formula.errors import FormulaError
from schemas.formula.functions import FUNCTIONS, MOMENTARY, ArgumentError, Function, Shapes
from schemas.formula.meaning import Meaning, Scope, Shape, Signal, over, times
from schemas.formula.tree import (
    COMPARISONS,
    Call,
    Group,
    Negative,
    Node,
    Not,
    Number,
    Operation,
    Point,
    Role,
    walk,
)
from schemas.units import UnitError

Named = TypeVar("Named")

_WRONG_SHAPE = {
    Shape.COUNTER: "this is a counter: take delta(...) or rate(...) of it",
    Shape.STEPS: "this has a value for every moment: take mean(...), last(...) or integral(...)",
    Shape.ONE: "this is one number already, and values over time are needed",
    Shape.CONDITION: "this is a comparison, which stands in duration(...) or count(...)",
}


def check(tree: Node, scope: Scope, unit: str) -> None:
    """Raise FormulaError unless a formula gives one number of the dimension of `unit` (UCUM)."""
    found = meaning(tree, scope)
    if found.shape is not Shape.ONE:
        raise FormulaError(_WRONG_SHAPE[found.shape], tree.at)
    stated = _of_unit(unit, tree.at)
    if found.dimension is not None and found.dimension != stated:
        raise FormulaError(
            f'the formula gives {found.told}, which does not convert to the stated unit "{unit}"',
            tree.at,
        )
    if to_base(unit).offset and not found.is_absolute:
        raise FormulaError('a difference of temperatures is stated in "K"', tree.at)


def check_moment(tree: Node, scope: Scope, unit: str) -> None:
    """Raise FormulaError unless a formula has a value in `unit` (UCUM) for every moment.

    A condition gives 1 where it holds and 0 where it does not.
    """
    for node in walk(tree):
        if isinstance(node, Call) and node.name in FUNCTIONS and node.name not in MOMENTARY:
            raise FormulaError(
                f"{node.name}(...) is of a window of time, and a calculated point has a value for "
                "every moment; take the values themselves, or make it a key figure",
                node.at,
            )
    found = meaning(tree, scope)
    if found.shape is Shape.ONE:
        raise FormulaError("this is the same at every moment: it names no point", tree.at)
    if found.shape is Shape.COUNTER:
        raise FormulaError(
            "this is a counter, whose readings are no values; delta(...) of it is a key figure",
            tree.at,
        )
    stated = _of_unit(unit, tree.at)
    gives = NUMBER if found.shape is Shape.CONDITION else found.dimension
    told = "1 where it holds and else 0" if found.shape is Shape.CONDITION else found.told
    if gives is not None and gives != stated:
        raise FormulaError(
            f'the formula gives {told}, which does not convert to the stated unit "{unit}"',
            tree.at,
        )
    if to_base(unit).offset and not found.is_absolute:
        raise FormulaError('a difference of temperatures is stated in "K"', tree.at)


def meaning(node: Node, scope: Scope) -> Meaning:  # noqa: PLR0911 - one for each kind of part
    """Return what a part of a formula is. Raises FormulaError."""
    match node:
        case Number():
            return _of_number(node)
        case Role() | Point():
            return Meaning.of(_signal(node, scope))
        case Negative():
            inner = meaning(node.of, scope)
            _take_values(inner, node.of)
            if inner.is_absolute:
                raise FormulaError("a reading of a scale such as °C has no other sign", node.at)
            return inner
        case Not(of=of):
            return _of_conditions("not", scope, of)
        case Operation(sign=("and" | "or") as word):
            return _of_conditions(word, scope, node.left, node.right)
        case Operation():
            return _of_operation(node, meaning(node.left, scope), meaning(node.right, scope))
        case Call():
            return _of_call(node, scope)
        case Group():
            raise TypeError("a formula is checked before it is bound to a site")


def _of_number(node: Number) -> Meaning:
    if node.unit is None:
        return Meaning(Shape.ONE, NUMBER if node.value else None)
    dimension = _of_unit(node.unit, node.at)
    return Meaning(Shape.ONE, dimension, to_base(node.unit).offset != 0, node.unit)


def _of_unit(unit: str, at: int) -> Dimension:
    try:
        return Dimension.of(unit)
    except UnitError as error:
        raise FormulaError(str(error), at) from None


def _signal(node: Role | Point, scope: Scope) -> Signal:
    if isinstance(node, Point):
        return _known(scope.points or {}, node.path, "point", node.at)
    kind = node.kind or scope.own
    if kind is None:
        raise FormulaError(
            f"{node.role}: write it as kind.role; only a figure of one kind of asset may leave it "
            "out",
            node.at,
        )
    return _known(_known(scope.kinds, kind, "kind", node.at), node.role, f"role of {kind}", node.at)


def _known(names: Mapping[str, Named], name: str, what: str, at: int) -> Named:
    found = names.get(name)
    if found is None:
        raise FormulaError(f"{name} is no {what}{_meant(name, names)}", at)
    return found


def _meant(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def _take_values(found: Meaning, node: Node) -> None:
    if found.shape in {Shape.COUNTER, Shape.CONDITION}:
        raise FormulaError(_WRONG_SHAPE[found.shape], node.at)


def _of_conditions(word: str, scope: Scope, *sides: Node) -> Meaning:
    for side in sides:
        if meaning(side, scope).shape is not Shape.CONDITION:
            raise FormulaError(
                f'"{word}" stands with comparisons; of a state write it as one, running == 1',
                side.at,
            )
    return Meaning(Shape.CONDITION, NUMBER)


def _of_operation(node: Operation, left: Meaning, right: Meaning) -> Meaning:
    _take_values(left, node.left)
    _take_values(right, node.right)
    shape = Shape.STEPS if Shape.STEPS in {left.shape, right.shape} else Shape.ONE
    if node.sign in {"*", "/"}:
        combined = times if node.sign == "*" else over
        return Meaning(shape, _product(node, left, right), unit=combined(left.unit, right.unit))
    if None not in {left.dimension, right.dimension} and left.dimension != right.dimension:
        hint = _unit_hint(node, left, right)
        raise FormulaError(
            f'the sides of "{node.sign}" are {left.told} and {right.told}{hint}', node.at
        )
    known = right if left.dimension is None else left
    dimension = known.dimension
    if node.sign in COMPARISONS:
        if shape is Shape.ONE:
            raise FormulaError("one side of a comparison must have values over time", node.at)
        _refuse_mixed(node, left, right, fits=left.is_absolute == right.is_absolute)
        return Meaning(Shape.CONDITION, dimension)
    if node.sign == "+":
        _refuse_mixed(node, left, right, fits=not (left.is_absolute and right.is_absolute))
        return Meaning(shape, dimension, left.is_absolute or right.is_absolute, known.unit)
    _refuse_mixed(node, left, right, fits=left.is_absolute or not right.is_absolute)
    return Meaning(shape, dimension, left.is_absolute and not right.is_absolute, known.unit)


def _product(node: Operation, left: Meaning, right: Meaning) -> Dimension:
    if left.is_absolute or right.is_absolute:
        raise FormulaError(
            "readings of a scale such as °C have no multiples; take a difference first", node.at
        )
    if node.sign == "*":
        return left.multiplies * right.multiplies
    if isinstance(node.right, Number) and node.right.value == 0:
        raise FormulaError("this divides by zero", node.right.at)
    return left.multiplies / right.multiplies


def _refuse_mixed(node: Operation, left: Meaning, right: Meaning, *, fits: bool) -> None:
    """Refuse a reading in °C with a difference in K where only one of them makes sense."""
    if not fits and None not in {left.dimension, right.dimension}:
        raise FormulaError(
            "a temperature and a difference of temperatures do not fit here; "
            'differences are written in "K"',
            node.at,
        )


def _unit_hint(node: Operation, left: Meaning, right: Meaning) -> str:
    for side, other in ((node.left, right), (node.right, left)):
        if isinstance(side, Number) and side.unit is None:
            return f'; write the unit behind the number, as in {side.value:g} "{other.told}"'
    return ""


def _of_call(node: Call, scope: Scope) -> Meaning:
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise FormulaError(f"{node.name} is no function{_meant(node.name, FUNCTIONS)}", node.at)
    count = len(node.arguments)
    if count < function.least or (function.most is not None and count > function.most):
        raise FormulaError(f"write {function.usage}", node.at)
    found = [meaning(argument, scope) for argument in node.arguments]
    for argument, each, shapes in zip(node.arguments, found, _shapes(function, count), strict=True):
        if each.shape not in shapes:
            raise FormulaError(_unfitting_shape(each.shape, shapes, function), argument.at)
    try:
        return function.result(found)
    except ArgumentError as error:
        raise FormulaError(str(error), node.arguments[error.place].at) from None


def _shapes(function: Function, count: int) -> list[Shapes]:
    return [function.takes[min(place, len(function.takes) - 1)] for place in range(count)]


def _unfitting_shape(shape: Shape, shapes: Shapes, function: Function) -> str:
    if shapes == {Shape.COUNTER}:
        return f"{function.usage} takes a counter; integral(...) sums up a flow"
    if shapes == {Shape.CONDITION}:
        return f'{function.usage} takes a comparison, such as oxygen < 1 "mg/L"'
    return _WRONG_SHAPE[shape]
