"""What a mapping leaves of a payload: lost readings, and places that nobody reads."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.pointers import Path, pointer_of
from schemas.pointer import EVERY, Every, Steps

Pointers = Sequence[Steps]


class Unread(NamedTuple):
    """A place that a mapping of a site does not read; `pointer` has `*` or names for elements."""

    site: str
    mapping: str
    pointer: str


class _Here(NamedTuple):
    """Where a walk is: the way to it, how that is shown, and what is left of the pointers."""

    found: object
    path: Path
    shown: Path
    named: Pointers
    ignored: Pointers


def leaves(payload: object, read: set[Path], named: Pointers, ignored: Pointers) -> Iterator[str]:
    """Yield a pointer for each value of the payload that is neither read nor ignored.

    `named` are pointers that find elements by name; other elements of such a list keep theirs.
    """
    waiting = [_Here(payload, (), (), named, ignored)]  # a payload may be deeper than our stack
    while waiting:
        here = waiting.pop()
        if here.found is None or here.path in read or any(not steps for steps in here.ignored):
            continue
        if type(here.found) is dict:
            waiting += [_member(here, key, inner) for key, inner in here.found.items()]
        elif type(here.found) is list:
            waiting += [_element(here, at, inner) for at, inner in enumerate(here.found)]
        else:
            yield pointer_of(here.shown)


def lost(
    payload: object, steps: Steps, path: Path, ignored: Pointers
) -> Iterator[tuple[Path, object]]:
    """Yield what stands in other places of a list exactly like the one at `path`."""
    around = payload
    for at, number in enumerate(path):
        if type(around) is list and type(steps[at]) is str:
            for other, element in enumerate(around):
                alike = (*path[:at], other, *path[at + 1 :])
                found = _found(element, path[at + 1 :])
                if (
                    other != number
                    and found is not None
                    and not _is_ignored(payload, alike, ignored)
                ):
                    yield alike, found
        around = around[number]  # type: ignore[index]


def _member(here: _Here, key: str, inner: object) -> _Here:
    named = [steps[1:] for steps in here.named if steps[:1] == (key,)]
    ignored = [steps[1:] for steps in here.ignored if steps[0] == key]
    return _Here(inner, (*here.path, key), (*here.shown, key), named, ignored)


def _element(here: _Here, number: int, inner: object) -> _Here:
    finders = [steps for steps in here.named if steps and type(steps[0]) is Every]
    keys = [steps[0].key for steps in finders if type(steps[0]) is Every and steps[0].key]
    name = keys[0] if keys else None
    shown = EVERY
    if name is not None and type(inner) is dict and name in inner:
        shown = f"[{name}={inner[name]}]"
    named = [steps[1:] for steps in finders]
    ignored = [steps[1:] for steps in here.ignored if _is_meant(steps[0], number, inner)]
    return _Here(inner, (*here.path, number), (*here.shown, shown), named, ignored)


def _is_meant(step: object, number: int, element: object) -> bool:
    return step.fits(element) if type(step) is Every else step == str(number)


def _is_ignored(payload: object, path: Path, ignored: Pointers) -> bool:
    here: object = payload
    for key in path:
        if any(not steps for steps in ignored):
            return True
        inner = here[key]  # type: ignore[index]
        if type(here) is list and type(key) is int:
            ignored = [steps[1:] for steps in ignored if _is_meant(steps[0], key, inner)]
        else:
            ignored = [steps[1:] for steps in ignored if steps[0] == key]
        here = inner
    return any(not steps for steps in ignored)


def _found(here: object, path: Path) -> object:
    """Return what a path leads to; None if nothing is there."""
    for key in path:
        is_member = type(here) is dict and key in here
        if not is_member and not (type(here) is list and type(key) is int and key < len(here)):
            return None
        here = here[key]  # type: ignore[index]
    return here
