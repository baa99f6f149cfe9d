"""Pointers into a payload: JSON pointers (RFC 6901) that can also find an element of a list.

Beside keys and places they have two steps for lists: `*` is every element, `[id=Flow]` every one
whose `id` is "Flow", `[tags/id=Flow]` every one whose `tags` have such an `id`.
"""

from collections.abc import Iterator
from typing import NamedTuple

EVERY = "*"


class Every(NamedTuple):
    """Every element of a list, or with a key those whose name there is `name`."""

    key: str | None = None
    name: str = ""

    def fits(self, element: object) -> bool:
        """Tell whether an element is meant."""
        return self.key is None or name_of(element, self.key) == self.name


def name_of(element: object, key: str) -> str | None:
    """Return the name that an element of a list has at `key`; None if it has none."""
    if type(element) is not dict:
        return None
    if key in element:
        return str(element[key])
    head, _, rest = key.partition("/")
    return name_of(element.get(head), rest) if rest else None


Step = str | Every
Steps = tuple[Step, ...]


def steps_of(pointer: str) -> Steps:
    """Split a pointer. Raises ValueError if it does not start with a slash."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"the JSON pointer {pointer!r} does not start with /")
    return tuple(_step(part.replace("~1", "/").replace("~0", "~")) for part in _split(pointer[1:]))


def escaped(key: str | int) -> str:
    """Return a key or place as it is written in a pointer."""
    step = str(key)
    return step.replace("~", "~0").replace("/", "~1") if "~" in step or "/" in step else step


def is_place(step: Step) -> bool:
    """Tell whether a step is a number: a place in a list, or a key that looks like one."""
    return type(step) is str and step.isascii() and step.isdigit()


def any_place(steps: Steps) -> bool:
    """Tell whether a pointer may ask for a place in a list."""
    return any(is_place(step) for step in steps)


def any_named(steps: Steps) -> bool:
    """Tell whether a pointer finds an element by its name."""
    return any(type(step) is Every and step.key is not None for step in steps)


def is_half_open(step: Step) -> bool:
    """Tell whether a step begins like the name of an element and is none."""
    return type(step) is str and step.startswith("[")


def _split(pointer: str) -> Iterator[str]:
    """Yield the parts between slashes; a name in square brackets may have slashes of its own."""
    part = ""
    for piece in pointer.split("/"):
        part = f"{part}/{piece}" if part else piece
        if not part.startswith("[") or part.endswith("]"):
            yield part
            part = ""
    if part:
        yield part


def _step(part: str) -> Step:
    if part == EVERY:
        return Every()
    if part.startswith("[") and part.endswith("]") and "=" in part:
        key, _, name = part[1:-1].partition("=")
        return Every(key, name)
    return part
