"""Which formulas differ only in the points that they are of: those are evaluated together. Pure."""

from collections.abc import Mapping

from schemas.formula.binding import Bound, Input
from schemas.formula.tree import Call, Group, Node, Number, Operation, parts

_Parts = tuple[object, ...]


def shape(formula: Bound) -> str:
    """Return a text that is the same for two formulas if they are the same of their inputs.

    The points of one are those of the other in the order of `inputs`.
    """
    place = {each: number for number, each in enumerate(formula.inputs)}
    return repr((_parts(formula.tree, place), formula.way))


def _parts(node: Node, place: Mapping[Input, int]) -> _Parts:
    below = tuple(_parts(part, place) for part in parts(node))
    match node:
        case Number():
            return ("number", node.value)
        case Group():
            members = (
                place[Input(each.source, node.unit, is_counted=False)]
                if isinstance(each.source, str)
                else (each.source,)
                for each in node.members
            )
            return ("group", *members)
        case Operation():
            return (node.sign, *below)
        case Call():
            return (node.name, *below)
        case _:
            return (type(node).__name__, *below)
