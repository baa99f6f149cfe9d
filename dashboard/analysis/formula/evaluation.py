"""Walks the tree of a formula that is bound to a site, and gives its value over a window."""

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.formula import functions
from dashboard.analysis.formula.functions import Floats
from dashboard.analysis.formula.inputs import FormulaInputs
from schemas.formula.binding import Bound, Input
from schemas.formula.functions import COUNTED
from schemas.formula.tree import COMPARISONS, Call, Group, Member, Negative, Node, Number, Operation


def evaluate(formula: Bound, inputs: FormulaInputs) -> float | None:
    """Return the value of a formula in its stated unit; None where the inputs do not give it."""
    found = float(_Evaluation(inputs).value(formula.tree).item())
    value = (found - formula.way.offset) / formula.way.scale
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class _Evaluation:
    inputs: FormulaInputs

    def value(self, node: Node) -> Floats:
        """Return a part: a row for each asset, a column for each step or one for all."""
        match node:
            case Number():
                return np.array([[node.value]])
            case Group():
                return np.vstack([self._read(member, node) for member in node.members])
            case Negative():
                return -self.value(node.of)
            case Operation():
                return self._operation(node)
            case Call():
                return self._call(node)
            case _:
                raise TypeError("a formula is bound to a site before it is evaluated")

    def _read(self, member: Member, group: Group) -> Floats:
        if isinstance(member.source, float):
            return np.array([[member.source]])
        return self.inputs.means(Input(member.source, group.unit, is_counted=False))[np.newaxis]

    def _counted(self, group: Node) -> Floats:
        """Return what each counter of a group counted."""
        assert isinstance(group, Group), "only a role or a point is a counter"
        found = [
            self.inputs.counted(Input(str(member.source), group.unit, is_counted=True))
            for member in group.members
        ]
        return np.array(found)[:, np.newaxis]

    def _operation(self, node: Operation) -> Floats:
        left, right = self.value(node.left), self.value(node.right)
        if node.sign in COMPARISONS:
            return functions.compared(node.sign, left, right)
        match node.sign:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case _:
                return functions.quotient(left, right)

    def _call(self, node: Call) -> Floats:
        if node.name in COUNTED:
            amounts = self._counted(node.arguments[0])
            known_s = self.inputs.known_s
            return amounts if node.name == "delta" else amounts / (known_s or math.nan)
        if node.name == "elapsed":
            return np.array([[self.inputs.due_s]])
        arguments = [self.value(argument) for argument in node.arguments]
        if node.name == "daily_load":
            flow, sample = arguments
            return functions.daily_load(flow, sample, self.inputs.local_days)
        if node.name in functions.WITH_STEP:
            return functions.WITH_STEP[node.name](*arguments, self.inputs.step_s)
        return functions.OF_VALUES[node.name](*arguments)
