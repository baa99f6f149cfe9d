"""What a formula is made of: a tree of frozen values, each knowing its place in the text."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A number, in a unit (UCUM) if one is written; without one it is a pure number."""

    at: int
    value: float
    unit: str | None = None


@dataclass(frozen=True)
class Role:
    """A role or a property: `kind.role`, or of the own asset `role`, whose `kind` is None."""

    at: int
    kind: str | None
    role: str

    def __str__(self) -> str:
        return self.role if self.kind is None else f"{self.kind}.{self.role}"


@dataclass(frozen=True)
class Point:
    """One point of the site by its name, `line/point`."""

    at: int
    path: str


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    at: int
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Operation:
    """Two sides with a sign or a word between them: `+`, `<`, `and`; `at` is its place."""

    at: int
    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Negative:
    """The other sign of a part."""

    at: int
    of: "Node"


@dataclass(frozen=True)
class Not:
    """That a condition does not hold."""

    at: int
    of: "Node"


@dataclass(frozen=True)
class Member:
    """A point (`line/point`) of an asset or stream, or the value of its property in base units.

    `item` is the id of the asset or stream; None of a point that is named by itself.
    """

    item: str | None
    source: str | float


@dataclass(frozen=True)
class Group:
    """A role as a site has it: its members on all assets or streams of a kind, in their order.

    `kind` is None of a single thing: a point, or a role of the own asset. `unit` (UCUM) has the
    dimension of all members.
    """

    at: int
    kind: str | None
    role: str
    unit: str
    members: tuple[Member, ...]


Node = Number | Role | Point | Group | Call | Operation | Negative | Not
COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


def parts(node: Node) -> tuple[Node, ...]:
    """Return the parts directly below a node."""
    match node:
        case Call():
            return node.arguments
        case Operation():
            return node.left, node.right
        case Negative() | Not():
            return (node.of,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the text."""
    yield node
    for part in parts(node):
        yield from walk(part)
