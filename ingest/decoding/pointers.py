"""What a pointer leads to in a payload.

A place is no name: where elements carry names, a place in their list is refused, because it means
another thing as soon as one of them is left out.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.decoding.rejection import Reason, Unreadable, quote
from schemas.pointer import Every, Step, Steps, escaped, is_place, name_of

INDEX_LIMIT_DIGITS = 9

# Keys that name what an element is about: id, tagName, sensor_id, DisplayName, type …
_IDS = re.compile(r"(^|[_\-. ])([uo]|uu|gu)?id$|(^|[a-z0-9])I[dD]$|^ID$")
_NUMBERED = ("address", "addr", "ch", "channel", "node", "register", "tag")
_NAMED = re.compile(
    r"(name|tag|key|path|address|addr|symbol|alias|identifier|channel|sensor|point|item|variable"
    r"|signal|metric|parameter|node|label|topic|register|quantity|measurement|field|device"
    r"|description|desc|title)$|^(n|p|ch|var|param|type|kind|uri|oid|nodeid|code)$"
)


Path = tuple[str | int, ...]


class Place(NamedTuple):
    """Something in a payload, and the keys and numbers that lead to it."""

    path: Path
    found: object


class Names:
    """Finds elements in the lists of one payload; a list is looked through once for each key."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], dict[str, list[int]]] = {}

    def numbers(self, elements: list[object], step: Every) -> Sequence[int]:
        """Return the places of the elements that a step means; `elements` must live on."""
        if step.key is None:
            return range(len(elements))
        key = (id(elements), step.key)
        if key not in self._numbers:
            named = self._numbers[key] = {}
            for number, element in enumerate(elements):
                if (name := name_of(element, step.key)) is not None:
                    named.setdefault(name, []).append(number)
        return self._numbers[key].get(step.name, ())


def member(here: object, steps: Steps) -> Place | None:
    """Return what a pointer leads to along keys of objects alone; None: ask `places`."""
    for step in steps:
        if type(here) is not dict or step not in here:
            return None
        here = here[step]
    return Place(steps, here)  # type: ignore[arg-type]


def places(here: object, steps: Steps, names: Names, path: Path = ()) -> Iterator[Place]:
    """Yield what a pointer leads to, in the order of the payload.

    Raises Unreadable (NAMED_LIST) where a place is asked of a list whose elements have names.
    """
    for at, step in enumerate(steps):
        if type(step) is Every:
            if type(here) is list:
                for number in names.numbers(here, step):
                    element = here[number]
                    if step.key is None:
                        _refuse_named(element, number, steps[at + 1 :], only_beside=True)
                    yield from places(element, steps[at + 1 :], names, (*path, number))
            return
        if (key := _member(here, step)) is None:
            return
        here, path = here[key], (*path, key)  # type: ignore[index]
        if type(key) is int:
            _refuse_named(here, key, steps[at + 1 :], only_beside=False)
    yield Place(path, here)


def follow(here: object, steps: Steps, along: Path) -> Place | None:
    """Return what a pointer leads to, its lists at the elements of `along`; None if nothing.

    Raises Unreadable as `places` does.
    """
    path: Path = ()
    for at, step in enumerate(steps):
        if type(step) is Every:
            if type(here) is not list or path != along[:at] or at >= len(along):
                return None
            number = int(along[at])
            here, path = here[number], (*path, number)
            continue
        if (key := _member(here, step)) is None:
            return None
        here, path = here[key], (*path, key)  # type: ignore[index]
        if type(key) is int:
            _refuse_named(here, key, steps[at + 1 :], only_beside=False)
    return Place(path, here)


def element_of(place: Path, steps: Steps) -> Path:
    """Return the part of a path that leads to the innermost element a step for lists has found."""
    for at in range(len(steps), 0, -1):
        if type(steps[at - 1]) is Every:
            return place[:at]
    return ()


def names_along(place: Path, steps: Steps) -> list[Path]:
    """Return where the names stand by which a pointer has found its elements."""
    return [
        (*place[: at + 1], *step.key.split("/"))
        for at, step in enumerate(steps)
        if type(step) is Every and step.key is not None
    ]


def pointer_of(path: Sequence[str | int]) -> str:
    """Return the JSON pointer of a path."""
    return "".join(f"/{escaped(key)}" for key in path)


def _member(here: object, step: Step) -> str | int | None:
    """Return the key or the number of what a step that is no search leads to."""
    if type(here) is dict and type(step) is str and step in here:
        return step
    if type(here) is list and type(step) is str and is_place(step):
        return int(step) if len(step) <= INDEX_LIMIT_DIGITS and int(step) < len(here) else None
    return None


def _refuse_named(element: object, number: int, rest: Steps, *, only_beside: bool) -> None:
    """Raise Unreadable if an element of a list says by itself what it is about.

    Of every element only a name right beside the value counts: what lies deeper has its own.
    """
    if type(element) is not dict or (only_beside and len(rest) != 1):
        return
    for key, name in element.items():
        if (key,) != rest and _names(key, name) and not (only_beside and type(name) is int):
            sentence = f"element {number} is named by {quote(key)}: {quote(name)}; find it by that"
            raise Unreadable(Reason.NAMED_LIST, f"{sentence}, [{key}={name}]")


def _names(key: str, name: object) -> bool:
    """Tell whether a key and what stands there name something."""
    if type(name) is int:
        return bool(_IDS.search(key)) or _plain(key) in _NUMBERED
    return type(name) is str and bool(_IDS.search(key) or _NAMED.search(_plain(key)))


def _plain(key: str) -> str:
    return key.casefold().replace("_", "").replace("-", "")
