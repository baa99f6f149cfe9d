"""Walks the tree of a formula bound to a site: its value over a window, or at each moment."""

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from schemas.formula import arrays
from schemas.formula.arrays import Floats, Ints
from schemas.formula.binding import Bound, Input
from schemas.formula.functions import COUNTED
from schemas.formula.tree import (
    COMPARISONS,
    Call,
    Group,
    Member,
    Negative,
    Node,
    Not,
    Number,
    Operation,
)
from schemas.reading import VALUE_MAX

Means = Callable[[Input], Floats]


class WindowInputs(Protocol):
    """What a formula is computed from over a window; all in base units."""

    @property
    def step_s(self) -> float: ...  # noqa: D102

    def means(self, point: Input) -> Floats:
        """Return the mean of each step, NaN where it is not known."""
        ...

    def counted(self, point: Input) -> float:
        """Return what a counter counted."""
        ...

    @property
    def known_s(self) -> float: ...  # noqa: D102
    @property
    def due_s(self) -> float: ...  # noqa: D102
    @property
    def local_days(self) -> Ints: ...  # noqa: D102


def evaluate(formula: Bound, inputs: WindowInputs) -> float | None:
    """Return the value of a formula in its stated unit; None where the inputs do not give it."""
    found = float(_OverWindow(inputs).value(formula.tree).item())
    value = (found - formula.way.offset) / formula.way.scale
    return value if math.isfinite(value) else None


def values_at(formula: Bound, means: Means) -> Floats:
    """Return the value of a formula at each moment in its stated unit, NaN where there is none.

    What is too large to be stored is none. `means` gives the values of a point at all the moments,
    in base units; `check_moment` must have found the formula right.
    """
    found = _AtMoments(means).value(formula.tree)[0]
    with np.errstate(over="ignore"):
        values: Floats = (found - formula.way.offset) / formula.way.scale
    return np.where(np.abs(values) <= VALUE_MAX, values, np.nan)


class _AtMoments:
    """What has a value for every moment."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def value(self, node: Node) -> Floats:
        """Return a part: a row for each asset, a column for each moment or one for all."""
        match node:
            case Number():
                return np.array([[node.value]])
            case Group():
                return np.vstack([self._read(member, node) for member in node.members])
            case Negative() | Not():
                inner = self.value(node.of)
                return 1.0 - inner if isinstance(node, Not) else -inner
            case Operation():
                sides = self.value(node.left), self.value(node.right)
                if node.sign in COMPARISONS:
                    return arrays.compared(node.sign, *sides)
                return arrays.OPERATIONS[node.sign](*sides)
            case Call():
                return self._call(node)
            case _:
                raise TypeError("a formula is bound to a site before it is evaluated")

    def _read(self, member: Member, group: Group) -> Floats:
        if isinstance(member.source, float):
            return np.array([[member.source]])
        return self._means(Input(member.source, group.unit, is_counted=False))[np.newaxis]

    def _call(self, node: Call) -> Floats:
        return arrays.AT_MOMENTS[node.name](*map(self.value, node.arguments))


class _OverWindow(_AtMoments):
    """What is of a window, too."""

    def __init__(self, inputs: WindowInputs) -> None:
        super().__init__(inputs.means)
        self._inputs = inputs

    def _call(self, node: Call) -> Floats:
        if node.name in arrays.AT_MOMENTS:
            return super()._call(node)
        if node.name in COUNTED:
            amounts = self._counted(node.arguments[0])
            known_s = self._inputs.known_s
            return amounts if node.name == "delta" else amounts / (known_s or math.nan)
        if node.name == "elapsed":
            return np.array([[self._inputs.due_s]])
        arguments = [self.value(argument) for argument in node.arguments]
        if node.name == "daily_load":
            flow, sample = arguments
            return arrays.daily_load(flow, sample, self._inputs.local_days)
        if node.name in arrays.WITH_STEP:
            return arrays.WITH_STEP[node.name](*arguments, self._inputs.step_s)
        return arrays.OF_VALUES[node.name](*arguments)

    def _counted(self, group: Node) -> Floats:
        """Return what each counter of a group counted."""
        assert isinstance(group, Group), "only a role or a point is a counter"
        found = [
            self._inputs.counted(Input(str(member.source), group.unit, is_counted=True))
            for member in group.members
        ]
        return np.array(found)[:, np.newaxis]
