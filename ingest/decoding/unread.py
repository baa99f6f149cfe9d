"""What a mapping leaves of a payload: lost readings, and places that nobody reads."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.decoding.pointers import Path
from schemas.pointer import EVERY, Every, Step, Steps, escaped, name_of

Pointers = Sequence[Steps]
# Where a walk is: what is there, the way to it, how that is shown, what is left of the pointers.
_Here = tuple[object, Path, str, Pointers, Pointers]


class Unread(NamedTuple):
    """Places that a mapping of a site does not read; they have `*` or names for elements."""

    site: str
    mapping: str
    pointers: tuple[str, ...]


def leaves(payload: object, read: set[Path], named: Pointers, ignored: Pointers) -> Iterator[str]:
    """Yield a pointer for each value of the payload that is neither read nor ignored.

    `named` are pointers that find elements by name; other elements of such a list keep theirs.
    """
    if not all(ignored):  # all of it is
        return
    waiting: list[_Here] = [(payload, (), "", named, ignored)]  # it may be deeper than our stack
    while waiting:
        here, path, shown, named, ignored = waiting.pop()
        is_list = type(here) is list
        inside = [each[1:] for each in named if each and type(each[0]) is Every] if is_list else []
        for key, inner in _members(here):
            inner_path = (*path, key)
            if inner is None or inner_path in read:
                continue
            below = ignored
            if ignored:
                below = [each[1:] for each in ignored if _is_meant(each[0], here, key, inner)]
                if not all(below):
                    continue
            step = _step(here, key, inner, named)
            if type(inner) is dict or type(inner) is list:
                if not is_list:
                    inside = [each[1:] for each in named if each and each[0] == key]
                waiting.append((inner, inner_path, f"{shown}/{step}", inside, below))
            else:
                yield f"{shown}/{step}"


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


def _members(here: object) -> Iterable[tuple[str | int, object]]:
    if type(here) is dict:
        return here.items()
    return enumerate(here) if type(here) is list else ()


def _step(here: object, key: str | int, inner: object, named: Pointers) -> str:
    """Return how a step is shown: an element by its name, where pointers find others by theirs."""
    if type(here) is not list:
        return escaped(key)
    for steps in named:
        name = steps[0].key if steps and type(steps[0]) is Every else None
        if name is not None and (found := name_of(inner, name)) is not None:
            return f"[{name}={found}]"
    return EVERY


def _is_meant(step: Step, here: object, key: str | int, inner: object) -> bool:
    if type(here) is not list:
        return step == key
    return step.fits(inner) if type(step) is Every else step == str(key)


def _is_ignored(payload: object, path: Path, ignored: Pointers) -> bool:
    here: object = payload
    for key in path:
        inner = here[key]  # type: ignore[index]
        ignored = [each[1:] for each in ignored if each and _is_meant(each[0], here, key, inner)]
        if not all(ignored):
            return True
        here = inner
    return False


def _found(here: object, path: Path) -> object:
    """Return what a path leads to; None if nothing is there."""
    for key in path:
        is_member = type(here) is dict and key in here
        if not is_member and not (type(here) is list and type(key) is int and key < len(here)):
            return None
        here = here[key]  # type: ignore[index]
    return here
